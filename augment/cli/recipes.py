"""Reading the recipe that a command names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from augment.address import is_address, recipe_text
from augment.engine.limits import did_you_mean
from augment.engine.recipe import MAX_BYTES, Recipe
from augment.errors import RecipeError
from augment.inspect import sheet
from augment.presets import PRESETS


def option_help() -> str:
    """Return the help text of an argument that names a recipe."""
    return (
        f"a preset ({', '.join(PRESETS)}), a JSON file, a grid saved as PNG, the link of a page, "
        "or - for standard input"
    )


def load(where: str, class_names: Sequence[str] | None = None) -> Recipe:
    """Return the recipe of a preset, of a file, of an address of a page, or of standard input ("-").

    The name of a preset means the preset; a file of that name can be given with its folder ("./guide").

    Raises:
        RecipeError: It cannot be read, or is not valid; the message starts with the file.
    """
    if where in PRESETS:
        return PRESETS[where].recipe
    if not where:
        raise RecipeError("The name of the recipe is empty; give a preset, a JSON file, or -.")
    read_from = b"" if is_address(where) else read(where, most=_most(where))
    try:
        content: str | bytes = read_from
        if is_address(where):
            content = recipe_text(where)
        elif read_from.startswith(sheet.SIGNATURE):
            content = sheet.recipe_text(read_from)
        return Recipe.from_json(content, class_names=class_names)
    except RecipeError as error:
        raise RecipeError(f"{origin(where)}: {error}") from error


def origin(where: str) -> str:
    """Return what a message calls a file, an address, or standard input ("-")."""
    return "Standard input" if where == "-" else "The link" if is_address(where) else where


def _most(where: str) -> int:
    """Return how many bytes a file may have: a picture that holds a recipe is larger than a recipe."""
    return sheet.MOST_MEGABYTES * 2**20 if Path(where).suffix.lower() == ".png" else MAX_BYTES


def read(where: str, what: str = "recipe", most: int = MAX_BYTES) -> bytes:
    """Return the content of a file, or of standard input ("-").

    Args:
        where: The file; a large one is not even opened.
        what: What it is, for the messages; only a recipe can also be a preset.
        most: How many bytes it may have.

    Raises:
        RecipeError: It cannot be read, or is larger than a recipe may be.
    """
    if where == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise RecipeError(f'The {what} "-" is standard input, but nothing is piped in.')
        return _limited("Standard input", sys.stdin.buffer, what, most)
    path = Path(where)
    try:
        if path.is_dir():
            raise RecipeError(f"{path} is a folder; a {what} is a JSON file.")
        size = path.stat().st_size
        if size > most:
            raise RecipeError(
                f"{path} has {size / 1024:,.0f} KB, but a {what} may have {most // 1024:,} KB."
            )
        # The size of a pipe or a device is unknown.
        with path.open("rb") as file:
            return _limited(str(path), file, what, most)
    except FileNotFoundError as error:
        if what != "recipe":
            raise RecipeError(f"There is no file {str(path)!r}.") from error
        presets = ", ".join(PRESETS)
        raise RecipeError(
            f"{str(path)!r} is neither a file nor a preset{did_you_mean(str(path), PRESETS)}; the "
            f"presets are {presets}."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise RecipeError(f"{path} cannot be read: {reason}.") from error


def _limited(origin: str, file: BinaryIO, what: str, most: int) -> bytes:
    content = file.read(most + 1)
    if len(content) > most:
        raise RecipeError(
            f"{origin} has more than {most // 1024:,} KB, which is the most that a {what} may have."
        )
    return content
