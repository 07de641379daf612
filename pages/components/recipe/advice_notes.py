"""Advice: unusual values at each step, and for the pictures how much of them the recipe leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from augment import Recipe, registry
from augment.advice import Advice, Measured, advice_on_measured, advice_on_values, losses, probe
from pages.components.pictures.picture_choice import Pictures

_CACHE = "measured advice"


@dataclass(frozen=True, kw_only=True)
class PictureAdvice:
    """What the recipe does to the pictures shown.

    Attributes:
        given: The advice on the recipe as a whole and on what was measured, what is worst first.
        losses: For each picture what it has lost, in a few words; empty where enough is left.
    """

    given: tuple[Advice, ...]
    losses: tuple[str, ...]


def for_pictures(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> PictureAdvice:
    """Return the advice on the recipe as a whole, and on what it leaves of the pictures."""
    measured = _measured(pictures, recipe, seed=seed, epoch=epoch)
    whole = measured[repr(recipe)]
    alone = [
        advice
        for step in recipe.steps
        for advice in advice_on_measured(measured[repr(Recipe(steps=(step,)))], step=step.id)
    ]
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    named = (replace(one, sentence=f"{titles[one.step]}: {one.sentence}") for one in alone)
    several = sum(step.enabled for step in recipe.steps) > 1
    together = advice_on_measured(whole, known=alone) if several else ()
    of_values = (advice for advice in advice_on_values(recipe) if not advice.step)
    given = sorted((*named, *together, *of_values), key=lambda advice: advice.about != "gone")
    return PictureAdvice(given=tuple(given), losses=losses(whole))


def _measured(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> dict[str, Measured]:
    """Return what is left after the recipe and after each step alone, by the `repr` of these recipes.

    What has not changed is cached.
    """
    key = (
        pictures.sheet,
        pictures.labels.tobytes(),
        pictures.ids.tobytes(),
        pictures.size,
        seed,
        epoch,
    )
    cached_key, cached = st.session_state.get(_CACHE, (None, {}))
    if cached_key != key:
        cached = {}
    # A recipe of one step is that step alone.
    wanted = {repr(one): one for one in (recipe, *(Recipe(steps=(step,)) for step in recipe.steps))}
    measured: dict[str, Measured] = {
        name: cached.get(name) or probe(one, pictures, seed=seed, epoch=epoch)
        for name, one in wanted.items()
    }
    st.session_state[_CACHE] = key, measured
    return measured
