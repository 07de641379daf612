"""What commands print: results on stdout, all else on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from augment.pace import Pace, says_itself


def line(text: str = "") -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")


def document(value: Any) -> None:
    """Print the result as the one JSON document that ``--json`` promises.

    Numbers that JSON does not know (the loss of a run that diverged) become null.
    """
    line(json.dumps(_finite(value), indent=2, allow_nan=False))


def note(text: str) -> None:
    """Say something beside the result, on stderr, after what was printed before."""
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print left-aligned columns, each as wide as its longest cell."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for cells in (header, *rows):
        line(
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        )


class Progress:
    """Shows how far a job is on stderr: one line rewritten on a terminal, a line each tenth elsewhere.

    It is called with what is done, the total (0 if unknown) and a few words.
    """

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._last: tuple[str, int] | None = None
        self._pace, self._what = Pace(), ""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show that ``done`` of ``total`` are done."""
        if what != self._what:
            self._what = what
            self._pace.restart()
        self._pace.see(done, total)
        share = f" {done}/{total}" if total else f" {done}" if done else ""
        if says_itself(what):
            share = ""
        elif (left := self._pace.seconds_left) is not None and total:
            share += f", {self._pace.per_second:,.0f} a second, {_short(left)} left"
        if self._on_terminal:
            sys.stderr.write(f"\r\x1b[K{what}{share}")
            sys.stderr.flush()
            return
        tenth = 10 * done // total if total else 0
        if (what, tenth) != self._last:
            self._last = (what, tenth)
            note(what + share)

    def close(self) -> None:
        """End the line that was being rewritten."""
        if self._on_terminal:
            note("")


def _short(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
