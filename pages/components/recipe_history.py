"""The recipes that were there before this one, and those that were undone."""

from __future__ import annotations

from dataclasses import dataclass

from augment import Recipe

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
