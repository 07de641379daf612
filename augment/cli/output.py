"""What the commands share: printing results and messages, checking numbers, writing files.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from augment.engine.limits import Limits, shorten, visible
from augment.errors import ConfigError
from augment.system import units
from augment.system.pace import Pace, has_figures

_LONGEST_MESSAGE = 1000

# argparse has no public name for this type.
Commands: TypeAlias = "argparse._SubParsersAction[Any]"


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def line(text: str = "") -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")


def document(value: Any) -> None:
    """Print the result as the one JSON document that ``--json`` promises.

    Numbers that JSON does not have (the loss of a run that diverged) become null.
    """
    line(json.dumps(_finite(value), indent=2, allow_nan=False))


def error(text: str) -> None:
    """Print the message of an error on stderr, as one line whatever it quotes of a user."""
    text = visible(text)
    if len(text) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        text = f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"
    note(f"error: {text}")


def note(text: str) -> None:
    """Print a message on stderr, after the results printed before it."""
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def warn(sentences: Iterable[str], about: str = "") -> None:
    """Print warnings on stderr, a line each; they change no result.

    Args:
        sentences: The warnings.
        about: What they are about, where the command names several.
    """
    for sentence in sentences:
        note(f"warning: {about}: {sentence}" if about else f"warning: {sentence}")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print left-aligned columns, each as wide as its longest cell."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for cells in (header, *rows):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        line("  ".join(padded).rstrip())


class Progress:
    """Shows the progress of a job on stderr.

    On a terminal it rewrites one line; elsewhere it prints a line for each tenth. It is called with
    the count done, the total (0 if unknown) and what is being done.
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
        self._pace.update(done, total)
        count = f" {done}/{total}" if total else f" {done}" if done else ""
        if has_figures(what):
            count = ""
        elif (left := self._pace.seconds_left) is not None and total:
            count += f", {self._pace.per_second:,.0f} a second, {units.duration(left)} left"
        if self._on_terminal:
            sys.stderr.write(f"\r\x1b[K{what}{count}")
            sys.stderr.flush()
            return
        tenth = 10 * done // total if total else 0
        if (what, tenth) != self._last:
            self._last = (what, tenth)
            note(what + count)

    def close(self) -> None:
        """End the line that was being rewritten."""
        if self._on_terminal:
            note("")


def whole(text: str) -> int:
    """Return a whole number of the command line; the `type` of an argument."""
    try:
        return int(_digits(text))
    except ValueError:  # more digits than Python converts, too
        raise argparse.ArgumentTypeError(f"{shorten(text)} is not a whole number") from None


def number(text: str) -> float:
    """Return a number of the command line; the `type` of an argument."""
    try:
        return float(_digits(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{shorten(text)} is not a number") from None


def _digits(text: str) -> str:
    """Return a text in which Python may read a number: not "1_0", nor digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text


def quiet_tensorflow() -> None:
    """Keep TensorFlow, which is imported next, from reporting its build and every missing GPU library."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def check(option: str, value: int, allowed: Limits) -> None:
    """Check the number given for an option.

    Raises:
        ConfigError: It is not allowed.
    """
    try:
        allowed.check(value)
    except ValueError as error:
        raise ConfigError(f"{option} {error}.") from error


def write(option: str, path: Path, content: bytes) -> None:
    """Write a complete file, or nothing.

    Args:
        option: The option that names the file, for the message.
        path: A file is replaced; a pipe or a device is written to.
        content: What to write.

    Raises:
        ConfigError: It cannot be written.
    """
    check_place(option, path)
    with _unwritable_as_error(option, path):
        if is_pipe_or_device(path):
            path.write_bytes(content)
            return
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def check_place(option: str, path: Path) -> None:
    """Check that the path given for an option is that of a file in an existing folder.

    Raises:
        ConfigError: It is not.
    """
    with _unwritable_as_error(option, path):
        path.exists()  # a name that is too long or has a null byte
        if path.is_dir():
            raise ConfigError(f"{option}: {path} is a folder; name a file.")
        if not path.parent.is_dir():
            raise ConfigError(f"{option}: {path} cannot be written: there is no such folder.")


def is_pipe_or_device(path: Path) -> bool:
    """Whether there is something other than a file to write to."""
    return path.exists() and not path.is_file()


@contextlib.contextmanager
def _unwritable_as_error(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{option}: {path} cannot be written: {reason}.") from error


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
