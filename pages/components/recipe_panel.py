"""The recipe as panels of widgets, derived from the registry: one panel a step."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Param, Step, registry
from pages.components import recipe_actions, recipe_edit, workbench
from pages.components.param_widget import param_widget
from pages.components.step_menu import step_menu


def recipe_panel(class_names: Sequence[str]) -> None:
    """Show the recipe of the workbench, to be changed.

    Args:
        class_names: The classes of the data shown, so that a step may be for some of them.
    """
    steps = workbench.recipe().steps
    if not steps:
        st.caption("An empty recipe: every picture stays as it is. Add a first step below.")
    for step in steps:
        _step_panel(step, class_names)
    _adder(None)


def _step_panel(step: Step, class_names: Sequence[str]) -> None:
    op = registry()[step.op]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                op.title,
                value=step.enabled,
                key=recipe_actions.key(step, "enabled"),
                help=op.summary,
                width="stretch",
                on_change=recipe_actions.switch,
                args=(step,),
            )
            step_menu(step, class_names)
        if not step.enabled:
            return
        for name, param in op.params.items():
            _value_widget(step, name, param)
        if op.takes_steps:
            for child in step.steps:
                _step_panel(child, class_names)
            _adder(step)


def _value_widget(step: Step, name: str, param: Param) -> None:
    param_widget(
        param,
        step.params[name],
        key=recipe_actions.key(step, f"value {name}"),
        on_change=lambda value: recipe_actions.put(step, name, value),
    )


def _adder(parent: Step | None) -> None:
    ops = registry()
    inside = parent.id if parent else None
    # The number of steps is in the key so that the choice is empty again once it is taken.
    key = f"add {workbench.version()} {sum(1 for _ in workbench.recipe().walk())} {inside}"
    label = f"Add a step to {ops[parent.op].title}" if parent else "Add a step"
    st.selectbox(
        label,
        options=list(ops),
        index=None,
        format_func=lambda name: ops[name].title,
        placeholder=label,
        label_visibility="collapsed",
        key=key,
        on_change=lambda: recipe_actions.edit(
            recipe_edit.with_step_added, st.session_state[key], inside
        ),
    )
