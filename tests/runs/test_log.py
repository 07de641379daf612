"""The log keeps what a person needs and loses what TensorFlow says at every start."""

from __future__ import annotations

import os
from pathlib import Path

from augment.runs.log import LogPump

PRINTED = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795412695.247405   14684 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795412699.920615   14684 cuda_platform.cc:52] failed call to cuInit: INTERNAL: 303
E0000 00:00:1795412699.920615   14684 other.cc:52] out of memory
Important: I stay
epoch 1 of 2
no newline at the end"""


def test_whole_lines_arrive_and_chatter_does_not(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    target = tmp_path / "run.log"
    target.write_text("before\n")
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, target)
        for start in range(0, len(PRINTED), 37):
            os.write(writer, PRINTED[start : start + 37])
            assert pump.move(1)
        assert pump.move(0), "a pipe that is open but empty is no end"
        os.close(writer)
        pump.drain()
        assert not pump.move(0)
    assert target.read_text().splitlines() == [
        "before",
        "E0000 00:00:1795412699.920615   14684 other.cc:52] out of memory",
        "Important: I stay",
        "epoch 1 of 2",
        "no newline at the end",
    ]


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, tmp_path / "no such folder" / "run.log")
        os.write(writer, b"one\ntwo\n")
        assert pump.move(1)
        os.close(writer)
        assert not pump.move(1)
