"""A button that copies the address of the page, also over plain HTTP."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

NAME = "copy_link"

_HERE = Path(__file__)
_mount = st.components.v2.component(
    NAME,
    html="""
<div class="copy">
  <button type="button">Copy link</button>
  <span role="status"></span>
  <input readonly hidden aria-label="Link to this page" />
</div>
""",
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


def copy_link() -> None:
    """Show the button, which copies the current address when it is pressed."""
    _mount(key="copy link")
