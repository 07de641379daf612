"""Following a run, and what is said about one.

``runs``: list the runs, look at one, read its log, end it.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from augment import runs
from augment.cli import output
from augment.cli.output import Commands
from augment.errors import RunError
from augment.runs import Run

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


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("runs", help="list, show, read and cancel runs")
    actions: Commands = parser.add_subparsers(metavar="ACTION", required=True)
    for name, command, text in (
        ("list", _list, "list all runs, newest first"),
        ("show", _show, "say all about a run"),
        ("log", _log, "print the end of a run's log"),
        ("cancel", _cancel, "end a run, keeping nothing"),
    ):
        action = actions.add_parser(name, help=text)
        if name != "list":
            action.add_argument("run", metavar="ID")
        if name == "log":
            action.add_argument("--tail", type=int, default=200, metavar="N", help="lines (200)")
        action.add_argument("--json", action="store_true", help="print one JSON document")
        action.set_defaults(command=command)


def _list(options: argparse.Namespace) -> int:
    found = runs.list_runs()
    if options.json:
        output.document([run.to_dict() for run in found])
        return 0
    if not found:
        output.note("There are no runs yet; python -m augment train starts one.")
        return 0
    header = ("ID", "STATE", "DATA", "SIZE", "EPOCHS", "BEST VAL ACCURACY", "PHASE")
    output.table(header, [_row(run) for run in found])
    for run in found:
        if run.problem:
            output.note(f"{run.id}: {run.problem}")
    return 0


def _show(options: argparse.Namespace) -> int:
    run = runs.get(options.run)
    if options.json:
        output.document(described(options.run))
        return 0
    left = run.seconds_left()
    said = {
        "run": run.id,
        "name": run.title if run.title != run.id else "",
        "state": f"{run.state}: {run.phase}",
        "reason": run.reason,
        "problem": run.problem,
        "time left": "" if left is None else f"about {left:.0f} s",
        "folder": run.path,
        **(run.config.to_dict() if run.config else {}),
        "recipe": run.config.recipe.to_json() if run.config else "",
    }
    for name, value in said.items():
        if value != "":
            output.line(f"{name:16} {value}")
    if judged := run.evaluation():
        accuracy = judged.get("accuracy")
        if accuracy is not None:
            output.line(
                f"{'judged':16} accuracy {accuracy:.4f} on the {judged['pictures']:,} pictures of "
                f"{judged['split']}, after epoch {judged['epoch']}"
            )
    epochs = run.epochs()
    if epochs:
        output.line()
        rows = [
            [f"{row['epoch']:.0f}", *map("{:.4f}".format, list(row.values())[1:])] for row in epochs
        ]
        output.table([name.upper() for name in epochs[0]], rows)
    return 0


def _log(options: argparse.Namespace) -> int:
    text = runs.get(options.run).log(tail=max(options.tail, 1))
    if options.json:
        output.document({"id": options.run, "log": text})
    else:
        output.line(text.rstrip("\n"))
    return 0


def _cancel(options: argparse.Namespace) -> int:
    runs.get(options.run).cancel()
    if options.json:
        output.document(described(options.run))
    else:
        output.line(f"{options.run} will end.")
    return 0


def _row(run: Run) -> tuple[str, ...]:
    try:
        epochs = run.epochs()
    except RunError:
        epochs = []  # the table still lists it; `runs show` says what is wrong with the file
    accuracies = [row["val_accuracy"] for row in epochs if "val_accuracy" in row]
    config = run.config
    return (
        run.id,
        run.state,
        config.data if config else "?",
        f"{config.size} px" if config else "?",
        f"{len(epochs)}/{config.epochs if config else '?'}",
        f"{max(accuracies):.3f}" if accuracies else "",
        run.phase,
    )
