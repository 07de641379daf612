"""``runs export`` to a tracker: a run or a sweep as CSV, for TensorBoard or for MLflow."""

from __future__ import annotations

import argparse

from augment import trackers
from augment.cli import output
from augment.system.units import counted


def export(options: argparse.Namespace) -> int:
    """Carry the command out; return its exit code."""
    progress = output.Progress()
    try:
        done = trackers.export(progress, options.run, options.to, options.output or "")
    finally:
        progress.close()
    for run_id, sentences in done.problems.items():
        output.warn(sentences, run_id)
    for sentence in done.skipped.values():
        output.note(sentence)
    if options.json:
        output.document(done.to_dict())
        return 0
    for run in done.runs:
        state = "updated" if run.changed else "is up to date"
        output.line(f"{run.id} {state}: {counted(run.points, 'point')}")
    output.line(done.path)
    return 0
