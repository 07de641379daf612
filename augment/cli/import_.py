"""``import``: a pipeline of another library as a recipe."""

from __future__ import annotations

import argparse
from pathlib import Path

from augment import export
from augment.cli import output, recipes
from augment.cli.output import Commands
from augment.engine.limits import Limits
from augment.errors import RecipeError

SIZE = Limits(low=1, high=2**16, unit="px")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "import", help="turn a pipeline of albumentations, as its to_dict saves it, into a recipe"
    )
    parser.add_argument(
        "file", metavar="FILE", help="what A.save(transform, FILE) wrote, or - for standard input"
    )
    parser.add_argument(
        "--size",
        type=output.whole,
        metavar="PX",
        help="side of the pictures, for transforms that measure in pixels (what the pipeline crops or "
        f"resizes to, or {export.DEFAULT_SIZE})",
    )
    parser.add_argument(
        "--output", type=Path, metavar="RECIPE.json", help="write the recipe to a file instead"
    )
    output.add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the recipe, or write it, and say what it cannot have of the pipeline."""
    if options.size is not None:
        output.check("--size", options.size, SIZE)
    try:
        content = recipes.read(options.file, "pipeline")
        imported = export.from_albumentations(content, size=options.size)
    except RecipeError as error:
        name = recipes.origin(options.file)
        raise RecipeError(str(error) if name in str(error) else f"{name}: {error}") from error
    text = imported.recipe.to_json(indent=2)
    if options.output:
        output.write("--output", options.output, f"{text}\n".encode())
    if options.json:
        output.document(
            {
                "recipe": imported.recipe.to_dict(),
                "remarks": list(imported.remarks),
                "from": "albumentations",
                "version": imported.version,
                "output": str(options.output) if options.output else None,
            }
        )
        return 0
    if options.output:
        count = len(imported.recipe.steps)
        output.line(
            f"{options.output}: the pipeline as a recipe of {count} step{'s' * (count != 1)}"
        )
    else:
        output.line(text)
    for remark in imported.remarks:
        output.note(f"remark: {remark}")
    return 0
