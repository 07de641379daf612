"""The widget of each kind of parameter, in a page that shows the parameters of all ops."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import registry

PARAMS = {f"{op.name}.{name}": p for op in registry().values() for name, p in op.params.items()}


def page(names: list[str], given: dict[str, object]) -> None:
    import streamlit as st

    from pages.components.recipe.param_widget import param_widget
    from tests.pages.recipe.test_param_widget import PARAMS

    changes = st.session_state.setdefault("changes", {})
    for name in names:
        param_widget(
            PARAMS[name],
            given.get(name, PARAMS[name].default),
            key=name,
            on_change=lambda value, name=name: changes.update({name: value}),
        )


def shown(*names: str, **given: Any) -> AppTest:
    app = AppTest.from_function(page, args=(list(names), given), default_timeout=60).run()
    assert not app.exception
    return app


def widget(app: AppTest, name: str) -> Any:
    [found] = [one for one in [*app.slider, *app.number_input, *app.selectbox] if one.key == name]
    return found


def test_every_parameter_of_every_op_has_a_widget_with_its_range() -> None:
    app = shown(*PARAMS)
    for name, param in PARAMS.items():
        made = widget(app, name)
        assert param.help in made.help
        if param.type == "choice":
            assert len(made.options) == len(param.choices)
            assert made.value == param.default
            continue
        factor = 360 if param.unit == "turn" else 1
        assert made.min == pytest.approx(param.bounds[0] * factor)
        assert made.max == pytest.approx(param.bounds[1] * factor)
        assert made.value == pytest.approx(param.default * factor)
        assert isinstance(made.value, int if param.type == "int" else float)


@pytest.mark.parametrize("end", [0, -1])
def test_the_ends_of_every_widget_are_allowed_in_a_recipe(end: int) -> None:
    app = shown(*PARAMS)
    for name, param in PARAMS.items():
        made = widget(app, name)
        ends = param.choices if param.type == "choice" else (made.min, made.max)
        made.set_value(ends[end])
    app.run()
    changes = app.session_state["changes"]
    for name, param in PARAMS.items():
        ends = param.choices if param.type == "choice" else param.bounds
        assert name in changes or ends[end] == param.default
        assert changes.get(name, param.default) == param.check(ends[end])


def test_a_turn_is_shown_in_degrees_and_given_as_a_fraction() -> None:
    name = "grid_mask.rotation_factor"
    app = shown(name, **{name: 0.15})
    made = widget(app, name)
    assert made.value == 54.0
    assert "(degrees)" in made.label
    made.set_value(90.0).run()
    assert app.session_state["changes"] == {name: 0.25}


def test_a_value_between_two_stops_stays_until_it_is_changed() -> None:
    name = "grid_mask.ratio_factor"
    app = shown(name, **{name: 0.123})
    assert widget(app, name).value == 0.123
    assert app.session_state["changes"] == {}
