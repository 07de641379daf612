"""``preview``: a picture of a recipe, before and after, and its plan on request."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import augment
from augment import data
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.data import registry, samples
from augment.data.source import CROP, FITS
from augment.data.splits import AS_IT_IS, SCHEMES
from augment.engine import kernels
from augment.errors import ConfigError
from augment.inspect.sheet import grid_png
from augment.presets import DEFAULT

_MOST = 100


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("preview", help="write a before/after picture of a recipe")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="PNG", help="the picture to write"
    )
    parser.add_argument("--recipe", default=DEFAULT, help=f"{recipes.option_help()} ({DEFAULT})")
    parser.add_argument("--data", default="bundled", help=f"{registry.KINDS} (bundled)")
    parser.add_argument("--split", help="which split of the data (the first)")
    parser.add_argument(
        "--splits", default=AS_IT_IS, help=f"{' | '.join(SCHEMES)} ({AS_IT_IS}); as in train"
    )
    parser.add_argument(
        "--split-seed", type=int, default=0, metavar="N", help="of splits that are dealt (0)"
    )
    parser.add_argument(
        "--size", type=int, default=224, metavar="PX", help="side of a picture (224)"
    )
    parser.add_argument("--fit", default=CROP, help=f"{' | '.join(FITS)} ({CROP}); as in train")
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
    prepared = data.open_prepared(
        options.data, options.size, options.fit, scheme=options.splits, seed=options.split_seed
    )
    recipe = recipes.load(options.recipe, prepared.class_names)
    split = prepared.split(options.split or next(iter(prepared.splits)))
    rows = np.arange(min(options.count, len(split)))
    given = samples.of_rows(prepared, split.name, rows)
    plan = augment.draw(
        recipe, given.ids, seed=options.seed, epoch=options.epoch, labels=given.labels
    )
    batch = augment.render(plan, given.images, given.labels)
    output.write("--out", options.out, grid_png(given, recipe, plan, batch))
    if options.plan:
        output.write("--plan", options.plan, (plan.to_json(indent=2) + "\n").encode())
    if options.json:
        output.document(
            {
                "out": str(options.out),
                "data": options.data,
                "split": split.name,
                "splits": prepared.scheme,
                "size": prepared.size,
                "fit": prepared.fit,
                "samples": [split.sample_names[row] for row in rows],
                "labels": (given.labels if batch.labels is None else batch.labels).tolist(),
                "recipe": recipe.to_dict(),
                "plan": plan.to_dict(),
            }
        )
    else:
        output.line(f"{options.out}: {len(rows)} pictures of {options.data}, split {split.name}")
    return 0


def _check(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{option} must be a whole number from {low} to {high}; {value} came.")
