"""The recipe of this browser tab, with undo and redo.

It is in the session and, complete and explicit, in the address parameter `r`: widgets change the
session, users share the address. The address is read when a page is opened with it and when a user goes
back or forward; in any other run it may be older than the latest change, so it is only written.

The browser has another history, of addresses, in which undoing is a step forward. A recipe that comes
back that way is searched among those that can be undone or redone, so that Back is an undo, Forward
a redo, and the buttons continue from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from augment import Recipe, RecipeError
from augment.address import RECIPE, decode, encode
from augment.presets import PRESETS, START
from pages.components.session import address
from pages.components.session.address import arrived

PARAMETER = RECIPE
MOST_UNDONE = 100
"""How many changes can be undone; a recipe takes 3 KB as a rule, and at most 26 KB."""


@dataclass(frozen=True, kw_only=True)
class History:
    """A recipe with those before it and those after it.

    Attributes:
        now: The current recipe.
        past: What `undone` restores, oldest first; at most `MOST_UNDONE`.
        future: What `redone` restores, next first.
    """

    now: Recipe
    past: tuple[Recipe, ...] = ()
    future: tuple[Recipe, ...] = ()

    def changed(self, recipe: Recipe) -> History:
        """Return the history after a change, which drops what could be redone."""
        if recipe == self.now:
            return self
        return History(now=recipe, past=(*self.past, self.now)[-MOST_UNDONE:])

    def replaced(self, recipe: Recipe) -> History:
        """Return the history with this recipe in the place of what the last change made."""
        if not self.past:
            return self.changed(recipe)
        return History(now=self.past[-1], past=self.past[:-1]).changed(recipe)

    def undone(self) -> History:
        """Return the history one step back, or the same if there is none."""
        if not self.past:
            return self
        return History(now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future))

    def redone(self) -> History:
        """Return the history one step forward, or the same if nothing was undone."""
        if not self.future:
            return self
        return History(now=self.future[0], past=(*self.past, self.now), future=self.future[1:])

    def moved(self, recipe: Recipe) -> History:
        """Return the history at the nearest place with this recipe, or a change if there is none."""
        back, forward = self, self
        while back.past or forward.future:
            back, forward = back.undone(), forward.redone()
            if recipe == back.now:
                return back
            if recipe == forward.now:
                return forward
        return self.changed(recipe)


def adopt_address() -> None:
    """Take the recipe from the address if that is new; call it first on every page."""
    state = st.session_state
    is_new = "recipe" not in state
    if is_new:
        _put(History(now=PRESETS[START].recipe))
        state.recipe_version = 0
    parameter = st.query_params.get(PARAMETER)
    if not arrived("workbench") or parameter in (None, encode(recipe().to_json())):
        return
    try:
        requested = Recipe.from_json(decode(parameter))
    except RecipeError as error:
        refuse(error)
        return
    # The user has not seen the default that a first address replaces, so it cannot be undone.
    _replace(History(now=requested) if is_new else _history().moved(requested))


def recipe() -> Recipe:
    """Return the current recipe."""
    current: Recipe = st.session_state.recipe
    return current


def problem() -> str | None:
    """Return what was wrong with the recipe last requested, if anything."""
    text: str | None = st.session_state.recipe_problem
    return text


def version() -> int:
    """Return a number that increases with each recipe loaded; part of the keys of its widgets."""
    number: int = st.session_state.recipe_version
    return number


def load(recipe: Recipe, remarks: Sequence[str] = ()) -> None:
    """Replace the recipe; all its widgets are made anew.

    Args:
        recipe: The recipe.
        remarks: What it could not take over from where it comes from, kept until the next one is loaded.
    """
    _replace(_history().changed(recipe))
    st.session_state.recipe_remarks = tuple(remarks)


def remarks() -> tuple[str, ...]:
    """Return what the recipe that was loaded could not take over."""
    sentences: tuple[str, ...] = st.session_state.get("recipe_remarks", ())
    return sentences


def change(recipe: Recipe, *, replaces: bool = False) -> None:
    """Replace the recipe by one that its widgets show already.

    Args:
        recipe: The recipe.
        replaces: Whether it takes the place of the last change, so that both are undone at once.
    """
    _put(_history().replaced(recipe) if replaces else _history().changed(recipe))


def can_undo() -> bool:
    """Whether there is a change to undo."""
    return bool(_history().past)


def can_redo() -> bool:
    """Whether there is a change to redo."""
    return bool(_history().future)


def undo() -> None:
    """Restore the recipe before the last change, and its widgets."""
    _replace(_history().undone())


def redo() -> None:
    """Restore the recipe that was last undone."""
    _replace(_history().redone())


def refuse(error: RecipeError) -> None:
    """Keep the recipe, and store what was wrong with the requested one."""
    st.session_state.recipe_problem = f"{error} Your recipe is unchanged."


def write_address() -> None:
    """Write the recipe into the address."""
    address.put(link())


def link() -> dict[str, str]:
    """Return the address parameters that open a page with the recipe."""
    return {PARAMETER: encode(recipe().to_json())}


def _history() -> History:
    history: History = st.session_state.recipe_history
    return history


def _put(history: History) -> None:
    st.session_state.recipe_history = history
    st.session_state.recipe = history.now
    st.session_state.recipe_problem = None


def _replace(history: History) -> None:
    _put(history)
    st.session_state.recipe_remarks = ()
    st.session_state.recipe_version += 1
