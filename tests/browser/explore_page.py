"""What the tests read from a page, most of it from Explore and its grid, and what they wait for."""

from __future__ import annotations

import base64
import re

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
"""Whether nothing is wider than the window; for `wait_for_function`, as charts follow its width later."""


def settle(page: Page) -> None:
    """Wait until nothing runs, once something of the page is there.

    Before that there may be two of an element, the old one and the new one; what is below one that comes
    moves down, a list that is open is closed, and a link leads on without its parameters.
    """
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def painted(page: Page) -> str:
    """Wait for the grid and return the name of what it shows."""
    grid = page.locator(".grid[data-digest]")
    expect(grid).to_have_count(1)
    return str(grid.get_attribute("data-digest"))


def shows(page: Page, digest: str) -> None:
    """Wait until the grid shows this, and nothing that a slider showed meanwhile."""
    expect(page.locator(".grid")).to_have_attribute("data-digest", digest)


def repainted(page: Page, before: str) -> str:
    """Wait for another picture than this one."""
    page.locator(f'.grid[data-digest]:not([data-digest="{before}"])').first.wait_for()
    return painted(page)


class Line:
    """The connection of a page to the server, of which answers can be held; before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.asked: list[bytes | str] = []
        self.held: list[bytes | str] = []
        self.is_held = False
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/_stcore/stream"), self._begin)

    def release(self) -> None:
        """Let through what was held, and all that follows."""
        self.is_held = False
        for sent in self.held:
            self._sockets[-1].send(sent)
        self.held.clear()

    def _begin(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(
            lambda sent: self.held.append(sent) if self.is_held else socket.send(sent)
        )
        socket.on_message(lambda sent: (self.asked.append(sent), server.send(sent)))
        self._sockets.append(socket)


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
