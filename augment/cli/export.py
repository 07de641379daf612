"""``export``: a recipe as a Python script that runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from augment import export
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.engine.recipe import Recipe
from augment.errors import ConfigError
from augment.presets import DEFAULT, PRESETS

SEED = 7
TARGETS: Mapping[str, Callable[[Recipe, int | None], str]] = {
    "keras_cv": lambda recipe, seed: export.to_keras_cv(recipe),
    "augment": lambda recipe, seed: export.to_augment(recipe, seed=SEED if seed is None else seed),
}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("export", help="print a recipe as a Python script that runs")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "recipe", nargs="?", metavar="RECIPE", help=f"{recipes.option_help()} ({DEFAULT})"
    )
    chosen.add_argument("--preset", choices=PRESETS, help="the preset of that name")
    parser.add_argument(
        "--to", choices=TARGETS, required=True, help="with the layers of keras_cv, or with augment"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help=f"seed of the draws, with --to augment ({SEED})"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the script there, and print no script"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the script, or write it."""
    recipe = recipes.load(options.preset or options.recipe or DEFAULT)
    if options.seed is not None and options.to != "augment":
        raise ConfigError("--seed: what the layers of keras_cv draw cannot be repeated.")
    script = TARGETS[options.to](recipe, options.seed)
    if options.output:
        output.write("--output", options.output, script.encode())
    if options.json:
        output.document(
            {
                "to": options.to,
                "recipe": recipe.to_dict(),
                "output": str(options.output) if options.output else None,
                "script": script,
            }
        )
    elif options.output:
        output.line(f"{options.output}: the recipe as a script with {options.to}")
    else:
        output.line(script.removesuffix("\n"))
    return 0
