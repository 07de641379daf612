"""The values that an argument of an op may have in a plan from outside.

A parameter is what its `Param` allows. What is drawn lies between the smallest and the largest value that
the op's own distribution, or that of a policy with this op in its pool, gives at any allowed setting.
Every distribution is monotone in its uniform numbers, its parameters and its strength, so the ends of
these ranges give the ends of its values. In a plan that is written by hand, a
measure such as an angle may be twice as large; a count, a choice or a fraction may not.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from augment.engine.op import Op, registry
from augment.engine.params import Draw, Param

_UNIFORMS = (2.0**-53, 0.5, 1.0 - 2.0**-53)
_DECIMALS = 12


class Span(NamedTuple):
    """The values of a drawn argument.

    Attributes:
        type: bool, int or float.
        low: The smallest that is allowed.
        high: The largest that is allowed.
        whole: Whether only whole numbers are, whatever their type.
    """

    type: type[bool] | type[int] | type[float]
    low: float
    high: float
    whole: bool

    @property
    def allowed(self) -> str:
        """The values, as part of a sentence."""
        if self.type is bool:
            return "true or false"
        noun = "a whole number" if self.whole else "a number"
        return f"{noun} from {self.low:.6g} to {self.high:.10g}"

    def check(self, value: Any) -> Any:
        """Return the value in its type.

        Raises:
            ValueError: It is not such a value; the message says what is allowed.
        """
        if isinstance(value, bool):
            if self.type is bool:
                return value
        # The range first: it excludes NaN, and integers too large for a float.
        elif (
            isinstance(value, int | float)
            and self.type is not bool
            and self.low <= value <= self.high
            and (not self.whole or value == int(value))
        ):
            return self.type(value)
        raise ValueError(f"it must be {self.allowed}")


def check_values(op: Op, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an op in a plan, each in its type.

    Raises:
        ValueError: One is missing, unknown or cannot be; the message is the end of a sentence.
    """
    spans = spans_of(op.name)
    if set(values) != {*op.params, *spans}:
        raise ValueError(f"the values are not the arguments {', '.join((*op.params, *spans))}")
    checked = {}
    for name, value in values.items():
        try:
            checked[name] = (op.params.get(name) or spans[name]).check(value)
        except ValueError as error:
            raise ValueError(f"{name} is wrong: {error}") from None
    return checked


@functools.cache
def spans_of(name: str) -> dict[str, Span]:
    """Return the span of each argument of an op that is drawn once for an image."""
    op = registry()[name]
    of_policies = _of_policies().get(name, {})
    return {
        argument: _span([op.draws[argument], *of_policies.get(argument, ())], op.params)
        for argument in op.drawn_once
    }


@functools.cache
def _of_policies() -> dict[str, dict[str, list[Draw]]]:
    """Return the distributions by which policies draw arguments of ops, for all of their choices."""
    found: dict[str, dict[str, list[Draw]]] = {}
    for policy in registry().values():
        if policy.pool is None:
            continue
        choices = {p.name: p.choices for p in policy.params.values() if p.type == "choice"}
        for chosen in itertools.product(*choices.values()):
            for entry in policy.pool(
                {**policy.defaults, **dict(zip(choices, chosen, strict=True))}
            ):
                for argument, draw in entry.draws.items():
                    known = found.setdefault(entry.op, {}).setdefault(argument, [])
                    if draw not in known:
                        known.append(draw)
    return found


def _extremes(draw: Draw, params: Mapping[str, Param]) -> Iterator[Any]:
    """Yield the values of a distribution at the ends of its uniforms, parameters and strength."""
    uniforms = np.array(list(itertools.product(_UNIFORMS, repeat=draw.uniforms_needed))).T
    names = [name for name in draw.param_names if params[name].type != "choice"]
    for ends in itertools.product(*(params[name].bounds for name in names)):
        yield draw.sample(uniforms, dict(zip(names, ends, strict=True)))
    if draw.takes_strength:
        for strength in draw.strength_range(params):
            yield draw.sample(uniforms, {}, np.full(uniforms.shape[1], strength))


def _span(draws: Sequence[Draw], params: Mapping[str, Param]) -> Span:
    arrays = [each for draw in draws for each in _extremes(draw, params)]
    together = np.concatenate(arrays)
    # Uniform numbers only come close to 0 and 1; rounding gives the values at the ends.
    low, high = (round(float(end), _DECIMALS) for end in (together.min(), together.max()))
    whole = bool((together == np.rint(together)).all())
    if not whole and not 0.0 <= low <= high <= 1.0:
        low, high = (2.0 * low if low < 0.0 else low / 2.0), 2.0 * high
    return Span({"b": bool, "i": int, "f": float}[arrays[0].dtype.kind], low, high, whole)
