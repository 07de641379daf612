"""Reading a recipe from where the command line says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from augment.engine.recipe import MAX_BYTES, Recipe
from augment.errors import RecipeError
from augment.presets import PRESETS


def option_help() -> str:
    """Return the help text of an option, or of a word, that says where the recipe is."""
    return f"a preset ({', '.join(PRESETS)}), a file of JSON, or - for standard input"


def load(where: str, class_names: Sequence[str] | None = None) -> Recipe:
    """Return the recipe of a preset, of a file, or of standard input ("-").

    A preset's name means the preset; a file of that name can be given with its folder ("./guide").

    Raises:
        RecipeError: It cannot be read, or is not valid; the sentence begins with where it came from.
    """
    if where in PRESETS:
        return PRESETS[where].recipe
    origin = "Standard input" if where == "-" else where
    content = _stdin() if where == "-" else _file(Path(where))
    try:
        return Recipe.from_json(content, class_names=class_names)
    except RecipeError as error:
        raise RecipeError(f"{origin}: {error}") from error


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise RecipeError('The recipe "-" is standard input, but nothing is piped in.')
    return _limited("Standard input", sys.stdin.buffer)


def _file(path: Path) -> bytes:
    """Return the file's content; a large file is not even opened."""
    try:
        if path.is_dir():
            raise RecipeError(f"{path} is a folder; a recipe is a file of JSON.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RecipeError(
                f"{path} has {size / 1024:,.0f} KB; a recipe may have {MAX_BYTES // 1024} KB."
            )
        # A pipe or a device has no size, so the reading has a limit too.
        with path.open("rb") as file:
            return _limited(str(path), file)
    except FileNotFoundError as error:
        presets = ", ".join(PRESETS)
        raise RecipeError(
            f"{path} is neither a file nor a preset; presets are {presets}."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise RecipeError(f"{path} cannot be read: {reason}.") from error


def _limited(origin: str, file: BinaryIO) -> bytes:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecipeError(f"{origin} goes on for more than {MAX_BYTES // 1024} KB; no recipe does.")
    return content
