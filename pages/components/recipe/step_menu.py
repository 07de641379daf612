"""What every step has besides its parameters: probability, classes, and its place in the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment import Recipe, Step, registry
from augment.system.units import counted
from pages.components.recipe import edit
from pages.components.session import workbench
from pages.components.session.text import escaped

_OPEN = "when open"


def step_menu(step: Step, class_names: Sequence[str]) -> None:
    """Show two buttons: when the step applies, and what can be done with it.

    Args:
        step: The step.
        class_names: The classes of the data shown.
    """
    title = escaped(registry()[step.op].title)
    key = edit.key(step, "when")
    box = st.popover(
        _label(step, key),
        type="tertiary",
        key=key,
        help=f"How often {title} is applied, and to which pictures.",
        on_change="rerun",
    )
    if box.open:
        with box, st.container(width=320):
            _when(step, class_names)
    chosen = edit.key(step, "do")
    choices = actions(workbench.recipe(), step)

    def do() -> None:
        edit.edit(*choices[st.session_state[chosen]])

    st.menu_button(
        "Edit",
        list(choices),
        type="tertiary",
        key=chosen,
        help=f"Move, copy or remove {title}.",
        on_click=do,
    )


def when(step: Step) -> str:
    """Return how often a step is applied and to how many classes, in short."""
    often = "Always" if step.probability == 1 else f"{step.probability:.0%}"
    if step.classes is None:
        return often
    return f"{often}, {counted(len(step.classes), 'class', 'classes')}"


def _label(step: Step, key: str) -> str:
    """Return the label of the popover. It does not change while that is open, which would close it."""
    is_open = bool(st.session_state.get(key))
    opened: tuple[str, str] = st.session_state.get(_OPEN, ("", ""))
    label = opened[1] if is_open and opened[0] == key else when(step)
    if is_open:
        st.session_state[_OPEN] = key, label
    return label


def actions(recipe: Recipe, step: Step) -> dict[str, tuple[Any, ...]]:
    """Return what can be done with a step: the label of each action, with the edit and its arguments."""
    parent, siblings = edit.place_of(recipe, step.id)
    at = [one.id for one in siblings].index(step.id)
    found: dict[str, tuple[Any, ...]] = {}
    for places, move, side in ((-1, "Move up", "above"), (1, "Move down", "below")):
        if not 0 <= at + places < len(siblings):
            continue
        found[move] = (edit.with_step_moved, step.id, places)
        beside = registry()[siblings[at + places].op]
        if beside.takes_steps:
            found[f"Move into {beside.title} {side}"] = (edit.with_step_inside, step.id, places)
    if parent is not None:
        found[f"Move out of {registry()[parent.op].title}"] = (edit.with_step_outside, step.id)
    found["Duplicate"] = (edit.with_step_duplicated, step.id)
    found["Remove"] = (edit.without_step, step.id)
    return found


def _when(step: Step, class_names: Sequence[str]) -> None:
    op = registry()[step.op]
    st.markdown(f"{escaped(op.summary)} ({escaped(op.paper.label)})")
    st.slider(
        "Probability",
        min_value=0.0,
        max_value=1.0,
        value=step.probability,
        step=0.01,
        key=edit.key(step, "probability"),
        help="The probability that this step is applied to a picture.",
        on_change=edit.take,
        args=(step, "probability"),
    )
    st.multiselect(
        "Only for these classes",
        options=sorted({*range(len(class_names)), *(step.classes or ())}),
        default=step.classes,
        format_func=lambda n: class_names[n] if n < len(class_names) else f"class {n}",
        placeholder="All classes",
        key=edit.key(step, "classes"),
        help="The step leaves pictures of other classes unchanged. The class of a picture is the one "
        "before any mixing.",
        on_change=edit.take,
        args=(step, "classes"),
    )
