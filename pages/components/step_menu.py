"""What every step has besides its own parameters: probability, classes, its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment import Step, registry
from pages.components import recipe_actions, recipe_edit
from pages.components.words import escaped


def step_menu(step: Step, class_names: Sequence[str]) -> None:
    """Show what every step has, behind one button.

    Args:
        step: The step.
        class_names: The classes of the data shown.
    """
    op = registry()[step.op]
    menu = st.popover(
        "More", type="tertiary", key=recipe_actions.key(step, "more"), on_change="rerun"
    )
    if not menu.open:
        return
    with menu, st.container(width=320):
        st.markdown(f"{escaped(op.summary)} ({escaped(op.paper.label)})")
        st.slider(
            "Probability",
            min_value=0.0,
            max_value=1.0,
            value=step.probability,
            step=0.01,
            key=recipe_actions.key(step, "probability"),
            help="How probable it is that this step happens to a picture at all.",
            on_change=recipe_actions.take,
            args=(step, "probability"),
        )
        st.multiselect(
            "Only for these classes",
            options=range(max(len(class_names), *(n + 1 for n in step.classes or (0,)))),
            default=step.classes,
            format_func=lambda n: class_names[n] if n < len(class_names) else f"class {n}",
            placeholder="All classes",
            key=recipe_actions.key(step, "classes"),
            on_change=recipe_actions.take,
            args=(step, "classes"),
        )
        with st.container(horizontal=True):
            _button(step, "Earlier", "arrow_upward", recipe_edit.with_step_moved, step.id, -1)
            _button(step, "Later", "arrow_downward", recipe_edit.with_step_moved, step.id, 1)
            _button(step, "Remove", "delete", recipe_edit.without_step, step.id)


def _button(step: Step, label: str, icon: str, *edit: Any) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=recipe_actions.key(step, label),
        on_click=recipe_actions.edit,
        args=tuple(edit),
    )
