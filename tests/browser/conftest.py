"""The real server and a real Chromium; an error or warning of either of them fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from augment import runs
from augment.address import encode
from augment.presets import PRESETS
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system import files
from tests.run_results import with_results
from tests.runs.conftest import cancel_runs, eventually
from tests.serving import Server, serving

# Long, because a training may use both cores; the event itself ends the wait.
MILLISECONDS_TO_ANSWER = 90_000  # for a machine that is busy with other tests


expect.set_options(timeout=MILLISECONDS_TO_ANSWER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the server keeps runs and data; no run outlives the tests."""
    home = tmp_path_factory.mktemp("server") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home))
        yield home
        cancel_runs()
        eventually(lambda: all(run.is_over for run in runs.list_runs()), 60)


@pytest.fixture(scope="session")
def server(server_home: Path) -> Iterator[Server]:
    log = server_home.parent / "server.log"
    with serving("app.py", log, AUGMENT_HOME=str(server_home)) as server:
        yield server


@pytest.fixture(scope="module")
def tiny_run(server_home: Path) -> Iterator[tuple[RunFolder, Any]]:
    """A finished run on the bundled photographs, and its model: a real, tiny one that nobody trained."""
    from tests.train.conftest import tiny

    recipe = PRESETS["crop_and_flip"].recipe
    folder = folders.create("tiny", RunConfig(recipe=recipe, size=32, epochs=1, name="tiny"), [1])
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    with_results(folder)
    model = tiny(5)
    model.save(folder.best)
    yield folder, model
    shutil.rmtree(folder.path)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        pytest.skip(f"no Chromium at {path} (set CHROMIUM)")
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update"]
    # A page that is opened in the process of another one finds Streamlit's scripts compiled there.
    shared = ["--process-per-site"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*flags, *quiet, *shared])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> list[BrowserContext]:
    """Windows that stay open for all tests: to open one costs half as much as the page in it."""
    return []


@pytest.fixture
def new_tab(chromium: Browser, windows: list[BrowserContext]) -> Iterator[Callable[[], Page]]:
    """Open a tab as a new visitor, each time in another window."""
    taken = 0

    def opened() -> Page:
        nonlocal taken
        if taken == len(windows):
            windows.append(chromium.new_context())
            windows[taken].new_page()
        taken += 1
        return windows[taken - 1].new_page()

    yield opened
    for window in windows[:taken]:
        first, *others = window.pages
        cleaning = window.new_cdp_session(first)
        for page in others:
            origin = page.evaluate("location.origin")
            page.close()
            if origin != "null":
                stored = {"origin": origin, "storageTypes": "all"}
                cleaning.send("Storage.clearDataForOrigin", stored)
        cleaning.detach()
        window.clear_permissions()
        window.clear_cookies()


GUIDE = encode(PRESETS["guide"].recipe.to_json())


@dataclass
class Visits:
    """Opens pages as new visitors, and collects the errors and warnings of their browsers."""

    server: Server
    new_tab: Callable[[], Page]
    problems: list[str] = field(default_factory=list)

    def __call__(
        self,
        path: str = "/",
        *,
        width: int = 1280,
        scheme: str = "light",
        prepare: Callable[[Page], None] = lambda page: None,
    ) -> Page:
        """Open a page; `prepare` gets the tab while it is still empty."""
        page = self.new_tab()
        first = page.context.pages[0]
        if first.url == "about:blank":  # it keeps the process of the server's pages
            first.goto(f"{self.server.url}/_stcore/health")
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_default_timeout(MILLISECONDS_TO_ANSWER)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self._logged(message.type, message.text))
        page.on("requestfailed", lambda request: self._request_failed(request.url))
        # Most tests move sliders of the guide's recipe, so Explore opens with it where none is named.
        if path.partition("?")[0] == "/" and "r=" not in path:
            path += ("&" if "?" in path else "?") + f"r={GUIDE}"
        prepare(page)
        page.goto(path if path.startswith("http") else self.server.url + path)
        return page

    def _logged(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"{kind}: {text}")

    def _request_failed(self, url: str) -> None:
        # One to the server, or to a proxy before it, fails when a page is closed while a font is loaded.
        # The script of a component is a `blob:` of the page, and goes with it.
        if urlsplit(url.removeprefix("blob:")).hostname != urlsplit(self.server.url).hostname:
            self.problems.append(f"a request to {url}")


@pytest.fixture
def visit(server: Server, new_tab: Callable[[], Page]) -> Iterator[Visits]:
    """A way to open pages; the test fails if a browser or the server logs an error or a warning."""
    since = server.log.stat().st_size
    visits = Visits(server, new_tab)
    yield visits
    assert visits.problems == []
    assert server.problems(since) == []
