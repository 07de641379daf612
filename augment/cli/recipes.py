"""Reading the recipe that a command names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from augment.engine.limits import did_you_mean
from augment.engine.recipe import MAX_BYTES, Recipe
from augment.errors import RecipeError
from augment.presets import PRESETS


def option_help() -> str:
    """Return the help text of an argument that names a recipe."""
    return f"a preset ({', '.join(PRESETS)}), a JSON file, or - for standard input"


def load(where: str, class_names: Sequence[str] | None = None) -> Recipe:
    """Return the recipe of a preset, of a file, or of standard input ("-").

    The name of a preset means the preset; a file of that name can be given with its folder ("./guide").

    Raises:
        RecipeError: It cannot be read, or is not valid; the message starts with the file.
    """
    if where in PRESETS:
        return PRESETS[where].recipe
    if not where:
        raise RecipeError("The name of the recipe is empty; give a preset, a JSON file, or -.")
    content = read(where)
    try:
        return Recipe.from_json(content, class_names=class_names)
    except RecipeError as error:
        raise RecipeError(f"{origin(where)}: {error}") from error


def origin(where: str) -> str:
    """Return what a message calls a file, or standard input ("-")."""
    return "Standard input" if where == "-" else where


def read(where: str, what: str = "recipe") -> bytes:
    """Return the content of a file, or of standard input ("-").

    Args:
        where: The file; a large one is not even opened.
        what: What it is, for the messages; only a recipe can also be a preset.

    Raises:
        RecipeError: It cannot be read, or is larger than a recipe may be.
    """
    if where == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise RecipeError(f'The {what} "-" is standard input, but nothing is piped in.')
        return _limited("Standard input", sys.stdin.buffer, what)
    path = Path(where)
    try:
        if path.is_dir():
            raise RecipeError(f"{path} is a folder; a {what} is a JSON file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RecipeError(
                f"{path} has {size / 1024:,.0f} KB, but a {what} may have {MAX_BYTES // 1024} KB."
            )
        # The size of a pipe or a device is unknown.
        with path.open("rb") as file:
            return _limited(str(path), file, what)
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


def _limited(origin: str, file: BinaryIO, what: str) -> bytes:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecipeError(
            f"{origin} has more than {MAX_BYTES // 1024} KB, which is the most that a {what} may have."
        )
    return content
