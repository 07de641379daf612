"""The pictures while a slider moves: what a session shows, as a function of its recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from augment import Recipe

Frames = Callable[[Recipe], Mapping[str, bytes]]
"""What a view shows of a recipe: for the key of each of its grids the frame, from `grid_frame`.

The page shows it, and so does a slider while it moves: the same function, so the same bytes. It is called
in other threads than that of the page, so it neither reads the session nor shows anything.
"""


def offer(recipe: Recipe, frames: Frames | None) -> None:
    """Store what this session shows, for the sliders of its page.

    Args:
        recipe: The recipe that is shown; a slider that moves changes one value of it.
        frames: What its view shows; None for a view that cannot be shown while a slider moves.
    """
