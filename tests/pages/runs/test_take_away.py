"""*Take away* on the page of a run: what is asked of the helper process, and what is offered then."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import runs
from augment.helper import Helper
from augment.model_export import FORMATS
from augment.model_export.archive import archive_path
from augment.runs.folders import RunFolder
from pages.components.runs import saved
from pages.components.session.owner import COOKIE
from tests.helper_tasks import TASKS
from tests.pages.conftest import SECONDS
from tests.pages.data_page import SIZE
from tests.pages.shown import by_label, errors, plain
from tests.run_results import with_results
from tests.runs.conftest import eventually

Open = Callable[..., AppTest]


@pytest.fixture
def run(make_run: Open) -> RunFolder:
    folder: RunFolder = make_run("taken", size=SIZE)
    with_results(folder)
    folder.best.write_bytes(b"a model")
    return folder


@pytest.fixture
def endless(helper_with: Callable[..., Helper]) -> Helper:
    """The helper process with an export that needs no TensorFlow, and never ends."""
    return helper_with({"export": TASKS["hang"]})


def opened(open_page: Open, folder: RunFolder, to: str = "keras") -> AppTest:
    app = open_page("runs.py", run=folder.id)
    app.session_state[f"{folder.id} results"] = saved.TAKE_AWAY
    app.session_state[f"{folder.id} format"] = to
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in (*app.button, *app.get("download_button"))]


def test_a_request_shows_its_stage_and_its_failure(
    open_page: Open, run: RunFolder, endless: Helper
) -> None:
    app = opened(open_page, run)
    choice = by_label(app.radio, "Format")
    assert choice.options == [each.title for each in FORMATS.values()]
    by_label(app.button, "Prepare").click().run()
    job = app.session_state["taken export keras request"]
    eventually(lambda: job.stage == "working")
    app.run()
    assert any("Working. " in each.value for each in app.markdown)
    assert "Prepare" not in labels(app)
    app.session_state["taken format"] = "litert"
    assert "Prepare" in labels(app.run()), "another format cannot be asked for meanwhile"
    app.session_state["taken format"] = "keras"
    app.run()
    endless.close()
    assert job.exception(SECONDS)
    app.run()
    assert "ended before it had a result" in errors(app)[0]
    by_label(app.button, "Prepare")


def test_what_is_there_is_offered_with_its_size_and_how_to_use_it(
    open_page: Open, run: RunFolder, visitor: Callable[..., None]
) -> None:
    """Also to who cannot change the run."""
    run.exports.mkdir()
    archive_path(runs.get(run.id), "litert").write_bytes(bytes(1_500_000))
    visitor(cookie=COOKIE * 10, address="192.168.0.9", listens="0.0.0.0")
    app = opened(open_page, run, "litert")
    assert "Download (1.5 MB)" in labels(app)
    assert "Prepare" not in labels(app)
    assert "pip install numpy pillow ai-edge-litert" in app.code[-1].value
    app.session_state["taken format"] = "keras"
    assert "Prepare" in labels(app.run())


def test_why_a_model_cannot_be_taken_away_is_a_sentence(
    open_page: Open, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)  # as where it is not installed
    app = opened(open_page, run, "onnx")
    notes = [plain(each.value) for each in app.info]
    assert any("pip install -r requirements-onnx.txt" in note for note in notes)
    assert "Prepare" not in labels(app)
    run.best.unlink()
    app.run()
    assert "has no saved model (best.keras)" in plain(app.info[0].value)
    assert not [each for each in app.radio if each.label == "Format"]
