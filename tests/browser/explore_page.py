"""What the tests read from the Explore page and its grid, and wait for."""

from __future__ import annotations

import base64

from playwright.sync_api import Locator, Page


def painted(page: Page) -> str:
    """Wait for the grid and return the name of what it shows."""
    grid = page.locator(".grid[data-digest]")
    grid.wait_for()
    return str(grid.get_attribute("data-digest"))


def repainted(page: Page, before: str) -> str:
    """Wait for another picture than this one."""
    page.locator(f'.grid[data-digest]:not([data-digest="{before}"])').first.wait_for()
    return painted(page)


def slider(page: Page, label: str) -> Locator:
    """Return the slider of a parameter."""
    return page.get_by_role("slider", name=label, exact=True)


def pixels(page: Page, name: str) -> bytes:
    """Return the pixels of one picture, red, green, blue and opacity of each, by its alt text."""
    # Read from a copy, because a canvas that is read turns into a slower one.
    copied = """shown => {
      const copy = document.createElement("canvas");
      copy.width = shown.width;
      copy.height = shown.height;
      const context = copy.getContext("2d", { willReadFrequently: true });
      context.drawImage(shown, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      return btoa(data.reduce((text, level) => text + String.fromCharCode(level), ""));
    }"""
    return base64.b64decode(page.get_by_role("img", name=name).first.evaluate(copied))
