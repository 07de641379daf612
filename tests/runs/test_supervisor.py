"""The log without TensorFlow's noise, and the reason of a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from augment.runs.folders import RunFolder
from augment.runs.supervisor import LogPump, failure_reason

PRINTED = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795412695.247405   14684 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795412699.920615   14684 cuda_platform.cc:52] failed call to cuInit: INTERNAL: 303
E0000 00:00:1795412699.920615   14684 other.cc:52] out of memory
Important: I stay
epoch 1 of 2
no newline at the end"""


def test_complete_lines_arrive_and_noise_does_not(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    target = tmp_path / "run.log"
    target.write_text("before\n")
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, target)
        for start in range(0, len(PRINTED), 37):
            os.write(writer, PRINTED[start : start + 37])
            assert pump.move(1)
        assert pump.move(0), "a pipe that is open but empty was taken for its end"
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


TRACEBACK = """2026-11-23 06:52:13,499 the training failed
Traceback (most recent call last):
  File "fit.py", line 40, in train
    network.fit(batches)
tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating 3 GB
\t [[{{node gradient_tape/densenet121}}]]
"""


@pytest.mark.parametrize(
    ("log", "code", "expected"),
    [
        (TRACEBACK, 1, "ResourceExhaustedError: OOM when allocating 3 GB"),
        ("ValueError: old\nerror: The loss is nan at step 3.\n", 2, "The loss is nan at step 3."),
        ("loading Keras\nIllegal\n\n", 132, "The trainer ended with code 132: Illegal"),
        ("", 1, "The trainer ended with code 1: it printed nothing"),
        ("error: old\nattempt 2\nloading\n", 1, "The trainer ended with code 1: loading"),
        ("attempt 2\nerror: old\nattempt 3\nerror: new\n", 1, "new"),
        (
            TRACEBACK,
            -9,
            "The trainer was ended by SIGKILL; the machine may have run out of memory.",
        ),
        ("", -11, "The trainer was ended by SIGSEGV."),
    ],
)
def test_failure_reason(tmp_path: Path, log: str, code: int, expected: str) -> None:
    folder = RunFolder(tmp_path)
    if log:
        folder.log.write_text(log)
    assert failure_reason(folder, code) == expected
