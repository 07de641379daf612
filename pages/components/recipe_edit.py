"""A recipe with one thing changed. The result is validated like any recipe from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from augment import Recipe

_Described = dict[str, Any]


def with_value(recipe: Recipe, step_id: str, name: str, value: Any) -> Recipe:
    """Return the recipe with one value of one step changed.

    Args:
        recipe: The recipe; it stays as it is.
        step_id: Which step; nothing changes if there is none of that id.
        name: A parameter of its op, or "enabled", "probability" or "classes".
        value: What the parameter shall be.

    Raises:
        RecipeError: The value is not allowed.
    """
    return _edited(recipe, step_id, lambda steps, at: steps[at].update({name: value}))


def without_step(recipe: Recipe, step_id: str) -> Recipe:
    """Return the recipe without one step and its children."""
    return _edited(recipe, step_id, lambda steps, at: steps.pop(at))


def with_step_moved(recipe: Recipe, step_id: str, places: int) -> Recipe:
    """Return the recipe with one step moved among its siblings; negative is earlier."""

    def move(steps: list[_Described], at: int) -> None:
        to = min(max(at + places, 0), len(steps) - 1)
        steps.insert(to, steps.pop(at))

    return _edited(recipe, step_id, move)


def with_step_added(recipe: Recipe, op: str, parent: str | None = None) -> Recipe:
    """Return the recipe with one more step at the end, its values the op's defaults.

    Args:
        recipe: The recipe; it stays as it is.
        op: The name of the op.
        parent: The id of the policy that the step becomes a child of, or None for the recipe itself.

    Raises:
        RecipeError: There would be too many steps, or steps nested too deep.
    """
    if parent is None:
        described = recipe.to_dict()
        described["steps"].append({"op": op})
        return Recipe.from_dict(described)
    return _edited(recipe, parent, lambda steps, at: steps[at]["steps"].append({"op": op}))


def _edited(recipe: Recipe, step_id: str, change: Callable[[list[_Described], int], Any]) -> Recipe:
    described = recipe.to_dict()
    waiting = [described["steps"]]
    while waiting:
        steps = waiting.pop()
        for at, step in enumerate(steps):
            if step["id"] == step_id:
                change(steps, at)
                return Recipe.from_dict(described)
            waiting.append(step.get("steps", []))
    return recipe
