"""Python source from values: calls, lists and comments, laid out as ruff and black lay them out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 88  # what formatters allow unless told otherwise
_INDENT = 4


@dataclass(frozen=True)
class Name:
    """A name that the script gives to a value."""

    name: str


@dataclass(frozen=True)
class Call:
    """A call with keyword arguments.

    Attributes:
        name: What is called.
        arguments: Literals, or what else this module has.
    """

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Noted:
    """An item of a list with comments above it; without a call, the comments alone."""

    call: Call | None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Items:
    """A list whose items may have comments."""

    items: Sequence[Noted]


def laid_out(value: Any, indent: int = 0, used: int = 0) -> str:
    """Return the source of a value, over as many lines as it needs.

    Args:
        value: A literal, or what else this module has.
        indent: The columns by which its lines after the first are indented.
        used: The columns that the first line has taken before it.
    """
    flat = one_line(value)
    if flat is not None and used + len(flat) < WIDTH:  # one column is for the comma after it
        return flat
    inner = indent + _INDENT
    margin = " " * inner
    if isinstance(value, Call):
        lines = [
            f"{margin}{name}={laid_out(argument, inner, inner + len(name) + 1)},"
            for name, argument in value.arguments.items()
        ]
        start, end = f"{value.name}(", ")"
    elif isinstance(value, Items):
        lines = [line for item in value.items for line in _item(item, inner)]
        start, end = "[", "]"
    elif isinstance(value, list):
        lines = [f"{margin}{laid_out(item, inner, inner)}," for item in value]
        start, end = "[", "]"
    else:
        return str(flat)
    return "\n".join([start, *lines, " " * indent + end])


def one_line(value: Any) -> str | None:
    """Return the source on one line, or None where comments need lines of their own."""
    if isinstance(value, Call):
        arguments = [one_line(argument) for argument in value.arguments.values()]
        named = [f"{name}={text}" for name, text in zip(value.arguments, arguments, strict=True)]
        return None if None in arguments else f"{value.name}({', '.join(named)})"
    if isinstance(value, Name):
        return value.name
    if isinstance(value, Items):
        if any(item.comments for item in value.items):
            return None
        calls = [one_line(item.call) for item in value.items]
        return None if None in calls else f"[{', '.join(map(str, calls))}]"
    if isinstance(value, tuple | list):
        inside = ", ".join(str(one_line(item)) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return _text(value) if isinstance(value, str) else repr(value)


def wrapped(text: str, *, indent: int = 0, prefix: str = "") -> str:
    """Return prose over as many lines as it needs, each with the prefix."""
    margin = " " * indent + prefix
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text(text: str) -> str:
    """Return a string in the quotes that formatters choose; what cannot be seen is spelt out."""
    quote = "'" if '"' in text and "'" not in text else '"'
    letters = (
        f"\\{letter}"
        if letter in (quote, "\\")
        else letter
        if letter.isprintable()
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
    return f"{quote}{''.join(letters)}{quote}"


def _item(item: Noted, indent: int) -> Sequence[str]:
    comments = [wrapped(comment, indent=indent, prefix="# ") for comment in item.comments]
    if item.call is None:
        return comments
    return [*comments, f"{' ' * indent}{laid_out(item.call, indent, indent)},"]
