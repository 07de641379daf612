"""Edits of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from augment import Recipe, Step

_StepDict = dict[str, Any]


def with_value(recipe: Recipe, step_id: str, name: str, value: Any) -> Recipe:
    """Return the recipe with one value of one step changed.

    Args:
        recipe: The recipe, which is not modified.
        step_id: The id of the step; without such a step the recipe is returned unchanged.
        name: A parameter of its op, or "enabled", "probability" or "classes".
        value: The new value.

    Raises:
        RecipeError: The value is not allowed.
    """
    return _edited(recipe, step_id, lambda steps, at: steps[at].update({name: value}))


def without_step(recipe: Recipe, step_id: str) -> Recipe:
    """Return the recipe without one step and its children."""
    return _edited(recipe, step_id, lambda steps, at: steps.pop(at))


def with_step_placed(recipe: Recipe, step_id: str, parent: str | None, index: int) -> Recipe:
    """Return the recipe with one step, and all in it, at another place.

    Args:
        recipe: The recipe, which is not modified.
        step_id: The id of the step; without such a step the recipe is returned unchanged.
        parent: The id of the policy that the step becomes a child of, or None for the recipe itself; if
            there is no such step, or it is in the step that is moved, the recipe is returned unchanged.
        index: Its place there, counted without the step itself; past the end is the end.

    Raises:
        RecipeError: Steps would be nested too deep, or the parent takes none.
    """
    described = recipe.to_dict()
    found = _found(described, step_id)
    if found is None:
        return recipe
    steps, at = found
    moved = steps.pop(at)
    if parent is None:
        siblings = described["steps"]
    else:
        place = _found(described, parent)
        if place is None:
            return recipe
        siblings = place[0][place[1]].setdefault("steps", [])
    siblings.insert(max(index, 0), moved)
    return Recipe.from_dict(described)


def with_step_added(recipe: Recipe, op: str, parent: str | None = None) -> Recipe:
    """Return the recipe with one more step at the end, its values the op's defaults.

    Args:
        recipe: The recipe, which is not modified.
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


def with_recipe_appended(recipe: Recipe, other: Recipe) -> Recipe:
    """Return the recipe followed by the steps of another one, with draws of their own.

    Raises:
        RecipeError: There would be too many steps.
    """
    described = recipe.to_dict()
    described["steps"] += [_without_ids(step.to_dict()) for step in other.steps]
    return Recipe.from_dict(described)


def with_step_duplicated(recipe: Recipe, step_id: str) -> Recipe:
    """Return the recipe with a copy of one step and its children after it, with draws of its own.

    Raises:
        RecipeError: There would be too many steps.
    """

    def duplicate(steps: list[_StepDict], at: int) -> None:
        steps.insert(at + 1, _without_ids(steps[at]))

    return _edited(recipe, step_id, duplicate)


def place_of(recipe: Recipe, step_id: str) -> tuple[Step | None, tuple[Step, ...]]:
    """Return the policy that a step is in, or None, and all the steps there, itself among them."""
    for parent in (None, *recipe.walk()):
        siblings = recipe.steps if parent is None else parent.steps
        if any(step.id == step_id for step in siblings):
            return parent, siblings
    return None, ()


def _edited(recipe: Recipe, step_id: str, change: Callable[[list[_StepDict], int], Any]) -> Recipe:
    described = recipe.to_dict()
    found = _found(described, step_id)
    if found is None:
        return recipe
    change(*found)
    return Recipe.from_dict(described)


def _found(described: dict[str, Any], step_id: str) -> tuple[list[_StepDict], int] | None:
    """Return the list that a step is in, and where in it."""
    waiting: list[list[_StepDict]] = [described["steps"]]
    while waiting:
        steps = waiting.pop()
        for at, step in enumerate(steps):
            if step["id"] == step_id:
                return steps, at
            waiting.append(step.get("steps", []))
    return None


def _without_ids(step: _StepDict) -> _StepDict:
    copied = {name: value for name, value in step.items() if name != "id"}
    if "steps" in step:
        copied["steps"] = [_without_ids(child) for child in step["steps"]]
    return copied
