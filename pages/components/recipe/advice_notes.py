"""Advice on how far a recipe may go: at each step what is unusual, under the pictures what was lost."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from augment import Recipe, Step, registry
from augment.advice import Advice, advice_on_values, measure_step, measure_whole
from pages.components.pictures.chosen import Shown
from pages.components.session import workbench
from pages.components.session.words import escaped

_KEPT = "measured advice"


def sentences(step_id: str) -> tuple[str, ...]:
    """Return what is unusual about the values that a step has now."""
    said = advice_on_values(workbench.recipe())
    return tuple(advice.sentence for advice in said if advice.step == step_id)


def on_step(step: Step) -> None:
    """Show what is unusual about the values of a step."""
    for sentence in sentences(step.id):
        st.caption(f":material/lightbulb: {escaped(sentence)}")


def on_pictures(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show what the recipe as a whole asks for, and what it leaves of the pictures shown."""
    titles = {step.id: registry()[step.op].title for step in recipe.walk()}
    whole = (advice for advice in advice_on_values(recipe) if not advice.step)
    said = [*whole, *_measured(shown, recipe, seed=seed, epoch=epoch)]
    if said:
        st.markdown(
            "**Worth a thought**\n\n"
            + "\n".join(
                f"- {escaped(titles[advice.step])}: {escaped(advice.sentence)}"
                if advice.step
                else f"- {escaped(advice.sentence)}"
                for advice in said
            )
        )


def _measured(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> Iterable[Advice]:
    """Return what was measured on each step and on the whole; what stayed is not measured again."""
    of = (shown.sheet, shown.labels.tobytes(), shown.ids.tobytes(), shown.size, seed, epoch)
    given = (shown.images, shown.labels, shown.ids)
    drawn = {"seed": seed, "epoch": epoch}
    kept_of, kept = st.session_state.get(_KEPT, (None, {}))
    if kept_of != of:
        kept = {}
    fresh = {}
    for step in recipe.steps:
        found = kept.get(repr(step))
        fresh[repr(step)] = measure_step(step, *given, **drawn) if found is None else found
    alone = [advice for found in fresh.values() for advice in found]
    whole = kept.get(repr(recipe))
    if whole is None:
        whole = measure_whole(recipe, *given, **drawn, said=alone)
    fresh[repr(recipe)] = whole
    st.session_state[_KEPT] = of, fresh
    return (*alone, *whole)
