"""The recipe as panels of widgets, one for each step, derived from the registry."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Op, Param, Step, registry
from pages.components.recipe import advice_notes, edit
from pages.components.recipe.param_widget import param_widget
from pages.components.recipe.step_chooser import step_chooser
from pages.components.recipe.step_menu import step_menu
from pages.components.session import workbench


def recipe_panel(class_names: Sequence[str]) -> None:
    """Show the recipe of the workbench.

    Args:
        class_names: The classes of the data shown, to which a step can be limited.
    """
    steps = workbench.recipe().steps
    if not steps:
        st.caption("The recipe is empty, so the pictures are unchanged. Add a first step below.")
    for step in steps:
        _step_panel(step, class_names)
    step_chooser(None)


def _step_panel(step: Step, class_names: Sequence[str]) -> None:
    op = registry()[step.op]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                op.title,
                value=step.enabled,
                key=edit.key(step, "enabled"),
                help=op.summary,
                width="stretch",
                on_change=edit.switch,
                args=(step,),
            )
            step_menu(step, class_names)
        if not step.enabled:
            return
        _settings(step, op)
        advice_notes.show_for_step(step)
        if op.takes_steps:
            for child in step.steps:
                _step_panel(child, class_names)
            step_chooser(step)


def _settings(step: Step, op: Op) -> None:
    """Show the parameters that have an effect; those for fine tuning are in an expander."""
    params = [param for param in op.params.values() if param.applies(step.params)]
    for param in params:
        if not param.secondary:
            _value_widget(step, op, param)
    if secondary := [param for param in params if param.secondary]:
        tuned = any(step.params[param.name] != param.default for param in secondary)
        key = edit.key(step, "fine tuning")
        with st.expander("Fine tuning", expanded=tuned, type="compact", key=key):
            for param in secondary:
                _value_widget(step, op, param)


def _value_widget(step: Step, op: Op, param: Param) -> None:
    name = param.name
    shows_others = any(other.only_if and other.only_if[0] == name for other in op.params.values())
    param_widget(
        param,
        step.params[name],
        key=edit.key(step, f"value {name}"),
        on_change=lambda value: (
            edit.edit(edit.with_value, step.id, name, value)
            if shows_others
            else edit.put(step, name, value)
        ),
    )
