"""The arguments of an op: a `Param` is given by the recipe, a `Draw` is sampled for each image."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

from augment.engine.limits import python_value

ParamType = Literal["float", "int", "choice"]

DEGREES_PER_TURN = 360


def label_of(name: str) -> str:
    """Return the name of an argument as a label; what is in pixels says so by its unit instead."""
    return name.removesuffix("_px").replace("_", " ").capitalize()


def format_value(value: Any, unit: str = "") -> str:
    """Return the value of an argument as text: "0.3", "45°", "20%", "128 grey levels", "yes".

    Args:
        value: A number, a choice, or whether something happens.
        unit: See `Param.unit`.
    """
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if unit == "turn":
        return f"{value * DEGREES_PER_TURN:.4g}°"
    if unit == "share":
        return f"{value * 100:.4g}%"
    number = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return f"{number} {unit}".rstrip()


def degrees(turn: float) -> str:
    """Return a fraction of a full turn as text for a caption, with its sign: "+12°"."""
    return f"{turn * DEGREES_PER_TURN:+z.0f}°"


@dataclass(frozen=True, kw_only=True)
class RecommendedRange:
    """The range of a parameter that papers or practice use.

    Attributes:
        source: In a sentence or two, where the range comes from, or that it is folklore.
        low: The smallest value recommended, or None.
        high: The largest value recommended, or None.
        only_if: The name and the value of the choice beside which this holds, or None for any.
    """

    source: str
    low: float | None = None
    high: float | None = None
    only_if: tuple[str, str] | None = None

    def holds(self, value: float) -> bool:
        """Whether a value is in the range."""
        too_low = self.low is not None and value < self.low
        return not too_low and (self.high is None or value <= self.high)


@dataclass(frozen=True, kw_only=True)
class Param:
    """A value that a recipe gives.

    The name, the type and the default come from the signature of the op.

    Attributes:
        low: The smallest value allowed (numbers only).
        high: The largest value allowed (numbers only).
        step: The step of a slider.
        unit: "px", "grey levels", "turn" (a fraction of a full turn, shown in degrees), "share" (of 1,
            shown in percent) or empty.
        help: One sentence for the user who moves the slider.
        identity: The value that changes nothing, or None where there is none.
        extreme: The value at strength 1 of a policy; `high` if None.
        choices: The values allowed (choices only).
        only_if: The name and the value of the choice without which this one changes nothing.
        secondary: Whether it is for fine tuning, which a page may fold away.
        recommended: The ranges that papers and practice use; see `augment.advice`.
    """

    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""
    identity: float | None = None
    extreme: float | None = None
    choices: tuple[str, ...] = ()
    only_if: tuple[str, str] | None = None
    secondary: bool = False
    recommended: tuple[RecommendedRange, ...] = ()
    name: str = ""
    type: ParamType = "float"
    default: Any = None

    @classmethod
    def fraction(
        cls, help: str, *, secondary: bool = False, recommended: tuple[RecommendedRange, ...] = ()
    ) -> Param:
        """Return a fraction from 0, which changes nothing, to 1."""
        whole = cls(help=help, low=0.0, high=1.0, step=0.01, identity=0.0)
        return replace(whole, secondary=secondary, recommended=recommended)

    @classmethod
    def grey_level(
        cls, help: str, *, only_if: tuple[str, str] | None = None, secondary: bool = False
    ) -> Param:
        """Return a level from 0, black, to 255, white."""
        return cls(
            help=help,
            low=0,
            high=255,
            step=1,
            unit="grey levels",
            only_if=only_if,
            secondary=secondary,
        )

    @property
    def label(self) -> str:
        """What the parameter is called on a page: "Fill mode" for `fill_mode`."""
        return label_of(self.name)

    def format(self, value: Any) -> str:
        """Return a value of the parameter as text, with its unit; see `format_value`."""
        return format_value(value, self.unit)

    @property
    def allowed(self) -> str:
        """The values allowed, as part of a sentence."""
        if self.type == "choice":
            return " or ".join(f'"{choice}"' for choice in self.choices)
        noun = "a whole number" if self.type == "int" else "a number"
        return f"{noun} from {self.low:g} to {self.high:g}"

    def applies(self, given: Mapping[str, Any]) -> bool:
        """Whether it can change anything, given the values of the op's parameters."""
        return _is_chosen(self.only_if, given)

    def recommended_for(self, given: Mapping[str, Any]) -> tuple[RecommendedRange, ...]:
        """Return the ranges that hold, given the values of the op's parameters."""
        return tuple(one for one in self.recommended if _is_chosen(one.only_if, given))

    def check(self, value: Any) -> Any:
        """Return the value in the type of the parameter.

        Raises:
            ValueError: It is not allowed; the message says what is.
        """
        value = python_value(value)
        if self.type == "choice":
            if isinstance(value, str) and value in self.choices:
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            low, high = self.bounds
            # The range first: it excludes NaN, and integers too large for a float.
            if low <= value <= high and (self.type == "float" or value == int(value)):
                # Without the sign of -0.0, which a caption would show.
                return int(value) if self.type == "int" else float(value) + 0.0
        raise ValueError(f"it must be {self.allowed}")

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest number allowed."""
        if self.low is None or self.high is None:
            raise TypeError(f"{self.name} is not a number")
        return self.low, self.high

    def strength_range(self) -> tuple[float, float]:
        """Return the values at strength 0 and at strength 1 of a policy."""
        if self.identity is None:
            raise TypeError(f"{self.name} has no identity, so it cannot follow a strength")
        return self.identity, self.bounds[1] if self.extreme is None else self.extreme


@dataclass(frozen=True, kw_only=True)
class Draw(ABC):
    """A distribution that an argument is drawn from, for each image on its own.

    Attributes:
        slots: For policies, the parameters whose product says how many times to draw for each image.
    """

    slots: tuple[str, ...] = ()

    def repeats(self, given: Mapping[str, Any]) -> int:
        """Return how many times a policy with these values draws for each image."""
        return math.prod(given[name] for name in self.slots)

    @property
    def param_names(self) -> tuple[str, ...]:
        """The names of the parameters that the distribution reads."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, str))

    @property
    def uniforms_needed(self) -> int:
        """How many uniform numbers one value takes."""
        return 1

    @property
    def takes_strength(self) -> bool:
        """Whether the strength of a policy says how far the drawn value goes."""
        return False

    def strength_range(self, params: Mapping[str, Param]) -> tuple[float, float]:
        """Return the values at strength 0 and at strength 1 of a policy."""
        raise TypeError(f"{type(self).__name__} does not follow a strength")

    @abstractmethod
    def sample(
        self,
        uniforms: npt.NDArray[np.float64],
        given: Mapping[str, Any],
        strength: npt.NDArray[np.float64] | None = None,
    ) -> npt.NDArray[Any]:
        """Return one value for each column.

        Args:
            uniforms: Shape (uniforms_needed, ...), each in the open interval from 0 to 1.
            given: The values of the op's parameters.
            strength: Shape (...): the value at the strength of a policy, or None outside one.

        Returns:
            Shape (...).
        """


def _is_chosen(choice: tuple[str, str] | None, given: Mapping[str, Any]) -> bool:
    return choice is None or given[choice[0]] == choice[1]


def read_signature(
    function: Callable[..., Any],
) -> tuple[dict[str, Param], dict[str, Draw], tuple[str, ...]]:
    """Return the parameters, the draws, and the names of the leading arguments of an op's function.

    Raises:
        TypeError: A keyword-only argument is annotated with neither, a default is not allowed, or a
            parameter waits for a value that no choice of the op has.
    """
    hints = get_type_hints(function, include_extras=True)
    params: dict[str, Param] = {}
    draws: dict[str, Draw] = {}
    reads: list[str] = []
    for name, argument in inspect.signature(function).parameters.items():
        if argument.kind is not argument.KEYWORD_ONLY:
            reads.append(name)
            continue
        value_type, *metadata = get_args(hints[name]) or (hints[name],)
        described = next((item for item in metadata if isinstance(item, Param | Draw)), None)
        if isinstance(described, Param):
            params[name] = _bound_param(described, name, value_type, argument.default)
        elif isinstance(described, Draw):
            draws[name] = described
        else:
            raise TypeError(f"{function.__name__}: {name} is annotated with neither Param nor Draw")
    for param in params.values():
        choice, value = param.only_if or ("", "")
        if choice and (choice not in params or value not in params[choice].choices):
            raise TypeError(
                f"{function.__name__}: {choice} is never {value}, as {param.name} needs"
            )
    return params, draws, tuple(reads)


def _bound_param(param: Param, name: str, value_type: type, default: Any) -> Param:
    kinds: dict[type, ParamType] = {float: "float", int: "int", str: "choice"}
    bound = replace(param, name=name, type=kinds[value_type], default=default)
    if bound.check(default) != default:
        raise TypeError(f"the default of {name} is not of its type")
    return bound
