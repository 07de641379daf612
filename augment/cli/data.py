"""``data``: the sources of pictures, and preparing them once for one size."""

from __future__ import annotations

import argparse
from typing import Any

from augment import data
from augment.cli import output
from augment.cli.types import Commands
from augment.data import PreparedInfo


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("data", help="list and prepare data sets")
    actions: Commands = parser.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list the sources, and what is prepared of them")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    listing.set_defaults(command=run_list)

    prepare = actions.add_parser("prepare", help="prepare a source at one size")
    prepare.add_argument("name", metavar="NAME", help=f"one of {', '.join(data.names())}")
    prepare.add_argument(
        "--size", type=int, required=True, metavar="PX", help="side of the pictures"
    )
    prepare.add_argument("--json", action="store_true", help="print one JSON document")
    prepare.set_defaults(command=run_prepare)


def run_list(options: argparse.Namespace) -> int:
    """List the sources and what is prepared of each."""
    prepared = data.list_prepared()
    if options.json:
        output.document([_source(name, prepared) for name in data.names()])
        return 0
    for name in data.names():
        source = data.source(name)
        output.line(f"{name}: {source.title}")
        output.line(f"    {source.note}")
        for info in prepared:
            if info.source == name:
                splits = ", ".join(f"{split} {count:,}" for split, count in info.splits.items())
                output.line(f"    {info.size} px, {info.bytes / 1e6:,.1f} MB: {splits}")
                if info.problem:
                    output.note(info.problem)
    return 0


def run_prepare(options: argparse.Namespace) -> int:
    """Prepare a source in this process, and show how far it is."""
    progress = output.Progress()
    try:
        prepared = data.prepare(options.name, options.size, progress=progress)
    finally:
        progress.close()
    splits = {name: len(split) for name, split in prepared.splits.items()}
    if options.json:
        output.document({"source": prepared.source, "size": prepared.size, "splits": splits})
    else:
        counts = ", ".join(f"{name} {count:,}" for name, count in splits.items())
        output.line(f"{options.name} is ready at {prepared.size} px: {counts}")
    return 0


def _source(name: str, prepared: list[PreparedInfo]) -> dict[str, Any]:
    source = data.source(name)
    return {
        "name": name,
        "title": source.title,
        "note": source.note,
        "licence": source.licence,
        "class_names": list(source.class_names),
        "prepared": [
            {
                "size": info.size,
                "bytes": info.bytes,
                "splits": info.splits,
                "prepared_at": info.prepared_at,
                "problem": info.problem,
            }
            for info in prepared
            if info.source == name
        ],
    }
