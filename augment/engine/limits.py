"""What a number may be, defined once for the page, the command line and the config of a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_LONGEST_NAME = 200  # characters of a name that are compared with known ones


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The range of a number: ``low <= value <= high``, whole numbers only where both are integers."""

    low: float
    high: float
    unit: str = ""

    def __str__(self) -> str:
        """Return what is allowed, as in "a whole number from 32 to 512 px"."""
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} from {self.span}"

    @property
    def span(self) -> str:
        """Both ends and the unit, as in "32 to 512 px"."""
        return f"{self.low:g} to {self.high:.10g} {self.unit}".rstrip()

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are allowed."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def check(self, value: object) -> int | float:
        """Return ``value`` as an int where only whole numbers are allowed, else as a float.

        Raises:
            ValueError: It is not in the range; the message says what is allowed.
        """
        value = python_value(value)
        # The range first: it excludes NaN, and integers too large for a float.
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not self.low <= value <= self.high
            or (self.is_whole and value != int(value))
        ):
            raise ValueError(f"must be {self}, but {shorten(value)} was given")
        return int(value) if self.is_whole else float(value)


SEED = Limits(low=0, high=2**32 - 1)
"""A seed: of draws, of the splits, of a run. NumPy and Keras take no larger one."""

EPOCH = Limits(low=0, high=2**31 - 1)
"""The number of an epoch, counted from 0, that samples are drawn for."""


def python_value(value: object) -> object:
    """Return a number of NumPy, as a sweep has it, as Python's own, which JSON can hold."""
    return value.item() if isinstance(value, np.generic) else value


def shorten(value: object) -> str:
    """Return the ``repr`` of a value on one line, cut for an error message."""
    try:
        text = repr(python_value(value))
    except (ValueError, RecursionError):  # more digits than Python prints, or nested too deep
        return f"a value of type {type(value).__name__} that is too large to show"
    return cut(" ".join(text.split()) if "\n" in text else text)


def visible(text: str) -> str:
    """Return a text with an escape for each character that does not print, such as a line break."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def cut(text: str, length: int = 60) -> str:
    """Return a text of at most ``length`` characters; an ellipsis replaces the end of a longer one."""
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"


def did_you_mean(value: object, names: Iterable[str]) -> str:
    """Return `` (did you mean "NAME"?)`` with the name most like a value; empty if none is like it."""
    if not isinstance(value, str):
        return ""
    known = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(value[:_LONGEST_NAME].casefold(), list(known), n=1)
    return f' (did you mean "{known[close[0]]}"?)' if close else ""
