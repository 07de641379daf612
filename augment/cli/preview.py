"""``preview``: a picture of a recipe, before and after, and its plan on request."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

import augment
from augment import data, kernels
from augment.cli import files, output, recipes
from augment.cli.sheet import Tile, draw_sheet
from augment.cli.types import Commands
from augment.errors import ConfigError
from augment.plan import Plan
from augment.presets import DEFAULT

_MOST = 100
_SMALLEST_SHARE = 0.005  # what would be written as 0.00 is left out


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("preview", help="write a before/after picture of a recipe")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="PNG", help="the picture to write"
    )
    parser.add_argument("--recipe", default=DEFAULT, help=f"{recipes.option_help()} ({DEFAULT})")
    parser.add_argument("--data", default="bundled", help=f"{' or '.join(data.names())} (bundled)")
    parser.add_argument("--split", help="which split of the data (the first)")
    parser.add_argument(
        "--size", type=int, default=224, metavar="PX", help="side of a picture (224)"
    )
    parser.add_argument("--count", type=int, default=9, metavar="N", help="how many pictures (9)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the draws (7)")
    parser.add_argument("--epoch", type=int, default=0, help="epoch of the draws (0)")
    parser.add_argument(
        "--plan", type=Path, metavar="FILE", help="also write what was drawn, as JSON"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document, plan included"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Draw and render the first pictures of a split, and write them as one sheet."""
    kernels.stay_plain()  # a few pictures are done before the compiled loops are loaded
    _check("--count", options.count, 1, _MOST)
    _check("--seed", options.seed, 0, 2**32 - 1)
    _check("--epoch", options.epoch, 0, 2**31 - 1)
    prepared = data.open_prepared(options.data, options.size)
    recipe = recipes.load(options.recipe, prepared.class_names)
    split = prepared.split(options.split or next(iter(prepared.splits)))
    rows = np.arange(min(options.count, len(split)))
    ids, images, labels = split.ids[rows], np.asarray(split.images[rows]), split.one_hot(rows)
    plan = augment.draw(recipe, ids, seed=options.seed, epoch=options.epoch, labels=labels)
    batch = augment.render(plan, images, labels)
    mixed = labels if batch.labels is None else batch.labels
    tiles = [
        Tile(
            before=images[row],
            after=batch.images[row],
            name=prepared.class_names[split.labels[row]],
            captions=_captions(plan, row, mixed[row], prepared.class_names),
        )
        for row in rows
    ]
    heading = f"{options.recipe}, seed {options.seed}, epoch {options.epoch}, {options.data}"
    picture = io.BytesIO()
    draw_sheet(tiles, heading).save(picture, "PNG")
    files.write("--out", options.out, picture.getvalue())
    if options.plan:
        files.write("--plan", options.plan, (plan.to_json(indent=2) + "\n").encode())
    if options.json:
        output.document(
            {
                "out": str(options.out),
                "data": options.data,
                "split": split.name,
                "size": prepared.size,
                "samples": [split.sample_names[row] for row in rows],
                "labels": mixed.tolist(),
                "recipe": recipe.to_dict(),
                "plan": plan.to_dict(),
            }
        )
    else:
        output.line(f"{options.out}: {len(rows)} pictures of {options.data}, split {split.name}")
    return 0


def _captions(
    plan: Plan, row: int, label: npt.NDArray[np.float32], class_names: Sequence[str]
) -> tuple[str, ...]:
    """Return what was drawn for a picture and, where it is mixed, its soft label."""
    captions = [*(plan.captions(row) or ["nothing drawn"]), *plan.rows[row].notes]
    shares = np.flatnonzero(label)
    if len(shares) > 1:
        largest_first = shares[np.argsort(-label[shares], kind="stable")]
        seen = [k for k in largest_first if label[k] >= _SMALLEST_SHARE]
        captions.extend(f"{label[k]:.2f} {class_names[k]}" for k in seen)
    return tuple(captions)


def _check(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{option} must be a whole number from {low} to {high}; {value} came.")
