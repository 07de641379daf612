from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import Op, Param, registry

PARAMS = [(op, param) for op in registry().values() for param in op.params.values()]


def script(op: str, name: str, value: object) -> None:
    import streamlit as st

    from augment import registry
    from pages.components.recipe.param_widget import param_widget

    st.session_state.setdefault("given", value)
    param_widget(
        registry()[op].params[name],
        value,
        key="widget",
        on_change=lambda changed: st.session_state.update(given=changed),
    )


def shown(op: Op, param: Param, value: Any) -> tuple[AppTest, Any]:
    app = AppTest.from_function(script, args=(op.name, param.name, value)).run()
    assert not app.exception
    [widget] = [*app.slider, *app.number_input, *app.selectbox]
    return app, widget


@pytest.mark.parametrize(("op", "param"), PARAMS, ids=lambda item: item.name)
def test_every_parameter_of_every_op_has_a_widget_with_its_range(op: Op, param: Param) -> None:
    _, widget = shown(op, param, param.default)
    assert param.help in widget.help
    if param.type == "choice":
        assert len(widget.options) == len(param.choices)
        assert widget.value == param.default
        return
    factor = 360 if param.unit == "turn" else 1
    assert widget.min == pytest.approx(param.bounds[0] * factor)
    assert widget.max == pytest.approx(param.bounds[1] * factor)
    assert widget.value == pytest.approx(param.default * factor)
    assert isinstance(widget.value, int if param.type == "int" else float)


@pytest.mark.parametrize(("op", "param"), PARAMS, ids=lambda item: item.name)
def test_what_a_widget_gives_is_allowed_in_a_recipe(op: Op, param: Param) -> None:
    app, widget = shown(op, param, param.default)
    extremes = (
        [param.choices[-1], param.choices[0]]
        if param.type == "choice"
        else [widget.max, widget.min]
    )
    for extreme in extremes:
        widget = [*app.slider, *app.number_input, *app.selectbox][0]
        widget.set_value(extreme).run()
        given = app.session_state["given"]
        assert param.check(given) == given


def test_a_turn_is_shown_in_degrees_and_given_as_a_fraction() -> None:
    op = registry()["grid_mask"]
    app, widget = shown(op, op.params["rotation_factor"], 0.15)
    assert widget.value == 54.0
    assert "(degrees)" in widget.label
    widget.set_value(90.0).run()
    assert app.session_state["given"] == 0.25


def test_a_value_between_two_stops_stays_until_somebody_moves_it() -> None:
    op = registry()["grid_mask"]
    app, _ = shown(op, op.params["ratio_factor"], 0.123)
    assert app.session_state["given"] == 0.123
