"""Edits of a recipe, and the callbacks with which widgets apply them to the workbench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from augment import Recipe, RecipeError, Step
from pages.components.recipe import advice_notes
from pages.components.session import workbench
from pages.components.session.fragments import PANEL, STAGE, rerun

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


def with_step_moved(recipe: Recipe, step_id: str, places: int) -> Recipe:
    """Return the recipe with one step moved among its siblings; negative is earlier."""

    def move(steps: list[_StepDict], at: int) -> None:
        to = min(max(at + places, 0), len(steps) - 1)
        steps.insert(to, steps.pop(at))

    return _edited(recipe, step_id, move)


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


def with_step_inside(recipe: Recipe, step_id: str, places: int) -> Recipe:
    """Return the recipe with one step moved into a policy beside it, on the side that it comes from.

    Args:
        recipe: The recipe, which is not modified.
        step_id: The id of the step.
        places: Where the policy is: -1 for the one before the step, 1 for the one after it.

    Raises:
        RecipeError: Steps would be nested too deep.
    """

    def move(steps: list[_StepDict], at: int) -> None:
        children = steps[at + places]["steps"]
        children.insert(len(children) if places < 0 else 0, steps.pop(at))

    return _edited(recipe, step_id, move)


def with_step_outside(recipe: Recipe, step_id: str) -> Recipe:
    """Return the recipe with one step moved out of its policy, to the place after it."""
    parent, siblings = place_of(recipe, step_id)
    if parent is None:
        return recipe
    moved = next(step for step in siblings if step.id == step_id).to_dict()
    left = without_step(recipe, step_id)
    return _edited(left, parent.id, lambda steps, at: steps.insert(at + 1, moved))


def place_of(recipe: Recipe, step_id: str) -> tuple[Step | None, tuple[Step, ...]]:
    """Return the policy that a step is in, or None, and all the steps there, itself among them."""
    for parent in (None, *recipe.walk()):
        siblings = recipe.steps if parent is None else parent.steps
        if any(step.id == step_id for step in siblings):
            return parent, siblings
    return None, ()


def switch(step: Step) -> None:
    """Apply the switch of a step, which opens or closes its panel."""
    enabled = st.session_state.get(key(step, "enabled"))
    if enabled is not None:  # otherwise the run with the switch was interrupted
        edit(with_value, step.id, "enabled", enabled)


def take(step: Step, field: str) -> None:
    """Apply the widget of a field that every step has."""
    if key(step, field) not in st.session_state:
        return  # the run with the widget was interrupted
    value = st.session_state[key(step, field)]
    put(step, field, None if value == [] else value)


def put(step: Step, name: str, value: Any) -> None:
    """Change a value that its widget shows already, so that only pictures and advice are updated."""
    before = advice_notes.step_advice(step.id)
    _change(with_value, step.id, name, value)
    if advice_notes.step_advice(step.id) == before:
        rerun(STAGE)
    rerun(STAGE, PANEL)


def edit(change: Callable[..., Recipe], *args: Any) -> None:
    """Change the steps; panels and pictures are updated."""
    _change(change, *args)
    rerun(STAGE, PANEL)


def add(op: str, parent: str | None) -> None:
    """Add a step, and run the whole page, which closes the list of ops."""
    _change(with_step_added, op, parent)
    st.rerun()


def key(step: Step, what: str) -> str:
    """Return the key of a widget of a step; it changes with each recipe loaded."""
    return f"{what} {workbench.version()} {step.id}"


def _change(change: Callable[..., Recipe], *args: Any) -> None:
    try:
        workbench.change(change(workbench.recipe(), *args))
    except RecipeError as error:
        workbench.refuse(error)


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
