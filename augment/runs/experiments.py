"""Runs that a question needs together: more seeds of a run, or the same without its recipe."""

from __future__ import annotations

from dataclasses import replace

from augment.engine.recipe import Recipe
from augment.runs.config import RunConfig
from augment.runs.queue import Order

SEEDS = 3
"""How many seeds a question gets: the fewest that show whether a difference is more than chance."""


def does_it_help(config: RunConfig, *, owner: str = "") -> list[Order]:
    """Return the runs that tell whether a recipe helps: the recipe and nothing, with the same seeds.

    They are in the order of the seeds, so that the first answer is there early.
    """
    recipes = (Recipe(), config.recipe)
    return [
        Order(config=replace(config, recipe=recipe, seed=seed, name=""), owner=owner)
        for seed in range(config.seed, config.seed + SEEDS)
        for recipe in recipes
    ]


def more_seeds(configs: list[RunConfig], count: int = SEEDS - 1, *, owner: str = "") -> list[Order]:
    """Return further runs of a seed group: the next seeds that none of its runs has.

    Args:
        configs: The configurations of its runs, at least one.
        count: How many runs.
        owner: The hash of the token of whoever submits them.
    """
    taken = {config.seed for config in configs}
    first = min(taken)
    fresh = [seed for seed in range(first, first + count + len(taken)) if seed not in taken]
    return [
        Order(config=replace(configs[0], seed=seed, name=""), owner=owner) for seed in fresh[:count]
    ]
