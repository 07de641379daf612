"""The recipe as a tree of steps with sliders: folded, moved and changed in the browser.

One component rather than widgets of Streamlit: those report a slider when it is let go, cannot be dragged
to another place, and take a round trip to fold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.components.parts.component import component

KEY = "recipe-panel"
"""The key of the element."""

_mount = component(__file__, "_steps", "_settings", "_places", shared=("running",))


def recipe_panel(data: Mapping[str, Any], *, on_edits: Callable[[Any], None]) -> Any:
    """Show a recipe.

    A slider that moves says so on the document, by the event `augment:drag` with `phase` ("move", "end"
    or "cancel"), `step`, `name` and `value`. On `augment:focus-recipe` the first slider takes the focus.

    Args:
        data: The recipe as JSON, from `panel.described`.
        on_edits: Called when there are new edits, with whatever the browser sent: the last of them, each
            with a number, so that none is lost if messages are merged.

    Returns:
        What the browser sent last.
    """

    def changed() -> None:
        # While a run is interrupted, the element may be without a state.
        on_edits((st.session_state.get(KEY) or {}).get("edits"))

    # Of a list, Streamlit asks whether it is a table, for which it imports pandas (50 MB).
    shown = {name: tuple(one) if isinstance(one, list) else one for name, one in data.items()}
    return _mount(data=shown, key=KEY, on_edits_change=changed).get("edits")
