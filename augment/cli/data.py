"""``data``: list the sources of pictures; prepare, show, verify and remove a set at one size."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from augment import data
from augment.cli import output
from augment.cli.output import Commands
from augment.data import Prepared, PreparedInfo, overview, registry
from augment.data.images.decode import give_memory_back
from augment.data.source import CROP, FITS
from augment.data.sources import encodings
from augment.data.splits import AS_IT_IS, LEAVE_OUT, NOTHING, SCHEMES
from augment.data.store.prepared import read_prepared
from augment.engine import compiled
from augment.engine.limits import Limits
from augment.errors import DataError
from augment.runs import removal
from augment.system import units

_WORKERS = Limits(low=1, high=256)
_FAULTS = 20
"""So many pictures to check are printed; more are in the document and in the CSV file."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("data", help="list, prepare, show, verify and remove data sets")
    actions: Commands = parser.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="list the sources and their prepared sets, with size on disk and last use"
    )
    output.add_json(listing)
    listing.set_defaults(command=run_list)

    prepare = _add_action(
        actions, "prepare", "prepare a source at one size, or resume preparing it"
    )
    prepare.add_argument(
        "--workers", type=output.whole, metavar="N", help="threads that decode (one for each core)"
    )
    prepare.add_argument(
        "--again", action="store_true", help="prepare it anew, because the originals have changed"
    )
    prepare.set_defaults(command=run_prepare)

    show = _add_action(
        actions,
        "show",
        "show a prepared set: its classes, bad files, duplicates and label conflicts",
    )
    show.add_argument(
        "--splits", choices=SCHEMES, default=AS_IT_IS, help=f"as in train ({AS_IT_IS})"
    )
    show.add_argument(
        "--split-seed", type=output.whole, default=0, metavar="N", help="seed of re-split (0)"
    )
    show.add_argument(
        "--leave-out", choices=LEAVE_OUT, default=NOTHING, help=f"as in train ({NOTHING})"
    )
    show.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="also write the pictures to check, as the page Data downloads them",
    )
    show.set_defaults(command=run_show)

    verify = _add_action(actions, "verify", "compare a prepared set with its checksums")
    verify.set_defaults(command=run_verify)

    remove = _add_action(actions, "remove", "remove a prepared set, never the originals")
    remove.set_defaults(command=run_remove)


def _add_action(actions: Commands, name: str, description: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=description)
    action.add_argument("name", metavar="NAME", help=registry.KINDS)
    action.add_argument(
        "--names",
        metavar="ENCODING",
        help="the encoding of the names in a zip archive that does not record it: "
        f"{', '.join(encodings.LANGUAGES)} (guessed)",
    )
    action.add_argument(
        "--size", type=output.whole, required=True, metavar="PX", help="side of the pictures"
    )
    action.add_argument(
        "--fit",
        choices=FITS,
        default=CROP,
        help="cut out the middle square, or stretch the picture to a square as the Keras guide does "
        f"({CROP})",
    )
    output.add_json(action)
    return action


def run_list(options: argparse.Namespace) -> int:
    """List the sources and their prepared sets."""
    prepared = data.list_prepared()
    names = dict.fromkeys([*data.names(), *(info.source for info in prepared)])
    if options.json:
        output.document([_described(name, prepared) for name in names])
        return 0
    for name in names:
        source = _find(name)
        output.line(f"{_printable(name)}: {source.title}" if source else _printable(name))
        if source:
            output.line(f"    {source.note}")
        for info in prepared:
            if info.source == name:
                output.line(f"    {_summary(info)}")
                notes, warnings = _notes_and_warnings(info)
                for note in notes:
                    output.line(f"        {note}")
                if info.problem:
                    output.note(info.problem)
                output.warn(warnings, about=_label(info))
    sets = units.counted(len(prepared), "prepared set")
    output.line(f"{sets}, {units.megabytes(sum(info.bytes for info in prepared))}")
    return 0


def run_prepare(options: argparse.Namespace) -> int:
    """Prepare a source in this process, and show the progress."""
    if options.workers is not None:
        output.check("--workers", options.workers, _WORKERS)
    name = _name(options)
    give_memory_back()
    progress = output.Progress()
    try:
        prepared = data.prepare(
            name,
            options.size,
            progress,
            fit=options.fit,
            workers=options.workers,
            again=options.again,
        )
    except KeyboardInterrupt:
        progress.close()
        output.note(data.preparation(name, options.size, options.fit).message)
        raise
    finally:
        progress.close()
    splits = {name: len(split) for name, split in prepared.splits.items()}
    stored = prepared.stored
    warnings = overview.warnings(prepared)
    output.warn(warnings)
    if options.json:
        output.document(
            {
                "source": prepared.source,
                "size": prepared.size,
                "fit": prepared.fit,
                "splits": splits,
                "split_note": prepared.split_note,
                "problems": list(stored.problems),
                "ignored": list(stored.ignored),
                "notes": list(stored.notes),
                "warnings": list(warnings),
            }
        )
    else:
        for message in (*stored.notes, *stored.problems, *stored.ignored):
            output.note(message)
        counts = ", ".join(f"{name} {count:,}" for name, count in splits.items())
        output.line(f"{stored.place.label} is ready: {counts}")
    if compiled.needs_compiling():
        # The set can be used already. Later, the first training would wait for this.
        output.note("The ops are being compiled, once for this installation ...")
        compiled.load()
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Show the classes of a prepared set by split, and what is wrong with its pictures."""
    prepared = data.open_prepared(
        _name(options),
        options.size,
        options.fit,
        scheme=options.splits,
        seed=options.split_seed,
        leave_out=options.leave_out,
    )
    if options.csv:
        output.write("--csv", options.csv, overview.faults_csv(prepared))
    output.warn(overview.warnings(prepared))
    if options.json:
        output.document(_shown(prepared) | {"csv": options.csv and str(options.csv)})
    else:
        _show(prepared)
    return 0


def _shown(prepared: Prepared) -> dict[str, Any]:
    """Return what the page Data says of a set, as JSON values."""
    source, stored = data.source(prepared.source), prepared.stored
    counts = overview.class_counts(prepared)
    return {
        "source": prepared.source,
        "title": source.title,
        "note": source.note,
        "licence": source.licence,
        "citation": source.citation,
        "size": prepared.size,
        "fit": prepared.fit,
        "prepared_at": prepared.prepared_at,
        "pictures": len(stored.labels),
        "splits": {name: len(split) for name, split in prepared.splits.items()},
        "scheme": prepared.scheme,
        "split_note": prepared.split_note,
        "comparable": prepared.comparable,
        "leave_out": prepared.leave_out,
        "left_out": sum(map(len, prepared.left_out.values())),
        "enlarged": dict(prepared.upscaled),
        "classes": [
            {
                "name": name,
                "pictures": sum(int(each[label]) for each in counts.values()),
                "splits": {split: int(each[label]) for split, each in counts.items()},
            }
            for label, name in enumerate(prepared.class_names)
        ],
        "duplicates": [
            {"where": where, "equal": int(pairs.exact.sum()), "near": int((~pairs.exact).sum())}
            for where, pairs in overview.duplicate_places(prepared).items()
        ],
        "duplicates_complete": stored.duplicates_complete,
        "conflicts": overview.conflicts(prepared),
        "faults": [fault._asdict() for fault in overview.faults(prepared)],
        "problem_count": stored.problem_count,
        "problems": list(stored.problems),
        "ignored": list(stored.ignored),
        "notes": list(stored.notes),
        "warnings": list(overview.warnings(prepared)),
    }


def _show(prepared: Prepared) -> None:
    stored, counts = prepared.stored, overview.class_counts(prepared)
    output.line(f"{_printable(stored.place.label)}: {units.counted(len(stored.labels), 'picture')}")
    for sentence in (*stored.notes, prepared.remark, prepared.split_note):
        if sentence:
            output.line(sentence)
    if left_out := sum(map(len, prepared.left_out.values())):
        output.line(f"{units.counted(left_out, 'picture')} left out of all splits.")
    output.line()
    columns = [[f"{count:,}" for count in each] for each in counts.values()]
    rows = zip(map(_printable, prepared.class_names), *columns, strict=True)
    total = ("all", *(f"{len(split):,}" for split in prepared.splits.values()))
    output.table(("CLASS", *map(str.upper, counts)), [*rows, total])
    output.line()
    if not stored.duplicates_complete:
        output.line(overview.INCOMPLETE)
    if places := overview.duplicate_places(prepared):
        cells = [
            (where, f"{pairs.exact.sum():,}", f"{(~pairs.exact).sum():,}")
            for where, pairs in places.items()
        ]
        output.table(("DUPLICATES", "EQUAL PIXELS", "NEAR-DUPLICATES"), cells)
    else:
        output.line("No duplicates are known.")
    output.line()
    output.line(f"{units.counted(stored.problem_count, 'file')} could not be read.")
    for sentence in stored.ignored:
        output.line(sentence)
    if faults := overview.faults(prepared):
        output.line()
        output.line("Pictures to check:")
    for fault in faults[:_FAULTS]:
        output.line(f"  {_fault(fault)}")
    if len(faults) > _FAULTS:
        output.line(f"  and {len(faults) - _FAULTS:,} more; --csv FILE and --json have all of them")


def _fault(fault: overview.Fault) -> str:
    if not fault.file:
        return fault.what
    one, other = (
        f"{_printable(file)} ({split}, {_printable(label)})"
        for file, split, label in (
            (fault.file, fault.split, fault.label),
            (fault.other, fault.other_split, fault.other_label),
        )
    )
    return f"{one}: {fault.what}, with {other}"


def run_verify(options: argparse.Namespace) -> int:
    """Compare a prepared set with its checksums."""
    name = _name(options)
    progress = output.Progress()
    try:
        data.verify(name, options.size, options.fit, progress)
    finally:
        progress.close()
    if options.json:
        output.document({"source": name, "size": options.size, "fit": options.fit, "whole": True})
    else:
        output.line("All checksums match.")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Remove a prepared set."""
    name = _name(options)
    freed = removal.remove(name, options.size, options.fit)
    if options.json:
        output.document({"source": name, "size": options.size, "fit": options.fit, "bytes": freed})
    else:
        output.line(
            f"Removed; {units.megabytes(freed)} are free again. The originals are unchanged."
        )
    return 0


def _name(options: argparse.Namespace) -> str:
    """Return the name of the source, with the encoding of the names in it if one was chosen."""
    if options.names is None:
        return data.source(options.name).name
    return registry.with_names(options.name, options.names)


def _notes_and_warnings(info: PreparedInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how a set was read, and what a user should know before training on it.

    Nothing of a set that cannot be opened: why is in the list anyway.
    """
    try:
        prepared = read_prepared(info.source, info.size, info.fit)
    except DataError:
        return (), ()
    return prepared.stored.notes, overview.warnings(prepared)


def _label(info: PreparedInfo) -> str:
    return f"{_printable(info.source)} at {info.size} px{_fit(info)}"


def _fit(info: PreparedInfo) -> str:
    return "" if info.fit == CROP else f" ({info.fit})"


def _summary(info: PreparedInfo) -> str:
    used = f"last used {_local_time(info.last_used)}" if info.last_used else "never used"
    content = (
        "incomplete; preparing it again resumes"
        if info.unfinished
        else ", ".join(f"{split} {count:,}" for split, count in info.splits.items())
    )
    return f"{info.size} px{_fit(info)}, {units.megabytes(info.bytes)}, {used}: {content}"


def _local_time(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _find(name: str) -> data.Source | None:
    try:
        return data.source(name)
    except DataError:
        return None


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _described(name: str, prepared: list[PreparedInfo]) -> dict[str, Any]:
    source = _find(name)
    return {
        "name": name,
        "title": source.title if source else "",
        "note": source.note if source else "",
        "licence": source.licence if source else "",
        "class_names": list(source.class_names) if source else [],
        "prepared": [
            {
                "size": info.size,
                "fit": info.fit,
                "bytes": info.bytes,
                "splits": info.splits,
                "prepared_at": info.prepared_at,
                "last_used": info.last_used,
                "unfinished": info.unfinished,
                "problem": info.problem,
                "notes": list(notes),
                "warnings": list(warnings),
            }
            for info in prepared
            if info.source == name
            for notes, warnings in [_notes_and_warnings(info)]
        ],
    }
