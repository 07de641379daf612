"""``export``: a recipe as a Python script that runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from augment import export
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.engine.limits import SEED
from augment.errors import ConfigError
from augment.presets import DEFAULT, PRESETS

DEFAULT_SEED = 7
TARGETS = ("augment", *export.LIBRARIES)


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("export", help="print a recipe as a Python script that runs")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "recipe", nargs="?", metavar="RECIPE", help=f"{recipes.option_help()} ({DEFAULT})"
    )
    chosen.add_argument("--preset", choices=PRESETS, help="the name of a preset")
    parser.add_argument(
        "--to",
        choices=TARGETS,
        required=True,
        help="a script with augment, to the same bytes, or with what another library has for it",
    )
    parser.add_argument(
        "--seed",
        type=output.whole,
        metavar="N",
        help=f"seed of the draws, with --to augment ({DEFAULT_SEED})",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the script to a file instead"
    )
    output.add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the script, or write it."""
    recipe = recipes.load(options.preset or options.recipe or DEFAULT)
    seed = DEFAULT_SEED
    if options.seed is not None:
        if options.to != "augment":
            raise ConfigError(f"--seed needs --to augment: {options.to} draws for itself.")
        output.check("--seed", options.seed, SEED)
        seed = options.seed
    if options.to == "augment":
        script = export.to_augment(recipe, seed=seed)
    else:
        script = export.LIBRARIES[options.to](recipe)
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
