"""What somebody asked of keras_cv: on its way, or what came of it.

It takes seconds, so it is asked in a thread that knows nothing of the page. What was asked, and what
came of it, is in the session, and belongs to one recipe, seed, epoch and set of pictures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from augment import AugmentError, Recipe, kerascv
from augment.kerascv import Asked
from pages.components import workbench
from pages.components.reference_pair import Pair, pair
from pages.components.shown import Shown

HELD = "reference"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is rendered; a result is shown for nothing else."""

    recipe: Recipe
    seed: int
    epoch: int
    pictures: str


@dataclass(kw_only=True)
class Held:
    """What somebody asked for: on its way, then refused or made into a pair."""

    subject: Subject
    asked: Asked | None = None
    problem: str = ""
    pair: Pair | None = None


def subject(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> Subject:
    """Return what is to be rendered."""
    parts = (shown.sheet, shown.labels.tobytes(), shown.ids.tobytes())
    name = hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()
    return Subject(recipe=recipe, seed=seed, epoch=epoch, pictures=name)


def settled(shown: Shown, wanted: Subject) -> Held | None:
    """Return what somebody asked for, with what has become of it by now."""
    held: Held | None = st.session_state.get(HELD)
    if held is None or held.asked is None:
        return held
    if held.subject != wanted and (held.asked.done or held.asked.ahead):
        # Who presses and goes on tuning wants to see what is on the screen by then.
        return ask(shown, wanted)
    if held.asked.done:
        asked, held.asked = held.asked, None
        try:
            reference = asked.result()
            held.pair = pair(shown, wanted.recipe, reference, seed=wanted.seed, epoch=wanted.epoch)
        except AugmentError as error:
            held.problem = str(error)
    return held


def ask(shown: Shown, wanted: Subject) -> Held:
    """Ask for the pictures, in place of what was asked for before."""
    held: Held | None = st.session_state.get(HELD)
    if held and held.asked:
        if held.subject == wanted:
            return held  # a second click, on its way before the first was answered
        held.asked.cancel()
    held = Held(subject=wanted)
    try:
        held.asked = kerascv.ask(wanted.recipe, shown.images, shown.labels)
    except AugmentError as error:
        held.problem = str(error)
    st.session_state[HELD] = held
    return held


def stop() -> None:
    """Wait for nothing any more."""
    held: Held | None = st.session_state.pop(HELD, None)
    if held and held.asked:
        held.asked.cancel()
    st.rerun(workbench.STAGE)
