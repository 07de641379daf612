"""``runs``: list, show, follow, test, export, rename, end, resume and delete runs; start the queue."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from augment import runs
from augment.cli import output, results, trackers
from augment.cli.output import Commands
from augment.cli.results import readable
from augment.data.source import TEST, VALIDATION
from augment.engine.limits import Limits, shorten
from augment.errors import ConfigError, RunError
from augment.helper import finish
from augment.model_export import FORMATS
from augment.runs import Run, engines, folders, naming, queue, sweep, words
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system import units
from augment.system.units import counted, megabytes
from augment.trackers import TRACKERS

_POLL_S = 0.5
_CLASSES = 10
_CLASS_COUNTS = Limits(low=1, high=100_000)


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "runs", help="list, show, end, resume, delete runs, and start the queue"
    )
    actions: Commands = parser.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list all runs, newest first")
    listing.set_defaults(command=_list)
    show = actions.add_parser("show", help="show the settings and results of a run")
    show.add_argument(
        "--classes",
        type=_classes,
        default=_CLASSES,
        metavar="N",
        help=f"how many of the best and of the worst classes ({_CLASSES}), or all",
    )
    show.add_argument(
        "--split",
        choices=(VALIDATION, TEST),
        help="whose classes, confused pairs and worst samples (those of the evaluation)",
    )
    show.set_defaults(command=_show)
    test = actions.add_parser("test", help="evaluate the saved model of a run on the test split")
    test.set_defaults(command=_test)
    export = actions.add_parser(
        "export",
        help="take the saved model of a run away as one archive, or its curves and results to a tracker",
    )
    export.add_argument(
        "--to",
        required=True,
        choices=(*FORMATS, *TRACKERS),
        help="the format of the model, or the tracker, to which a whole sweep can go too",
    )
    export.add_argument(
        "--output",
        metavar="PATH",
        help="a zip file for the model, which is in the folder of the run in any case; the folder of the"
        " tracker, or for mlflow also the address of its server",
    )
    export.set_defaults(command=_export)
    log = actions.add_parser("log", help="print the end of the log of a run")
    log.add_argument(
        "--tail", type=output.whole, default=200, metavar="N", help="how many lines (200)"
    )
    log.set_defaults(command=_log)
    stop = actions.add_parser(
        "stop", help="end a training after this step, and keep its best model"
    )
    stop.set_defaults(command=_stop)
    cancel = actions.add_parser("cancel", help="end a run at once")
    cancel.set_defaults(command=_cancel)
    resume = actions.add_parser(
        "resume",
        help="queue a run again that failed, was cancelled or is lost, to go on where it ended",
    )
    resume.add_argument("--wait", action="store_true", help="follow the run until it ends")
    resume.set_defaults(command=_resume)
    wake = actions.add_parser(
        "wake", help="start the queue, if runs wait and no scheduler is alive"
    )
    wake.set_defaults(command=_wake)
    delete = actions.add_parser("delete", help="delete runs that are over; undelete for an hour")
    delete.set_defaults(command=_delete)
    undelete = actions.add_parser("undelete", help="bring deleted runs back")
    undelete.set_defaults(command=_undelete)
    disk = actions.add_parser("disk", help="show what the runs take on the disk")
    disk.set_defaults(command=_disk)
    clean = actions.add_parser(
        "clean",
        help="free space: deleted runs, and what is needed only to resume runs that are over",
    )
    clean.add_argument(
        "--yes", action="store_true", help="do it; else only say what would be freed"
    )
    clean.set_defaults(command=_clean)
    rename = actions.add_parser("rename", help="change the name, the note or the tags of a run")
    rename.add_argument("--name", help='a name, or "" for the one that says what the run is')
    rename.add_argument("--note", help="what is worth knowing about the run")
    rename.add_argument("--tags", metavar="TAG,…", help="words to find it by, separated by commas")
    rename.set_defaults(command=_rename)
    for action in (show, test, export, log, stop, cancel, resume, rename):
        action.add_argument("run", metavar="ID", help="the id of the run")
    for action in (delete, undelete):
        action.add_argument("runs", metavar="ID", nargs="+", help="the ids of the runs")
    for action in (
        *(listing, show, test, export, log, stop, cancel, resume, rename, wake),
        *(delete, undelete, disk, clean),
    ):
        output.add_json(action)


def follow(run_id: str) -> int:
    """Print the progress of a run on stderr until it ends; return 0 if it succeeded, else 1."""
    shown, epochs = "", 0
    try:
        while True:
            run = runs.get(run_id)
            # An epoch has many steps; it gets one line.
            phase = run.phase.partition(", step ")[0]
            if phase != shown:
                shown = phase
                output.note(shown)
            finished = run.epochs()
            for row in finished[epochs:]:
                output.note(_epoch(row))
            epochs = len(finished)
            if run.is_over:
                if run.reason:
                    output.note(f"{run.state}: {run.reason}")
                return 0 if run.state == runs.SUCCEEDED else 1
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        output.note(f"The run continues; python -m augment runs cancel {run_id} ends it.")
        raise


def described(run: Run) -> dict[str, Any]:
    """Return all that is known of a run as JSON values."""
    return run.to_dict() | {
        "seconds_left": readable(run.seconds_left),
        "epochs": readable(run.epochs) or [],
        **results.document(run),
    }


def _list(options: argparse.Namespace) -> int:
    found = runs.list_runs()
    if options.json:
        output.document([run.to_dict() for run in found])
        return 0
    if not found:
        output.note("There are no runs yet; python -m augment train starts one.")
        return 0
    header = ("ID", "NAME", "STATE", "EPOCHS", "VALIDATION", "TEST", "PHASE")
    output.table(header, [_row(run) for run in found])
    for run in found:
        if run.problem:
            output.note(f"{run.id}: {run.problem}")
    return 0


def _show(options: argparse.Namespace) -> int:
    run = runs.get(options.run)
    if options.json:
        output.document(described(run))
        return 0
    left = readable(run.seconds_left)
    facts = {
        "run": run.id,
        "name": run.name,
        "note": run.note,
        "tags": ", ".join(run.tags),
        "state": f"{run.state}: {run.phase}",
        "reason": run.reason,
        "problem": run.problem,
        "attempt": run.attempt if run.attempt > 1 else "",
        "where": words.place(run),
        "time left": "" if left is None else f"about {units.duration(left)}",
        "folder": run.path,
        **(_settings(run.config) if run.config else {}),
        "evaluation": _evaluation(run),
    }
    for name, value in facts.items():
        if value != "":
            output.line(f"{name:16} {value}")
    if epochs := readable(run.epochs) or []:
        output.line()
        names = list(dict.fromkeys(name for row in epochs for name in row))
        rows = [[_cell(name, row) for name in names] for row in epochs]
        output.table([name.upper() for name in names], rows)
    results.show(run, classes=options.classes, split=options.split)
    return 0


def _settings(config: RunConfig) -> dict[str, Any]:
    """Return the fields of a configuration by their names, but the name, which may have changed."""
    fields = config.to_dict() | {"recipe": config.recipe.to_json()}
    del fields["name"]
    words = {"precision": "as the device has it", "jit": "as Keras decides"}
    return fields | {
        name: f"auto ({meaning})" for name, meaning in words.items() if fields[name] == "auto"
    }


def _test(options: argparse.Namespace) -> int:
    run = runs.get(options.run)
    for moment in map(folders.parse_time, (run.test() or {}).get("evaluated_at", [])):
        output.note(f"The test split was evaluated before, at {moment:%Y-%m-%d %H:%M:%S} UTC.")
    if (run.evaluation() or {}).get("split") == TEST:
        output.note("This run had no validation split; its evaluation is one of the test split.")
    output.quiet_tensorflow()
    from augment.train.testing import evaluate_on_test

    progress = output.Progress()
    try:
        entries = evaluate_on_test(run.id, progress)
    finally:
        progress.close()
    if options.json:
        output.document({"id": run.id} | entries)
    else:
        results.show_figures(run, entries)
    return 0


def _export(options: argparse.Namespace) -> int:
    if options.to in TRACKERS:
        return trackers.export(options)
    if sweep.is_sweep(options.run):
        raise ConfigError(
            f"{options.run} is a sweep, and a model is that of one run; name a run of it, or use --to "
            f"{', '.join(TRACKERS)} for the sweep."
        )
    run = runs.get(options.run)
    target = None if options.output is None else Path(options.output)
    if target is not None:
        output.check_place("--output", target)
    output.quiet_tensorflow()
    from augment.model_export.formats import export

    progress = output.Progress()
    try:
        path = Path(finish(export(lambda stage: progress(0, 0, stage), run.id, options.to)))
    finally:
        progress.close()
    if target is not None:
        output.write("--output", target, path.read_bytes())
        path = target
    size = path.stat().st_size if path.is_file() else None  # it may be a pipe
    if options.json:
        output.document({"id": run.id, "format": options.to, "path": str(path), "bytes": size})
    else:
        output.line(f"{path}" + (f" ({megabytes(size)})" if size is not None else ""))
    return 0


def _classes(text: str) -> int | None:
    """Return how many classes are shown, None for all; the `type` of an argument."""
    if text == "all":
        return None
    try:
        return int(_CLASS_COUNTS.check(output.whole(text)))
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(
            f"{shorten(text)} is neither {_CLASS_COUNTS} nor all"
        ) from None


def _log(options: argparse.Namespace) -> int:
    run, tail = runs.get(options.run), max(options.tail, 1)
    text, printed = run.log(tail=tail), ""
    try:
        printed = engines.job_log(run, tail)
    except RunError as error:  # the log of the run itself is here in any case
        output.warn([str(error)])
    if options.json:
        output.document({"id": options.run, "log": text, "job_log": printed})
        return 0
    output.line(text.rstrip("\n"))
    if printed:
        output.line(f"\nJob {run.job['job']} in {run.engine.capitalize()} printed:\n{printed}")
    return 0


def _cancel(options: argparse.Namespace) -> int:
    runs.get(options.run).cancel()
    if options.json:
        output.document(described(runs.get(options.run)))
    else:
        output.line(f"{options.run} will end.")
    return 0


def _stop(options: argparse.Namespace) -> int:
    runs.get(options.run).stop()
    if options.json:
        output.document(described(runs.get(options.run)))
    else:
        output.line(f"{options.run} will end with the best model so far.")
    return 0


def _resume(options: argparse.Namespace) -> int:
    resumed = runs.resume(options.run)
    if not options.json:
        output.line(f"{resumed.id} is queued again, as attempt {resumed.attempt}.")
    code = follow(resumed.id) if options.wait else 0
    if options.json:
        output.document(described(runs.get(resumed.id)))
    return code


def _rename(options: argparse.Namespace) -> int:
    run = runs.get(options.run)
    folder = RunFolder(run.path)
    if options.name is options.note is options.tags is None:
        raise ConfigError("Nothing was given to change; use --name, --note or --tags.")
    tags = None if options.tags is None else tuple(options.tags.split(","))
    given = {"name": options.name, "note": options.note, "tags": tags}
    changes = {name: value for name, value in given.items() if value is not None}
    naming.write_label(folder, replace(naming.read_label(folder), **changes))
    if options.json:
        output.document(described(runs.get(options.run)))
    else:
        output.line(f"{options.run} is called {runs.get(options.run).title}.")
    return 0


def _wake(options: argparse.Namespace) -> int:
    # Before, as the scheduler may have started one by the time that this process looks again.
    waiting = [run.id for run in runs.list_runs() if run.state == runs.QUEUED]
    started = runs.wake()
    if options.json:
        output.document({"started": started, "queued": waiting})
    elif started:
        output.line("A scheduler was started; the queued runs start in their order.")
    elif waiting:
        output.line("A scheduler is already running.")
    else:
        output.line("No runs are waiting.")
    return 0


def _delete(options: argparse.Namespace) -> int:
    runs.delete(options.runs)
    if options.json:
        output.document({"deleted": options.runs})
    else:
        undelete = f"python -m augment runs undelete {' '.join(options.runs)}"
        output.line(f"Deleted. To bring back within an hour: {undelete}")
    return 0


def _undelete(options: argparse.Namespace) -> int:
    runs.undelete(options.runs)
    if options.json:
        output.document([described(runs.get(run_id)) for run_id in options.runs])
    else:
        output.line(f"{counted(len(options.runs), 'run')} brought back.")
    return 0


def _disk(options: argparse.Namespace) -> int:
    usage = runs.disk_usage()
    if options.json:
        output.document(asdict(usage))
        return 0
    largest = sorted(usage.runs.items(), key=lambda item: (-item[1], item[0]))
    if largest:
        rows = [
            (run_id, megabytes(size), megabytes(usage.only_to_resume.get(run_id, 0)))
            for run_id, size in largest
        ]
        output.table(("ID", "SIZE", "ONLY TO RESUME"), rows)
    total = megabytes(sum(usage.runs.values()))
    output.line(
        f"{counted(len(largest), 'run')}, {total}; deleted runs {megabytes(usage.deleted)};"
        f" free on the disk {megabytes(usage.free)}"
    )
    return 0


def _clean(options: argparse.Namespace) -> int:
    usage = runs.disk_usage()
    states = sum(usage.only_to_resume.values())
    if options.yes:
        queue.forget_states(usage.only_to_resume)
        runs.purge()
    if options.json:
        output.document(
            {
                "deleted": usage.deleted,
                "only_to_resume": states,
                "runs": sorted(usage.only_to_resume),
                "done": options.yes,
            }
        )
        return 0
    output.line(f"{megabytes(usage.deleted)} of deleted runs, which cannot be undeleted then")
    output.line(
        f"{megabytes(states)} needed only to resume {counted(len(usage.only_to_resume), 'run')} that"
        " did not succeed, which start over if they are resumed then"
    )
    output.line("Removed." if options.yes else "Nothing is removed yet; add --yes to remove this.")
    return 0


def _cell(name: str, row: dict[str, float]) -> str:
    if name not in row:
        return ""
    return f"{row[name]:.0f}" if name == "epoch" else f"{row[name]:.4f}"


def _row(run: Run) -> tuple[str, ...]:
    config = run.config
    return (
        run.id,
        run.name,
        run.state,
        f"{len(readable(run.epochs) or [])}/{config.epochs if config else '?'}",
        "" if run.accuracy is None else f"{run.accuracy:.3f}",
        "" if run.test_accuracy is None else f"{run.test_accuracy:.3f}",
        run.phase,
    )


def _epoch(row: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:.0f}" if name == "epoch" else f"{name} {value:.4f}"
        for name, value in row.items()
    )


def _evaluation(run: Run) -> str:
    evaluation = readable(run.evaluation) or {}
    if any(evaluation.get(name) is None for name in ("accuracy", "pictures", "split", "epoch")):
        return ""
    return (
        f"accuracy {evaluation['accuracy']:.4f} on the {evaluation['pictures']:,} pictures of "
        f"{evaluation['split']}, after epoch {evaluation['epoch']}"
    )
