"""A link that is the first stop of the page for the Tab key, and leads past everything to the recipe."""

from __future__ import annotations

from pages.components.parts.component import component

_mount = component(
    __file__, html='<a class="skip-to-recipe" href="#" hidden>Skip to the recipe</a>'
)


def skip_link() -> None:
    """Put the link before everything else on the page; it is seen while it has the focus."""
    _mount(key="skip-link", width=1, height=1)
