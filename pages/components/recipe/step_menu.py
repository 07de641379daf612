"""What a step for chosen classes means where each picture is a class of its own.

What every step has besides its own parameters: when it happens and to whom, and its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment import Recipe, Step, registry
from augment.data.uploads import Uploaded
from pages.components.recipe import edit
from pages.components.session import workbench
from pages.components.session.words import count, escaped


def remarks(own: Uploaded, recipe: Recipe) -> list[str]:
    """Return a sentence for each step that is for chosen classes, which here are pictures."""
    names = own.class_names
    said = []
    for step in recipe.walk():
        if not step.enabled or step.classes is None:
            continue
        title = registry()[step.op].title
        pictures = [names[n] for n in step.classes if n < len(own)]
        if pictures:
            said.append(
                f"{title} is only for {', '.join(pictures)}: each of your pictures is a class, "
                "numbered in their order, and with flowers these numbers are other classes."
            )
        else:
            said.append(
                f"{title} is only for classes that your pictures do not have: each of them is a "
                "class, numbered in their order."
            )
    return said


_OPEN = "when open"


def step_menu(step: Step, class_names: Sequence[str]) -> None:
    """Show what every step has, behind two buttons.

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
        help=f"When {title} happens, and to which pictures.",
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
    """Return in a word or two how often a step happens, and to whom."""
    often = "Always" if step.probability == 1 else f"{step.probability:.0%}"
    if step.classes is None:
        return often
    return f"{often}, {count(len(step.classes), 'class', 'classes')}"


def _label(step: Step, key: str) -> str:
    """Return what stands on the box: while it is open as it was, because another one is another box."""
    is_open = bool(st.session_state.get(key))
    held: tuple[str, str] = st.session_state.get(_OPEN, ("", ""))
    label = held[1] if is_open and held[0] == key else when(step)
    if is_open:
        st.session_state[_OPEN] = key, label
    return label


def actions(recipe: Recipe, step: Step) -> dict[str, tuple[Any, ...]]:
    """Return what can be done with a step as a whole: in words, each with the edit that does it."""
    parent, siblings = edit.place_of(recipe, step.id)
    at = [one.id for one in siblings].index(step.id)
    found: dict[str, tuple[Any, ...]] = {}
    for places, move, side in ((-1, "Move up", "above"), (1, "Move down", "below")):
        if not 0 <= at + places < len(siblings):
            continue
        found[move] = (edit.with_step_moved, step.id, places)
        beside = registry()[siblings[at + places].op]
        if beside.takes_steps:
            words = f"Move into {beside.title} {side}"
            found[words] = (edit.with_step_inside, step.id, places)
    if parent is not None:
        words = f"Move out of {registry()[parent.op].title}"
        found[words] = (edit.with_step_outside, step.id)
    found["Duplicate"] = (edit.with_step_doubled, step.id)
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
        help="How probable it is that this step happens to a picture at all.",
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
        help="A picture of any other class passes this step as it is. What counts is the class that "
        "the picture had at first.",
        on_change=edit.take,
        args=(step, "classes"),
    )
