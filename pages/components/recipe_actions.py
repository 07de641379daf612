"""What the widgets of a recipe do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from augment import Recipe, RecipeError, Step
from pages.components import advice_notes, recipe_edit, workbench
from pages.components.rerun import rerun


def switch(step: Step) -> None:
    """Take over whether a step is on; its panel opens or closes."""
    enabled = st.session_state.get(key(step, "enabled"))
    if enabled is not None:  # else the run that made the switch was cut off
        edit(recipe_edit.with_value, step.id, "enabled", enabled)


def take(step: Step, field: str) -> None:
    """Take over the widget of a field that every step has."""
    if key(step, field) not in st.session_state:
        return  # the run that made the widget was cut off
    value = st.session_state[key(step, field)]
    put(step, field, None if value == [] else value)


def put(step: Step, name: str, value: Any) -> None:
    """Change a value; its widget shows it already, so only the pictures follow, and new advice."""
    before = advice_notes.sentences(step.id)
    _change(recipe_edit.with_value, step.id, name, value)
    if advice_notes.sentences(step.id) == before:
        rerun(workbench.STAGE)
    rerun(workbench.STAGE, workbench.PANEL)


def edit(change: Callable[..., Recipe], *args: Any) -> None:
    """Change which steps there are; panels and pictures follow."""
    _change(change, *args)
    rerun(workbench.STAGE, workbench.PANEL)


def add(op: str, parent: str | None) -> None:
    """Add a step; the list that it was chosen from closes, which takes a run of the whole page."""
    _change(recipe_edit.with_step_added, op, parent)
    st.rerun()


def _change(change: Callable[..., Recipe], *args: Any) -> None:
    try:
        workbench.change(change(workbench.recipe(), *args))
    except RecipeError as error:
        workbench.refuse(error)


def key(step: Step, what: str) -> str:
    """Return the key of a widget of a step; new with each recipe that is loaded."""
    return f"{what} {workbench.version()} {step.id}"
