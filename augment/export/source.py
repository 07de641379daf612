"""Python source of calls, for scripts that people read: valid and indented, no formatter's work."""

from __future__ import annotations

import pprint
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 88  # what a line may have before a call is spread over several


class Source(str):
    """Source text, such as a name; its `repr` is the text itself."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class Call:
    """A call with keyword arguments; its `repr` is its source, on one line where that is short.

    Attributes:
        name: What is called.
        arguments: Literals, `Source`, or calls.
    """

    name: str
    arguments: Mapping[str, Any]

    def __repr__(self) -> str:
        line = self.one_line()
        if len(line) < WIDTH and "\n" not in line:
            return line
        arguments = "".join(
            f"{name}={pprint.pformat(value, width=WIDTH - 12, compact=True)},\n"
            for name, value in self.arguments.items()
        )
        return f"{self.name}(\n{indented(arguments)})"

    def one_line(self) -> str:
        """Return the source without breaking it; arguments with comments keep their lines."""
        arguments = (f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({', '.join(arguments)})"


def listed(items: Iterable[tuple[tuple[str, ...], Call | None]]) -> Source:
    """Return a list of calls, each with comments above it; without a call, the comments alone."""
    lines = [
        line
        for comments, call in items
        for line in (*map(_comment, comments), *([] if call is None else [f"{call!r},"]))
    ]
    return Source("[\n" + indented("\n".join(lines)) + "\n]" if lines else "[]")


def indented(source: str) -> str:
    """Return source one level deeper."""
    return textwrap.indent(source, "    ")


def prose(text: str) -> str:
    """Return text over as many lines as it needs."""
    return textwrap.fill(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False)


def _comment(text: str) -> str:
    return textwrap.indent(prose(text), "# ")
