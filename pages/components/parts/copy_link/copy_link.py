"""A button that copies the address of the page, also over plain HTTP."""

from __future__ import annotations

from pages.components.parts.component import component

_mount = component(
    __file__,
    html="""
<div class="copy">
  <button type="button">Copy link</button>
  <span role="status"></span>
  <input readonly hidden aria-label="Link to this page" />
</div>
""",
)


def copy_link() -> None:
    """Show the button, which copies the current address when it is pressed."""
    _mount(key="copy link")
