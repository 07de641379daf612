"""Advice: unusual values at each step, and under the pictures how much of them the recipe leaves."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Recipe, registry
from augment.advice import Advice, advice_on_values, measure_step, measure_whole
from pages.components.pictures.picture_choice import Pictures
from pages.components.session.text import escaped

_CACHE = "measured advice"


def show_for_pictures(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show the advice on the recipe as a whole, and on what it leaves of the pictures."""
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    whole = (advice for advice in advice_on_values(recipe) if not advice.step)
    lines = [
        f"{titles[advice.step]}: {advice.sentence}" if advice.step else advice.sentence
        for advice in (*whole, *_measured(pictures, recipe, seed=seed, epoch=epoch))
    ]
    if lines:
        st.markdown("**Advice**\n\n" + "\n".join(f"- {escaped(line)}" for line in lines))


def _measured(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Sequence[Advice]:
    """Return what was measured on each step and on the recipe; what has not changed is cached."""
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
    steps: dict[str, tuple[Advice, ...]] = {}
    for step in recipe.steps:
        found = cached.get(repr(step))
        if found is None:
            found = measure_step(step, pictures, seed=seed, epoch=epoch)
        steps[repr(step)] = found
    alone = [advice for found in steps.values() for advice in found]
    whole = cached.get(repr(recipe))
    if whole is None:
        whole = measure_whole(recipe, pictures, seed=seed, epoch=epoch, known=alone)
    st.session_state[_CACHE] = key, {**steps, repr(recipe): whole}
    return (*alone, *whole)
