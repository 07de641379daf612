"""A recipe without its mixing, so that what else it does to one picture can be seen."""

from __future__ import annotations

from dataclasses import replace

from augment.engine.op import registry
from augment.engine.recipe import Recipe, Step


def is_mixing(op: str) -> bool:
    """Whether an op mixes pictures with each other."""
    return registry()[op].mixes


def acts_alone(op: str) -> bool:
    """Whether an op itself changes a picture, without another picture and without steps in it."""
    return not is_mixing(op) and not registry()[op].takes_steps


def mixing_steps(recipe: Recipe) -> tuple[Step, ...]:
    """Return the steps of a recipe that are on and mix pictures, in their order."""
    return tuple(step for step in recipe.enabled_steps() if is_mixing(step.op))


def without_mixing(recipe: Recipe) -> Recipe:
    """Return the recipe with the probability 0 for each step that mixes pictures.

    Such a step is still drawn where a policy chooses among its children, and then does nothing; so
    whatever else is drawn for a picture stays as it is. Switched off, it would leave the choice.
    """

    def held_off(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            replace(
                step,
                probability=0.0 if is_mixing(step.op) else step.probability,
                steps=held_off(step.steps),
            )
            for step in steps
        )

    return Recipe(steps=held_off(recipe.steps))
