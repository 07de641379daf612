"""One parameter of an op as a widget. All that is shown comes from the `Param`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from augment import Param

DEGREES = 360
MOST_SLIDER_STOPS = 2_000


def param_widget(
    param: Param, value: Any, *, key: str, on_change: Callable[[Any], None], disabled: bool = False
) -> None:
    """Show the parameter at a value.

    Args:
        param: The parameter.
        value: What the recipe holds now.
        key: The key of the widget; a new one for a new recipe.
        on_change: Called with the recipe's new value when a person changed it.
        disabled: Whether it only shows.
    """
    shown = _Shown(param)

    def changed() -> None:
        if key in st.session_state:  # else the run that made the widget was cut off
            on_change(shown.to_recipe(st.session_state[key]))

    common: dict[str, Any] = {
        "key": key,
        "help": shown.help,
        "on_change": changed,
        "disabled": disabled,
    }
    if param.type == "choice":
        st.selectbox(
            shown.label,
            param.choices,
            index=param.choices.index(value),
            format_func=_choice_in_words,
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
        self.factor = DEGREES if param.unit == "turn" else 1
        unit = "degrees" if param.unit == "turn" else param.unit
        self.label = in_words(param.name) + (f" ({unit})" if unit else "")
        self.help = f"{param.help} Default: {self._default()}."

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

    def _default(self) -> str:
        if self.param.type == "choice":
            return _choice_in_words(self.param.default)
        return f"{self.from_recipe(self.param.default):g}"


def in_words(name: str) -> str:
    """Return the name of a parameter or choice as a label."""
    return name.removesuffix("_px").replace("_", " ").capitalize()


def _choice_in_words(choice: str) -> str:
    return choice.replace("_", " ")
