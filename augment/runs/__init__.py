"""Runs: submit a training, see how it goes, and find it again after everything else has gone.

A run is a folder and a process of its own, so that it neither needs the page that started it nor the
server behind that page. Importing this package imports no Keras.
"""

from __future__ import annotations

from augment.runs.queue import every as list_runs
from augment.runs.queue import status as get
from augment.runs.queue import submit
from augment.runs.run import CANCELLED, ENDED, FAILED, LOST, QUEUED, RUNNING, STATES, SUCCEEDED, Run

__all__ = [
    "CANCELLED",
    "ENDED",
    "FAILED",
    "LOST",
    "QUEUED",
    "RUNNING",
    "STATES",
    "SUCCEEDED",
    "Run",
    "get",
    "list_runs",
    "submit",
]
