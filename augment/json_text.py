"""JSON from outside: recipes, plans, links, and files that may be edited or cut by a full disk.

All readers use `parse`, because Python's own reader raises a `RecursionError` at deep nesting and a
`ValueError` about its own settings at a number of 5,000 digits, drops one of two entries of the same
name, and returns values that other code cannot nest, print or convert.
"""

from __future__ import annotations

import json
import math
from typing import Any

MOST_DEPTH = 200
"""Levels of lists and objects; what this program writes has at most twenty."""
MOST_DIGITS = 1000
"""Digits of a whole number; Python itself converts at most 4,300."""


class NotJson(ValueError):
    """A text is not JSON that can be used; the message is the end of a sentence about it."""


def parse(text: str | bytes, *, finite: bool = False) -> Any:
    """Return the value of a JSON text.

    Args:
        text: JSON, with or without a byte order mark; bytes in UTF-8, UTF-16 or UTF-32.
        finite: Whether the numbers that JSON does not have (``NaN``, ``Infinity``, ``1e400``) become
            None. Otherwise they come as floats, so that the caller can say which value is wrong.

    Raises:
        NotJson: It is no text, not valid, nested deeper than `MOST_DEPTH`, has a whole number of more
            than `MOST_DIGITS` digits, or two entries of the same name in one object.
    """
    if not isinstance(text, str | bytes):
        raise NotJson(f"is of type {type(text).__name__}, not text")
    not_finite = (lambda _: None) if finite else float

    def number(digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else not_finite(digits)

    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        value = json.loads(
            text.removeprefix("\ufeff"),
            parse_constant=not_finite,
            parse_float=number,
            parse_int=_whole,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise NotJson("is not text in UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise NotJson(f"is not valid JSON (line {error.lineno})") from None
    _check_depth(value)
    return value


def is_whole(value: object, *, below: int = 2**53) -> bool:
    """Whether a value is a whole number from 0, by default one that is exact as a float too."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _whole(digits: str) -> int:
    count = len(digits.removeprefix("-"))
    if count > MOST_DIGITS:
        raise NotJson(f"has a number of {count:,} digits; at most {MOST_DIGITS:,} are allowed")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"has two entries {json.dumps(twice)[:60]} in one object")
    return made


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        within: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                within.extend(each.values())
            elif isinstance(each, list):
                within.extend(each)
        if not within:
            return
        level = within
    if any(isinstance(each, dict | list) for each in level):
        raise _too_deep()


def _too_deep() -> NotJson:
    return NotJson(f"is nested too deep; at most {MOST_DEPTH} levels are allowed")
