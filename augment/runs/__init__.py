"""Runs: submit a training, follow it, and find it again whatever else has ended.

A run is a folder and a process of its own, so it needs neither the page that started it nor the web
server. Importing this package imports no Keras.
"""

from __future__ import annotations

from augment.runs.queue import (
    DiskUsage,
    Order,
    can_resume,
    delete,
    disk_usage,
    get,
    list_runs,
    list_shared,
    purge,
    resume,
    submit,
    submit_all,
    undelete,
    wake,
)
from augment.runs.run import CANCELLED, ENDED, FAILED, LOST, QUEUED, RUNNING, SUCCEEDED, Run

__all__ = [
    "CANCELLED",
    "ENDED",
    "FAILED",
    "LOST",
    "QUEUED",
    "RUNNING",
    "SUCCEEDED",
    "DiskUsage",
    "Order",
    "Run",
    "can_resume",
    "delete",
    "disk_usage",
    "get",
    "list_runs",
    "list_shared",
    "purge",
    "resume",
    "submit",
    "submit_all",
    "undelete",
    "wake",
]
