"""The pages in a test: run in process, on prepared data that the tests share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

SECONDS = 60


@pytest.fixture(scope="session", autouse=True)
def scan_for_components_once() -> Iterator[None]:
    """Each AppTest reads the metadata of all installed packages, which takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``AUGMENT_HOME`` in which what one test prepares is there for the next."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def shared_home(prepared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUGMENT_HOME", str(prepared_home))
    return prepared_home


@pytest.fixture
def open_page(shared_home: Path) -> Callable[..., AppTest]:
    """Open a page as a new visitor, with these parameters in the address."""

    def opened(page: str = "explore.py", **parameters: str) -> AppTest:
        app = AppTest.from_file(ROOT / "pages" / "main.py", default_timeout=SECONDS)
        if page != "explore.py":
            app.switch_page(page)
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return opened
