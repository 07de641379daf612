"""Which recipes can make the views of test-time augmentation, and why others cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from augment import Recipe, Step, registry
from augment.predict.views import why_not
from augment.presets import PRESETS
from augment.runs.config import RunConfig
from augment.runs.groups import meaning

OF_RUN, OF_EXPLORE = "The recipe of this run", "The recipe of Explore"
_DOES_NOTHING = "It does nothing, so all views would be the picture as it is."


@dataclass(frozen=True, kw_only=True)
class ViewRecipe:
    """A recipe to make views with.

    Attributes:
        title: What it is called.
        recipe: The recipe.
        problem: Why it cannot make views, in a sentence; empty if it can.
        dropped: The titles of the steps that were left out of it.
    """

    title: str
    recipe: Recipe
    problem: str = ""
    dropped: tuple[str, ...] = ()


def view_recipes(config: RunConfig, of_explore: Recipe) -> list[ViewRecipe]:
    """Return the recipe of a run, without what cannot be in a view, that of Explore, and the presets."""
    allowed, dropped = without_refused(config.recipe)
    own = _judged(OF_RUN, allowed)
    if dropped:
        problem = (
            own.problem and "Nothing is left of it without its steps that mix or are for classes."
        )
        own = replace(own, problem=problem, dropped=dropped)
    presets = (_judged(preset.title, preset.recipe) for preset in PRESETS.values())
    return [own, _judged(OF_EXPLORE, of_explore), *presets]


def without_refused(recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
    """Return a recipe without the steps that can make no views (`why_not`), and the titles of those."""
    dropped: list[str] = []

    def kept(steps: tuple[Step, ...]) -> Iterator[Step]:
        for step in steps:
            if why_not([replace(step, steps=())]):
                dropped.append(registry()[step.op].title)
                continue
            children = tuple(kept(step.steps))
            if children or not step.steps:
                yield replace(step, steps=children)

    return Recipe(steps=tuple(kept(recipe.steps))), tuple(dict.fromkeys(dropped))


def dropped_sentence(dropped: Sequence[str]) -> str:
    """Return what a page says of the steps that `without_refused` left out."""
    return (
        f"Without {', '.join(dropped)}: a view that mixes pictures is of two classes, and a step for "
        "chosen classes would have to know the answer."
    )


def _judged(title: str, recipe: Recipe) -> ViewRecipe:
    problem = why_not(recipe.steps) or ("" if meaning(recipe) else _DOES_NOTHING)
    return ViewRecipe(title=title, recipe=recipe, problem=problem)
