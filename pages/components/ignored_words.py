"""The words about what of an address was not taken."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_CHARS = 40
"""How much of a name or a value is repeated."""
MOST_CHOICES, SOME_CHOICES = 8, 3
"""How many choices are all named, and how many of more than these."""


def why(
    name: str, value: str, shown: object, allowed: Sequence[object], asked: Sequence[str]
) -> str:
    """Return why a value was not taken, as the rest of a sentence.

    Args:
        name: The parameter.
        value: The value.
        shown: What its widget shows instead.
        allowed: What there is to choose from, or a range of whole numbers.
        asked: All values that the address has for it.
    """
    if len(asked) > 1 and _among(value, allowed):
        what = "counts" if any(means(each, shown) for each in asked) else "is shown"
        return f"but says it more than once; {short(shown)} {what}"
    why = f"but {short(name)} can be {_choices(allowed)}" if allowed else "which is not there"
    return why if isinstance(shown, list | tuple) else f"{why}; {short(shown) or 'none'} is shown"


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def is_endless(value: str) -> bool:
    """Return whether the value is an infinite number."""
    return math.isinf(_number(value))


def means(value: str, shown: object) -> bool:
    """Return whether the value says what is shown."""
    if isinstance(shown, int | float):
        return _number(value) == shown
    return value == str(shown)


def _among(value: str, allowed: Sequence[object]) -> bool:
    if isinstance(allowed, range):
        number = _number(value)
        return number.is_integer() and int(number) in allowed
    return any(means(value, each) for each in allowed)


def _choices(allowed: Sequence[object]) -> str:
    if isinstance(allowed, range):
        return f"a whole number from {allowed[0]:,} to {allowed[-1]:,}"
    if len(allowed) > MOST_CHOICES:
        named = ", ".join(map(short, allowed[:SOME_CHOICES]))
        return f"{named} or one of {len(allowed) - SOME_CHOICES} more"
    *others, last = map(short, allowed)
    return f"{', '.join(others)} or {last}" if others else f"{last} only"


def short(text: object) -> str:
    """Return the beginning of a text, with a sign for each letter that cannot be seen."""
    seen = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)
    )
    return seen if len(seen) <= MOST_CHARS else f"{seen[:MOST_CHARS]}\N{HORIZONTAL ELLIPSIS}"
