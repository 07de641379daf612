"""Why a trainer failed, told from its log and its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment.runs.folder import RunFolder
from augment.runs.supervisor import reason

TRACEBACK = """2026-11-23 06:52:13,499 the training broke off
Traceback (most recent call last):
  File "fit.py", line 40, in train
    network.fit(batches)
tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating 3 GB
\t [[{{node gradient_tape/densenet121}}]]
"""


@pytest.mark.parametrize(
    ("log", "code", "told"),
    [
        (TRACEBACK, 1, "ResourceExhaustedError: OOM when allocating 3 GB"),
        ("ValueError: old\nerror: The loss is nan at step 3.\n", 2, "The loss is nan at step 3."),
        ("loading Keras\nIllegal\n\n", 132, "The trainer ended with code 132: Illegal"),
        ("", 1, "The trainer ended with code 1: it said nothing"),
        (
            TRACEBACK,
            -9,
            "The trainer was ended by SIGKILL; the machine may have run out of memory.",
        ),
        ("", -11, "The trainer was ended by SIGSEGV."),
    ],
)
def test_reason(tmp_path: Path, log: str, code: int, told: str) -> None:
    folder = RunFolder(tmp_path)
    if log:
        folder.log.write_text(log)
    assert reason(folder, code) == told
