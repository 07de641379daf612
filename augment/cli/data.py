"""``data``: the sources of pictures, preparing them once for one size, checking and removing that."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from augment import data
from augment.cli import output
from augment.cli.output import Commands
from augment.data import PreparedInfo, registry
from augment.data.images.decode import give_memory_back
from augment.data.source import CROP, FITS
from augment.errors import DataError
from augment.runs import data_use


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("data", help="list, prepare, check and remove data sets")
    actions: Commands = parser.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="list the sources, and what is prepared of them with its size and last use"
    )
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    listing.set_defaults(command=run_list)

    prepare = _about_one(
        actions, "prepare", "prepare a source at one size; goes on where it stopped"
    )
    prepare.add_argument(
        "--workers", type=int, metavar="N", help="threads that decode (one for each core)"
    )
    prepare.add_argument(
        "--again", action="store_true", help="also if it is there, because the originals changed"
    )
    prepare.set_defaults(command=run_prepare)

    verify = _about_one(actions, "verify", "compare a prepared set with its checksums")
    verify.set_defaults(command=run_verify)

    remove = _about_one(actions, "remove", "remove a prepared set, never the originals")
    remove.set_defaults(command=run_remove)


def _about_one(actions: Commands, name: str, text: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text)
    action.add_argument("name", metavar="NAME", help=registry.KINDS)
    action.add_argument(
        "--size", type=int, required=True, metavar="PX", help="side of the pictures"
    )
    action.add_argument(
        "--fit",
        choices=FITS,
        default=CROP,
        help="cut out the middle square, or stretch the picture to a square as the Keras guide does "
        "(crop)",
    )
    action.add_argument("--json", action="store_true", help="print one JSON document")
    return action


def run_list(options: argparse.Namespace) -> int:
    """List the sources and what is prepared of each."""
    prepared = data.list_prepared()
    names = [*data.names(), *(info.source for info in prepared)]
    if options.json:
        output.document([_source(name, prepared) for name in dict.fromkeys(names)])
        return 0
    for name in dict.fromkeys(names):
        source = _known(name)
        output.line(f"{_printable(name)}: {source.title}" if source else _printable(name))
        if source:
            output.line(f"    {source.note}")
        for info in prepared:
            if info.source == name:
                output.line(f"    {_in_words(info)}")
                if info.problem:
                    output.note(info.problem)
    total = sum(info.bytes for info in prepared)
    sets = "1 prepared set" if len(prepared) == 1 else f"{len(prepared)} prepared sets"
    output.line(f"{sets}, {total / 1e6:,.1f} MB")
    return 0


def run_prepare(options: argparse.Namespace) -> int:
    """Prepare a source in this process, and show how far it is."""
    if options.workers is not None and not 1 <= options.workers <= 256:
        raise DataError(f"--workers must be a whole number from 1 to 256; {options.workers} came.")
    give_memory_back()
    progress = output.Progress()
    try:
        prepared = data.prepare(
            options.name,
            options.size,
            progress,
            fit=options.fit,
            workers=options.workers,
            again=options.again,
        )
    except KeyboardInterrupt:
        progress.close()
        output.note(data.preparation(options.name, options.size, options.fit).message)
        raise
    finally:
        progress.close()
    splits = {name: len(split) for name, split in prepared.splits.items()}
    stored = prepared.stored
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
            }
        )
        return 0
    for sentence in (*stored.problems, *stored.ignored):
        output.note(sentence)
    counts = ", ".join(f"{name} {count:,}" for name, count in splits.items())
    output.line(f"{stored.place.called} is ready: {counts}")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Compare every byte of a prepared set with its checksums."""
    progress = output.Progress()
    try:
        data.verify(options.name, options.size, options.fit, progress)
    finally:
        progress.close()
    if options.json:
        output.document({"source": options.name, "size": options.size, "whole": True})
    else:
        output.line("Every byte is as it was written.")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Remove a prepared set."""
    name = data.source(options.name).name
    freed = data_use.remove(name, options.size, options.fit)
    if options.json:
        output.document({"source": name, "size": options.size, "fit": options.fit, "bytes": freed})
    else:
        output.line(f"Removed, {freed / 1e6:,.1f} MB are free again. The originals are untouched.")
    return 0


def _in_words(info: PreparedInfo) -> str:
    fit = "" if info.fit == CROP else f" ({info.fit})"
    used = f"last used {_day(info.last_used)}" if info.last_used else "never used"
    what = (
        "unfinished; preparing it again goes on from there"
        if info.unfinished
        else ", ".join(f"{split} {count:,}" for split, count in info.splits.items())
    )
    return f"{info.size} px{fit}, {info.bytes / 1e6:,.1f} MB, {used}: {what}"


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _known(name: str) -> data.Source | None:
    try:
        return data.source(name)
    except DataError:
        return None


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _source(name: str, prepared: list[PreparedInfo]) -> dict[str, Any]:
    source = _known(name)
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
            }
            for info in prepared
            if info.source == name
        ],
    }
