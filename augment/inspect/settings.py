"""A recipe with one setting of one step changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from augment.engine.op import registry
from augment.engine.params import Param
from augment.engine.recipe import Recipe, Step, quoted
from augment.errors import RecipeError

PROBABILITY = replace(
    Param.fraction(help="The probability that the step happens to a picture."),
    name="probability",
    unit="share",
    default=1.0,
)
"""The setting that every step has, besides the parameters of its op."""


def settings_of(step: Step) -> dict[str, Param]:
    """Return the settings of a step by name, without those that change nothing beside the others."""
    params = {
        name: param
        for name, param in registry()[step.op].params.items()
        if param.applies(step.params)
    }
    return {**params, PROBABILITY.name: PROBABILITY}


def value_of(step: Step, name: str) -> Any:
    """Return the present value of a setting."""
    return step.probability if name == PROBABILITY.name else step.params[name]


def with_setting(recipe: Recipe, step_id: str, name: str, value: Any) -> Recipe:
    """Return the recipe with one setting of one step changed.

    Raises:
        RecipeError: There is no such step or setting, or the value is not allowed.
    """
    return with_step(recipe, step_id, lambda step: _changed(step, name, value))


def with_step(recipe: Recipe, step_id: str, change: Callable[[Step], Step]) -> Recipe:
    """Return the recipe with one step replaced.

    Raises:
        RecipeError: There is no step of that id.
    """
    find(recipe, step_id)

    def changed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            change(step) if step.id == step_id else replace(step, steps=changed(step.steps))
            for step in steps
        )

    return Recipe(steps=changed(recipe.steps))


def find(recipe: Recipe, step_id: str) -> Step:
    """Return a step.

    Raises:
        RecipeError: There is none of that id.
    """
    for step in recipe.walk():
        if step.id == step_id:
            return step
    raise RecipeError(f"The recipe has no step with the id {quoted(step_id)}.")


def _changed(step: Step, name: str, value: Any) -> Step:
    params = {**registry()[step.op].params, PROBABILITY.name: PROBABILITY}
    if name not in params:
        raise RecipeError(f"Step {quoted(step.id)} ({step.op}) has no setting {quoted(name)}.")
    try:
        checked = params[name].check(value)
    except ValueError as error:
        raise RecipeError(
            f"Step {quoted(step.id)} ({step.op}): {name} is {quoted(value)}; {error}."
        ) from None
    if name == PROBABILITY.name:
        return replace(step, probability=checked)
    return replace(step, params={**step.params, name: checked})
