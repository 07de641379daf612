"""Following a run, and what is said about one."""

from __future__ import annotations

import time
from typing import Any

from augment import runs
from augment.cli import output

_GLANCE_S = 0.5


def to_the_end(run_id: str) -> int:
    """Show on stderr how a run goes until it ends; return 0 if it succeeded, else 1."""
    said, epochs = "", 0
    try:
        while True:
            run = runs.get(run_id)
            # The steps of an epoch are many; one line for all of them is enough.
            phase = run.phase.partition(", step ")[0]
            if phase != said:
                said = phase
                output.note(said)
            finished = run.epochs()
            for row in finished[epochs:]:
                output.note(_words(row))
            epochs = len(finished)
            if run.is_over:
                if run.reason:
                    output.note(f"{run.state}: {run.reason}")
                return 0 if run.state == runs.SUCCEEDED else 1
            time.sleep(_GLANCE_S)
    except KeyboardInterrupt:
        output.note(f"The run goes on; python -m augment runs cancel {run_id} ends it.")
        raise


def described(run_id: str) -> dict[str, Any]:
    """Return all that is known of a run as values that JSON can hold."""
    run = runs.get(run_id)
    return run.to_dict() | {
        "seconds_left": run.seconds_left(),
        "epochs": run.epochs(),
        "evaluation": run.evaluation(),
    }


def _words(row: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:.0f}" if name == "epoch" else f"{name} {value:.4f}"
        for name, value in row.items()
    )
