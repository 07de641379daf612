"""``runs``: list the runs, look at one, read its log, end it."""

from __future__ import annotations

import argparse

from augment import runs
from augment.cli import follow, output
from augment.cli.types import Commands
from augment.errors import RunError
from augment.runs import Run


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
        output.document(follow.described(options.run))
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
        output.document(follow.described(options.run))
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
