"""The pages in a test: run in process, on prepared data that the tests share."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from augment import helper
from augment.address import encode
from augment.helper import Helper
from augment.home import runs_home
from augment.presets import PRESETS
from augment.runs import queue
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from pages.components.session import owner
from tests.conftest import ROOT

SECONDS = 180
"""How long a page, or a request that a test waits for, may take: the machine is busy with other tests."""
GUIDE = encode(PRESETS["guide"].recipe.to_json())
METRICS = "epoch,loss,accuracy,val_loss,val_accuracy\n1,2.5,0.1,2.4,0.25\n2,2.0,0.3,2.1,0.2\n"
STEPS = (
    "epoch,step,steps_per_epoch,seconds,waited,loss,accuracy\n"
    "1,1,4,30,0,2.9,0.05\n1,4,4,36,0,2.5,0.1\n2,2,4,42,0,2.2,0.2\n"
)


@pytest.fixture(scope="session")
def spare_processes() -> Iterator[list[Any]]:
    """Helper processes that tests have left idle: to start one takes longer than most pages."""
    spare: list[Any] = []
    yield spare
    for process in spare:
        process.end()


@pytest.fixture
def helper_with(
    tmp_path_factory: pytest.TempPathFactory,
    shared_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    spare_processes: list[Any],
) -> Iterator[Callable[[Mapping[str, str]], Helper]]:
    """Give the pages a helper with these tasks, which need no TensorFlow.

    It takes over a process of an earlier test, if one was left idle. A test of what a new process
    does closes the helper first.
    """
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.getbasetemp()))
    all_made: list[Helper] = []

    def make(tasks: Mapping[str, str]) -> Helper:
        made = Helper(tasks=tasks)
        made._process = spare_processes.pop() if spare_processes else None
        all_made.append(made)
        monkeypatch.setattr(helper, "HELPER", made)
        return made

    yield make
    for made in all_made:
        with made._changed:
            is_idle = not (made._line or made._long)
            process, made._process = made._process, None
        if process and is_idle and process.is_alive:
            spare_processes.append(process)
        elif process:
            process.end()


@pytest.fixture(scope="session", autouse=True)
def scan_for_components_once() -> Iterator[None]:
    """Each AppTest reads the metadata of all installed packages, which takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session", autouse=True)
def list_runs_each_time() -> Iterator[None]:
    """Tests change the files of runs as another process would, and look at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "SHARED_S", 0.0)
        yield


Visit = Callable[..., None]


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Choose what the browser of a page sends and how the server was started.

    By default it is a browser on the server's own machine, whose server listens on that alone.
    """
    context, listened = type(st.context), config.get_option("server.address")

    def visit(
        *,
        cookie: str = "",
        address: str | None = None,
        headers: Mapping[str, str] | None = None,
        listens: str = "127.0.0.1",
    ) -> None:
        here = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}
        sent = {
            "headers": here | dict(headers or {}),
            "cookies": {owner.COOKIE: cookie} if cookie else {},
            "ip_address": address,
        }
        for name, value in sent.items():
            monkeypatch.setattr(context, name, property(lambda _, value=value: value))
        config.set_option("server.address", listens)

    visit()
    yield visit
    config.set_option("server.address", listened)


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
    """Open a page as a new visitor, with these parameters in the address.

    Pages with a recipe are opened with that of the guide unless the address has another (`r=""` for the
    one that a new visitor sees), since its sliders are what most tests move.
    """

    def opened(
        page: str = "explore.py", *, secrets: Mapping[str, Any] | None = None, **parameters: str
    ) -> AppTest:
        app = AppTest.from_file(ROOT / "pages" / "main.py", default_timeout=SECONDS)
        app.secrets = dict(secrets or {})
        if page != "explore.py":
            app.switch_page(page)
        if page in ("explore.py", "train.py", "sweep.py"):
            parameters = {"r": GUIDE, **parameters}
        for name, value in parameters.items():
            if value or name != "r":
                app.query_params[name] = value
        return app.run()

    return opened


@pytest.fixture
def make_run(shared_home: Path) -> Iterator[Callable[..., RunFolder]]:
    """Write the folder of a run that is over."""
    made: list[RunFolder] = []

    def make(
        run_id: str,
        name: str = "",
        state: str = "SUCCEEDED",
        reason: str = "",
        **settings: object,
    ) -> RunFolder:
        folder = RunFolder(runs_home() / run_id)
        made.append(folder)
        folder.path.mkdir(parents=True)
        config = RunConfig.from_dict(
            {"recipe": PRESETS["mixing"].recipe, "epochs": 2, "name": name or run_id} | settings
        )
        then = datetime.now(UTC) - timedelta(minutes=len(made))
        spec = {"version": 1, "config": config.to_dict(), "created": then.isoformat()}
        folder.spec.write_text(json.dumps(spec))
        folder.state.write_text(json.dumps({"state": state, "reason": reason}))
        folder.metrics.write_text(METRICS)
        folder.steps.write_text(STEPS)
        folder.log.write_text("epoch 1 of 2\nepoch 2 of 2\n")
        return folder

    yield make
    for folder in made:
        if folder.path.exists():  # the test has not deleted it
            shutil.rmtree(folder.path)
