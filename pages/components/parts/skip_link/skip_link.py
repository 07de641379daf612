"""A link that is the first stop of the page for the Tab key, and leads past everything to the recipe."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "skip_link",
    html='<a class="skip-to-recipe" href="#" hidden>Skip to the recipe</a>',
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def skip_link() -> None:
    """Put the link before everything else on the page; it is seen while it has the focus."""
    _mount(key="skip-link", width=1, height=1)
