"""The answer: whether one group is better than another, as the largest sentence of the page."""

from __future__ import annotations

import streamlit as st

from augment.compare.comparison import Comparison
from augment.data.source import VALIDATION
from augment.system.units import counted
from pages.components.session.text import escaped


def answer(found: Comparison, first: str, second: str) -> None:
    """Show whether the second group helped, by how much, and on which pictures.

    Args:
        found: The comparison.
        first: The short name of the base.
        second: That of the other group.
    """
    with st.container(key="answer"):
        # So large a sentence breaks often, but not within "95 %".
        text = sentence(found, first, second).replace(" %", "\N{NO-BREAK SPACE}%")
        st.markdown(escaped(text))
    st.markdown(escaped(pictures_sentence(found)))


def sentence(found: Comparison, first: str, second: str) -> str:
    """Return the answer in one sentence."""
    difference = found.difference
    if difference.low > 0:
        what = f"{second} helped, compared with {first}"
    elif difference.high < 0:
        what = f"{second} hurt, compared with {first}"
    else:
        what = f"{second} compared with {first}"
    return f"{what}: {difference.sentence.rstrip('.')}."


def pictures_sentence(found: Comparison) -> str:
    """Return on which pictures the answer was measured, and what that means."""
    pictures = counted(found.difference.pictures, f"{found.split} picture")
    if found.split == VALIDATION:
        return (
            f"Measured on {pictures}. They chose the best epoch of each run, so the figures are "
            "optimistic; the test pictures were not used for any choice."
        )
    often = most_evaluated(found)
    if often > 1:
        return (
            f"Measured on {pictures}, on which a run was evaluated {often} times: whoever chooses by "
            "them makes the figures optimistic."
        )
    return f"Measured on {pictures}, by which nothing was chosen, as long as you do not choose by them."


def most_evaluated(found: Comparison) -> int:
    """Return how often the run that was evaluated most often was evaluated on the test pictures."""
    runs = (*found.first.runs, *found.second.runs)
    return max((len((run.test() or {}).get("evaluated_at", [])) for run in runs), default=0)
