"""The recipes that were there before this one, and those that were undone.

The recipe that this browser tab is working on.

It lives in the session and, whole and explicit, in the address parameter `r`; the session is what
widgets change, the address is what people share. The address is read when a page is opened with it
and when somebody goes back or forward; at any other time a run may bring an address older than the
latest change, so it is only written.

Whatever changes the recipe can be undone, and redone until something else changes it. The browser's
own history is another one, of addresses: undoing is a step forward in it. A recipe that comes back
that way is looked for among those that can be undone or redone first, so that Back is an undo, Forward
a redo, and the buttons go on from where they arrive.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from augment import Recipe, RecipeError
from augment.presets import DEFAULT, PRESETS
from pages.components.session import address
from pages.components.session.address import arrived

MOST = 100
"""How many recipes can be undone; one takes 3 KB as a rule, and 26 KB at the most."""


@dataclass(frozen=True, kw_only=True)
class History:
    """A recipe between those before it and those after it.

    Attributes:
        now: The recipe.
        past: What `undone` brings back, oldest first; at most `MOST`.
        future: What `redone` brings back, next first.
    """

    now: Recipe
    past: tuple[Recipe, ...] = ()
    future: tuple[Recipe, ...] = ()

    def changed(self, recipe: Recipe) -> History:
        """Return the history after a change; what was undone before is gone."""
        if recipe == self.now:
            return self
        return History(now=recipe, past=(*self.past, self.now)[-MOST:])

    def undone(self) -> History:
        """Return the history one step back, or the same if there is none."""
        if not self.past:
            return self
        return History(now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future))

    def redone(self) -> History:
        """Return the history one step on, or the same if nothing was undone."""
        if not self.future:
            return self
        return History(now=self.future[0], past=(*self.past, self.now), future=self.future[1:])

    def moved(self, recipe: Recipe) -> History:
        """Return the history where it has this recipe, the nearest; if it never had it, a change."""
        back, on = self, self
        while back.past or on.future:
            back, on = back.undone(), on.redone()
            if recipe == back.now:
                return back
            if recipe == on.now:
                return on
        return self.changed(recipe)


PARAMETER = "r"
STAGE = "stage"
"""The key of the fragment that shows what the recipe does."""
PANEL = "panel"
"""The key of the fragment that shows the recipe."""


def adopt_address() -> None:
    """Take the recipe from the address where it is news; call it first on every page."""
    state = st.session_state
    is_new = "recipe" not in state
    if is_new:
        _put(History(now=PRESETS[DEFAULT].recipe))
        state.recipe_version = 0
    parameter = st.query_params.get(PARAMETER)
    if not arrived("workbench") or parameter in (None, address.encode(recipe().to_json())):
        return
    try:
        brought = Recipe.from_json(address.decode(parameter))
    except RecipeError as error:
        refuse(error)
        return
    # Nobody has seen what was there before the first address, so there is no way back to it.
    _replace(History(now=brought) if is_new else _history().moved(brought))


def recipe() -> Recipe:
    """Return the recipe as it is now."""
    tuned: Recipe = st.session_state.recipe
    return tuned


def problem() -> str | None:
    """Return what was wrong with the recipe that somebody last brought, if anything."""
    text: str | None = st.session_state.recipe_problem
    return text


def version() -> int:
    """Return a number that rises with each recipe loaded; part of the keys of its widgets."""
    number: int = st.session_state.recipe_version
    return number


def load(recipe: Recipe) -> None:
    """Put another recipe in place of this one; all its widgets start anew."""
    _replace(_history().changed(recipe))


def change(recipe: Recipe) -> None:
    """Put the recipe in place after one of its widgets changed it."""
    _put(_history().changed(recipe))


def can_undo() -> bool:
    """Whether there is a recipe to go back to."""
    return bool(_history().past)


def can_redo() -> bool:
    """Whether something was undone that nothing has replaced since."""
    return bool(_history().future)


def undo() -> None:
    """Bring back the recipe that was there before the last change, widgets and all."""
    _replace(_history().undone())


def redo() -> None:
    """Bring back the recipe that was last undone."""
    _replace(_history().redone())


def refuse(error: RecipeError) -> None:
    """Keep the recipe, and remember what was wrong with the one that somebody brought."""
    st.session_state.recipe_problem = f"{error} The recipe stays as it was."


def write_address() -> None:
    """Make the address say what the recipe is now."""
    parameter = address.encode(recipe().to_json())
    if st.query_params.get(PARAMETER) != parameter:
        st.query_params[PARAMETER] = parameter


def link() -> dict[str, str]:
    """Return the parameters that carry the recipe to another page."""
    return {PARAMETER: address.encode(recipe().to_json())}


def _history() -> History:
    history: History = st.session_state.recipe_history
    return history


def _put(history: History) -> None:
    st.session_state.recipe_history = history
    st.session_state.recipe = history.now
    st.session_state.recipe_problem = None


def _replace(history: History) -> None:
    _put(history)
    st.session_state.recipe_version += 1
