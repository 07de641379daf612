"""Keyboard shortcuts that press the buttons with the keys "undo" and "redo" of the page."""

from __future__ import annotations

from pages.components.parts.component import component

# Not `st.button(shortcut=…)`: that takes the keys away from text fields, where they undo typing, allows
# one combination a button, and writes it on the button.
_mount = component(__file__, shared=("running",))


def undo_keys() -> None:
    """Bind Ctrl+Z to Undo, Ctrl+Shift+Z and Ctrl+Y to Redo (Cmd on a Mac), except in text fields."""
    _mount(key="undo-keys", width=1, height=1)
