"""The log of a run: what its trainer prints, less what TensorFlow says at every start."""

from __future__ import annotations

import os
import re
import select
import sys
from pathlib import Path
from typing import BinaryIO

# TensorFlow's own notes come before its log level is heeded, and say at every start, twice, which GPU
# libraries a machine without a GPU lacks. Warnings and errors stay, but for that one.
_CHATTER = re.compile(
    rb"I\d{4} \d\d:\d\d:\d\d|E\d{4} \d\d:\d\d:.* cuda_platform\.cc:.* failed call to cuInit"
    rb"|WARNING: All log messages before absl::InitializeLog"
)


class LogPump:
    """Moves whole lines from a pipe into an append-only file.

    A disk that is full costs lines, and never the run.
    """

    def __init__(self, source: BinaryIO, target: Path) -> None:
        self._source = source.fileno()
        self._target = target
        self._rest = b""

    def move(self, patience: float) -> bool:
        """Move what arrives within ``patience`` seconds; return whether more may come."""
        if not self._arrives(patience):
            return True
        arrived = os.read(self._source, 65536)
        *lines, self._rest = (self._rest + arrived).split(b"\n")
        if not arrived:
            lines, self._rest = [self._rest] if self._rest else [], b""
        kept = [line + b"\n" for line in lines if not _CHATTER.match(line)]
        if kept:
            self._append(kept)
        return bool(arrived)

    def drain(self) -> None:
        """Move what is left when nobody should write any more."""
        while self._arrives(0) and self.move(0):
            continue

    def _arrives(self, patience: float) -> bool:
        return bool(select.select([self._source], [], [], patience)[0])

    def _append(self, lines: list[bytes]) -> None:
        try:
            with self._target.open("ab") as file:
                file.writelines(lines)
        except OSError as error:
            sys.stderr.write(f"{len(lines)} lines of the log are lost: {error}\n")
