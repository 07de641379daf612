"""``schema``: the JSON Schema of recipes."""

from __future__ import annotations

import argparse

from augment.cli import output
from augment.cli.output import Commands
from augment.engine.schema import recipe_schema


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("schema", help="print the JSON Schema of recipes")
    parser.add_argument("--json", action="store_true", help="changes nothing: the schema is JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    output.document(recipe_schema())
    return 0
