"""Recipes: what shall happen to pictures, as data. JSON in, validated and complete JSON out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from augment import reader
from augment.errors import RecipeError
from augment.reader import MAX_DEPTH, MAX_STEPS
from augment.step import Step

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_STEPS", "VERSION", "Recipe", "Step"]

VERSION = 1
MAX_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Steps that happen one after the other."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def from_json(cls, text: str | bytes, class_names: Sequence[str] | None = None) -> Recipe:
        """Read a recipe.

        Args:
            text: JSON of at most 256 KB.
            class_names: The names of the data's classes, so that steps may name classes.

        Raises:
            RecipeError: Says which step and parameter, what came, and what is allowed.
        """
        if len(text) > MAX_BYTES:
            raise RecipeError(
                f"The recipe has {len(text) / 1024:,.0f} KB; allowed are {MAX_BYTES // 1024} KB."
            )
        if not text.strip():
            raise RecipeError(
                'The recipe is empty; it must be JSON like {"version": 1, "steps": []}.'
            )
        try:
            read = json.loads(text)
        except UnicodeDecodeError:
            raise RecipeError("The recipe is not text in UTF-8.") from None
        except RecursionError:
            raise RecipeError(
                f"The recipe is nested too deep; allowed are {MAX_DEPTH} levels."
            ) from None
        except ValueError as error:
            where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise RecipeError(f"The recipe is not valid JSON{where}.") from None
        return cls.from_dict(read, class_names)

    @classmethod
    def from_dict(cls, read: Any, class_names: Sequence[str] | None = None) -> Recipe:
        """Make a recipe from JSON-able values; see `from_json`."""
        if not isinstance(read, dict) or not isinstance(read.get("steps"), list):
            raise RecipeError('A recipe must be an object with a list of "steps".')
        reader.refuse_unknown("The recipe", read, ("version", "steps"))
        # To Python True is 1; to JSON, and to whoever reads the schema, it is not.
        if read.get("version") != VERSION or isinstance(read["version"], bool):
            raise RecipeError(
                f"The recipe has version {reader.shown(read.get('version'))}; this program reads "
                f"version {VERSION}."
            )
        return cls(steps=reader.read_steps(read["steps"], class_names))

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON-able values, every one explicit."""
        return {"version": VERSION, "steps": [step.to_dict() for step in self.steps]}

    def to_json(self, indent: int | None = None) -> str:
        """Return the recipe as JSON, every value explicit."""
        return json.dumps(self.to_dict(), indent=indent)

    def walk(self) -> Iterable[Step]:
        """Yield every step, parents before their children."""
        waiting = list(reversed(self.steps))
        while waiting:
            step = waiting.pop()
            yield step
            waiting.extend(reversed(step.steps))
