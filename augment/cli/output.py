"""A name for what argparse leaves without a public type.

What commands print: results on stdout, all else on stderr.

Writing the file that an option names.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from augment.errors import ConfigError
from augment.system.pace import Pace, says_itself

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


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


def write(option: str, path: Path, content: bytes) -> None:
    """Write the whole file or nothing of it.

    Args:
        option: The option that named it, for the sentence.
        path: Where to; a pipe or a device is written to, a file replaced.
        content: What.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        if path.is_dir():
            raise ConfigError(f"{option}: {path} is a folder; name a file.")
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{option}: {path} cannot be written: {reason}.") from error
