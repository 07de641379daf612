"""The progress of preparing, and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import DataError, data
from augment.data import Preparation
from augment.data.sources import tfds
from pages.components.data.prepare import progress_text
from tests.pages.data_page import SIZE, opened, read
from tests.pages.shown import by_label, plain

Open = Callable[..., AppTest]
FLOWERS = "tfds:oxford_flowers102"


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (
            Preparation(
                state="running",
                done=1234,
                total=8189,
                message="preparing the test pictures",
                per_second=412.4,
            ),
            "Preparing the test pictures: 1,234 of 8,189, 412 per second, about 17 seconds left",
        ),
        (
            Preparation(
                state="running",
                done=2 * 10**8,
                total=8 * 10**8,
                message="downloading 200 of 800 MB",
                per_second=10**7,
            ),
            "Downloading 200 of 800 MB, about 60 seconds left",
        ),
        (Preparation(state="running", done=3000, message="listing the files"), "Listing the files"),
        (
            Preparation(state="running", done=5, total=5, message="looking for", per_second=9.0),
            "Looking for",
        ),
        (
            Preparation(
                state="running",
                done=30,
                total=90,
                message="reading 3 of 9 archives of pictures",
                per_second=2.0,
            ),
            "Reading 3 of 9 archives of pictures, about 30 seconds left",
        ),
    ],
)
def test_the_progress_as_text(now: Preparation, text: str) -> None:
    assert progress_text(now) == text


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, Preparation]:
    """The state of preparing Oxford Flowers, set by the test."""
    states = {"": Preparation(state="none")}
    real = data.preparation

    def preparation(name: str, size: int, fit: str = "crop") -> Preparation:
        return states[""] if name == FLOWERS else real(name, size, fit)

    monkeypatch.setattr(data, "preparation", preparation)
    return states


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """The calls that were made, instead of making them."""
    made: list[tuple[object, ...]] = []
    for name in ("start_preparing", "stop_preparing"):
        monkeypatch.setattr(data, name, lambda *args, name=name: made.append((name, *args)))
    return made


def test_the_download_is_announced(
    open_page: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[tuple[object, ...]],
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    app = opened(open_page, FLOWERS)
    assert "is not prepared yet" in read(app.subheader)
    assert f"This first downloads {tfds.source('oxford_flowers102').to_fetch()}." in read(
        app.markdown
    )
    assert "345 MB" in read(app.markdown)
    by_label(app.button, "Prepare").click().run()
    assert calls == [("start_preparing", FLOWERS, SIZE, "crop")]


def test_the_chosen_fit_is_prepared(open_page: Open, calls: list[tuple[object, ...]]) -> None:
    app = opened(open_page, FLOWERS, fit="stretch")
    assert app.code[0].value.endswith(f"{FLOWERS} --size {SIZE} --fit stretch")
    by_label(app.button, "Prepare").click().run()
    assert calls == [("start_preparing", FLOWERS, SIZE, "stretch")]


def test_while_it_runs_it_can_be_cancelled(
    open_page: Open, now: dict[str, Preparation], calls: list[tuple[object, ...]]
) -> None:
    now[""] = Preparation(
        state="running", done=10, total=40, message="preparing the train pictures", per_second=5.0
    )
    app = opened(open_page, FLOWERS)
    [bar] = app.get("progress")
    assert bar.proto.value == 25
    assert plain(bar.proto.text) == progress_text(now[""])
    by_label(app.button, "Cancel").click().run()
    assert calls == [("stop_preparing", FLOWERS, SIZE, "crop")]


def test_what_was_stopped_can_be_resumed(
    open_page: Open, now: dict[str, Preparation], calls: list[tuple[object, ...]]
) -> None:
    now[""] = Preparation(state="stopped", message="It was stopped at 10 of 40.")
    app = opened(open_page, FLOWERS)
    assert "It was stopped at 10 of 40." in read(app.info)
    by_label(app.button, "Resume").click().run()
    assert calls == [("start_preparing", FLOWERS, SIZE, "crop")]


def test_a_failure_has_a_reason_lists_the_bad_pictures_and_can_be_tried_again(
    open_page: Open, now: dict[str, Preparation], calls: list[tuple[object, ...]]
) -> None:
    bad = tuple(f"{n}/<b>x</b>.jpg is **bad**." for n in range(300))
    now[""] = Preparation(state="failed", message="300 *pictures* are bad.", problems=bad)
    app = open_page("data.py")
    app.session_state["data"] = FLOWERS
    app.run()
    assert read(app.error) == "300 *pictures* are bad."
    [listed] = [each for each in app.expander if "300 unreadable pictures" in each.label]
    lines = read(listed.markdown).splitlines()
    assert lines[0] == "- 0/<b>x</b>.jpg is **bad**."
    assert lines[-1] == "- And 100 more like these."
    assert len(lines) == 201
    by_label(app.button, "Try again").click().run()
    assert len(calls) == 1


def test_an_error_is_shown_once(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise DataError("No *process* can be started.")

    monkeypatch.setattr(data, "start_preparing", refuse)
    app = opened(open_page, FLOWERS)
    by_label(app.button, "Prepare").click().run()
    assert read(app.error) == "No *process* can be started."
    app.run()
    assert read(app.error) == ""


def test_preparing_again_shows_the_old_set_and_why_there_is_no_new_one(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = Preparation(state="running", message="listing the files")
    monkeypatch.setattr(data, "preparation", lambda *_: current)
    app = opened(open_page)
    assert by_label(app.button, "Cancel")
    assert by_label(app.metric, "Pictures").value == "275"
    current = Preparation(state="done", message="The folder has gone.")
    app.run()
    assert read(app.warning) == "The folder has gone. The page shows the earlier set."
