"""One parameter of an op as a widget, derived from its `Param`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from augment import Param
from augment.engine.params import DEGREES_PER_TURN, format_value

MOST_SLIDER_STOPS = 2_000


def param_widget(param: Param, value: Any, *, key: str, on_change: Callable[[Any], None]) -> None:
    """Show the parameter.

    Args:
        param: The parameter.
        value: Its value in the recipe.
        key: The key of the widget; a new one for a new recipe.
        on_change: Called with the new value in the recipe when a user changes it.
    """
    shown = _Shown(param)

    def changed() -> None:
        if key in st.session_state:  # otherwise the run with the widget was interrupted
            on_change(shown.to_recipe(st.session_state[key]))

    common: dict[str, Any] = {"key": key, "help": shown.help, "on_change": changed}
    if param.type == "choice":
        st.selectbox(
            shown.label,
            param.choices,
            index=param.choices.index(value),
            format_func=format_value,
            **common,
        )
        return
    widget = st.slider if shown.stops <= MOST_SLIDER_STOPS else st.number_input
    widget(
        shown.label,
        min_value=shown.low,
        max_value=shown.high,
        value=shown.from_recipe(value),
        step=shown.step,
        **common,
    )


class _Shown:
    """A parameter in the units of the page: degrees where the recipe has fractions of a turn."""

    def __init__(self, param: Param) -> None:
        self.param = param
        self.factor = DEGREES_PER_TURN if param.unit == "turn" else 1
        unit = "degrees" if param.unit == "turn" else param.unit
        self.label = param.label + (f" ({unit})" if unit else "")
        self.help = f"{param.help} Default: {param.format(param.default)}."

    @property
    def low(self) -> Any:
        return self.from_recipe(self.param.bounds[0])

    @property
    def high(self) -> Any:
        return self.from_recipe(self.param.bounds[1])

    @property
    def step(self) -> Any:
        if self.param.step is None:
            return 1 if self.param.type == "int" else (self.high - self.low) / 100
        return self.from_recipe(self.param.step)

    @property
    def stops(self) -> float:
        return float((self.high - self.low) / self.step)

    def from_recipe(self, value: float) -> Any:
        if self.param.type == "int":
            return int(value)
        return round(float(value) * self.factor, 9)

    def to_recipe(self, value: Any) -> Any:
        if self.param.type == "float" and self.factor != 1:
            return round(value / self.factor, 9)
        return value
