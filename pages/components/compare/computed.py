"""What is computed for the page, once for each state of the runs' folders: bounded caches."""

from __future__ import annotations

import streamlit as st

from augment.compare import comparison, hard_steps
from augment.compare.comparison import Comparison
from augment.compare.groups import Group
from augment.compare.hard_steps import HardSteps
from pages.components.runs.predicted import stamps

Key = tuple[object, ...]


def compared(first: Group, second: Group, split: str) -> Comparison:
    """Return the comparison of two groups on a split.

    Raises:
        RunError: They cannot be compared; the message says why.
    """
    return _compared(first, second, split, _key(first), _key(second))


def hardness(group: Group) -> HardSteps:
    """Return how hard each step of the recipe of a group is.

    Raises:
        DataError: The data are not prepared.
        RunError: The losses of the training pictures are not there.
    """
    return _hardness(group, _key(group))


def _key(group: Group) -> Key:
    return tuple((run.id, run.attempt, stamps(run)) for run in group.runs)


@st.cache_resource(max_entries=16, show_spinner="Comparing the predictions")
def _compared(_first: Group, _second: Group, split: str, first: Key, second: Key) -> Comparison:
    return comparison.compare(_first, _second, split)


@st.cache_resource(max_entries=16, show_spinner="Repeating the draws of the training")
def _hardness(_group: Group, key: Key) -> HardSteps:
    return hard_steps.hard_steps(_group)
