"""The page Predict: which run, which pictures, what its model says, and the requests behind it."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import data, helper
from augment.data.source import VALIDATION
from augment.helper import Helper
from augment.presets import PRESETS
from augment.runs.folders import RunFolder
from augment.system import files as system_files
from pages.components.predict import answers as answering
from pages.components.predict.pictures import MOST, camera_is_allowed
from tests.data.images import picture_files as files
from tests.pages.conftest import SECONDS
from tests.pages.predict.model_tasks import DARK, LIGHT, TASKS
from tests.pages.shown import by_label, errors, go_to, parameter, plain
from tests.run_results import with_results

Open = Callable[..., AppTest]
Make = Callable[..., RunFolder]
File = tuple[str, bytes, str]

SIZE = 32
NAMES = data.source("bundled").class_names


def picture(name: str, level: int) -> File:
    """Return a picture that is nearly one grey, as a file of a user."""
    pixels = np.random.default_rng(level).integers(level, level + 20, (40, 48, 3)).astype(np.uint8)
    return name, files.saved(pixels, "PNG"), "image/png"


BRIGHT, DIM = picture("bright.png", 200), picture("dim.png", 20)


@pytest.fixture(scope="module")
def process() -> Iterator[Helper]:
    """The helper process of all tests, with a model that tells dark pictures from light ones."""
    made = Helper(tasks=TASKS)
    yield made
    made.close()


@pytest.fixture
def model(process: Helper, monkeypatch: pytest.MonkeyPatch, shared_home: Path) -> Iterator[Helper]:
    monkeypatch.setattr(helper, "HELPER", process)
    yield process
    (shared_home / "hold").unlink(missing_ok=True)


@pytest.fixture
def trained(make_run: Make) -> Make:
    """Write the folder of a run with a model and an evaluation."""

    def make(run_id: str = "trained", **settings: object) -> RunFolder:
        folder = make_run(run_id, size=SIZE, **settings)
        folder.best.write_bytes(b"a model")
        with_results(folder)
        return folder

    return make


def cards(app: AppTest, key: str) -> list[dict[str, Any]]:
    """Return the texts of the cards of one element; none where it is not shown."""
    for element in app.get("bidi_component"):
        if element.proto.id.endswith(f"predict {key}"):
            frame = element.proto.bytes
            (length,) = struct.unpack("<I", frame[:4])
            found: list[dict[str, Any]] = json.loads(frame[4 : 4 + length])["cards"]
            return found
    return []


def waits(app: AppTest) -> bool:
    return any("hourglass" in each.value for each in app.markdown)


def answered(app: AppTest) -> AppTest:
    """Run the page until nothing is waited for."""
    deadline = time.monotonic() + SECONDS
    while waits(app):
        assert time.monotonic() < deadline
        app.run()
    assert not app.exception
    return app


def give(app: AppTest, *given: File) -> AppTest:
    app.file_uploader[0].set_value(given)
    return app.run()


def text(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.warning, *app.info, *app.error]
    return plain("\n".join(element.value for element in shown))


def test_without_a_model_the_page_leads_to_train(open_page: Open, make_run: Make) -> None:
    make_run("no-model")
    app = open_page("predict.py")
    assert errors(app) == []
    assert "There is no trained model yet." in text(app)
    assert [link.proto.page for link in app.get("page_link")] == ["train"]


def test_a_run_that_is_gone_or_has_no_model_is_one_sentence(
    open_page: Open, make_run: Make, trained: Make
) -> None:
    trained()
    make_run("no-model", size=SIZE)
    app = open_page("predict.py", run="deleted")
    assert [plain(each.value) for each in app.warning] == [
        "There is no run 'deleted'; it may have been deleted."
    ]
    assert not app.file_uploader
    app = open_page("predict.py", run="no-model")
    [sentence] = errors(app)
    assert "no saved model (best.keras)" in sentence
    assert by_label(app.selectbox, "Model of the run").value == "no-model"


def test_a_run_whose_classes_changed_is_one_sentence(open_page: Open, trained: Make) -> None:
    folder = trained()
    found = system_files.read_json(folder.evaluation)
    assert found
    found["per_class"][0]["name"] = "weed"
    system_files.write_json(folder.evaluation, found)
    [sentence] = errors(open_page("predict.py"))
    assert "weed" in sentence
    assert "train again" in sentence


def test_a_model_answers_with_five_bars_and_the_nearest_pictures(
    open_page: Open, trained: Make, model: Helper
) -> None:
    trained()
    app = answered(give(open_page("predict.py"), BRIGHT, DIM))
    assert errors(app) == []
    one, other = cards(app, "answers")
    assert (one["title"], one["text"]) == (NAMES[LIGHT], "bright.png")
    assert (other["title"], other["text"]) == (NAMES[DARK], "dim.png")
    assert [len(each["bars"]) for each in (one, other)] == [5, 5]
    assert one["bars"][0] == {"name": NAMES[LIGHT], "share": pytest.approx(0.8), "text": "80.0%"}
    assert [card["text"] for card in cards(app, "nearest")][::4] == [
        "similarity 0.90",
        "similarity 0.50",
    ]
    assert "evenly chosen" in text(app)
    assert not cards(app, "view cards")
    shown = text(app)
    assert "32 px, 11 classes, right in " in shown
    assert f"guessing: {1 / 11:.1%}" in shown


def test_each_view_has_its_vote_and_the_methods_need_no_new_request(
    open_page: Open, trained: Make, model: Helper, shared_home: Path
) -> None:
    trained()
    app = give(open_page("predict.py", recipe="crop_and_flip", views="5", seed="3"), BRIGHT)
    answered(app)
    views = cards(app, "view cards")
    assert [card["title"] for card in views] == ["As it is", *(f"View {n}" for n in range(2, 6))]
    assert {card["text"] for card in views} == {f"{NAMES[LIGHT]}, 80%"}
    assert f"5 views; the votes: {NAMES[LIGHT]} 5." in text(app)
    before = app.session_state["predict requests"]["views"]
    by_label(app.selectbox, "Combined by").set_value("votes").run()
    assert app.session_state["predict requests"]["views"] is before
    [answer] = cards(app, "answers")
    assert [bar["text"] for bar in answer["bars"]] == ["100.0%"]
    # Until other views are answered, the picture as it is has its answer.
    (shared_home / "hold").touch()
    by_label(app.number_input, "Views").set_value(6).run()
    assert waits(app)
    assert [card["title"] for card in cards(app, "answers")] == [NAMES[LIGHT]]
    assert not cards(app, "view cards")
    (shared_home / "hold").unlink()
    assert len(cards(answered(app), "view cards")) == 6
    assert parameter(app, "method") == "votes"
    assert parameter(app, "views") == "6"


def test_the_features_of_many_training_pictures_are_computed_on_request(
    open_page: Open, trained: Make, model: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    monkeypatch.setattr(answering, "SEARCHED_AT_ONCE", 10)
    app = answered(give(open_page("predict.py"), DIM))
    assert cards(app, "answers")
    assert not cards(app, "nearest")
    by_label(app.button, "Find the nearest ones").click().run()
    assert len(cards(answered(app), "nearest")) == answering.NEIGHBOURS


@pytest.mark.parametrize("recipe", ["run", "explore"])
def test_a_recipe_that_mixes_is_a_sentence_and_the_plain_answer(
    open_page: Open, trained: Make, model: Helper, recipe: str
) -> None:
    trained(recipe=PRESETS["cut_mix"].recipe)
    app = answered(give(open_page("predict.py", recipe=recipe, views="5"), DIM))
    [sentence] = [plain(each.value) for each in app.warning]
    assert "mixes pictures" in sentence
    assert sentence.endswith("The answer is for the picture as it is.")
    assert [card["title"] for card in cards(app, "answers")] == [NAMES[DARK]]
    assert "Views" not in {each.label for each in app.number_input}


def test_the_recipe_of_the_run_makes_views_without_its_steps_that_mix(
    open_page: Open, trained: Make, model: Helper
) -> None:
    trained(recipe=PRESETS["guide"].recipe)
    app = answered(give(open_page("predict.py", recipe="run", views="5"), DIM))
    assert not app.warning
    assert "Without CutMix, MixUp:" in " ".join(plain(each.value) for each in app.caption)
    assert by_label(app.number_input, "Views").value == 5
    assert len(cards(app, "view cards")) == 5


def test_examples_are_right_or_wrong(open_page: Open, trained: Make, model: Helper) -> None:
    folder = trained()
    app = answered(open_page("predict.py", pictures="examples"))
    split = data.open_prepared("bundled", SIZE).split(VALIDATION)
    shown = cards(app, "answers")
    assert len(shown) == 4
    own = [card["pictures"][0]["alt"].partition(",")[0] for card in shown]
    right = [card["title"] == name for card, name in zip(shown, own, strict=True)]
    texts = [
        "Right." if ok else f"Wrong: it is {name}." for name, ok in zip(own, right, strict=True)
    ]
    assert [card["text"] for card in shown] == texts
    assert f"{sum(right)} of 4 right." in text(app)
    # A class that the model never names.
    by_label(app.selectbox, "Class").set_value(0).run()
    shown = cards(answered(app), "answers")
    assert {card["text"] for card in shown} == {f"Wrong: it is {NAMES[0]}."}
    assert len(shown) == min(4, int((split.labels == 0).sum()))
    assert folder.id in str(app.session_state["predict requests"]["plain"].subject)


def test_bad_files_have_a_sentence_each_and_eight_pictures_are_asked_about(
    open_page: Open, trained: Make, model: Helper
) -> None:
    trained()
    bad: dict[str, tuple[bytes, str]] = {
        "paper.pdf": (b"%PDF-1.7 and so on", "is a PDF document"),
        "half.jpg": (files.saved(np.zeros((90, 90, 3), np.uint8), "JPEG")[:300], "damaged"),
        "empty.png": (b"", "is empty"),
    }
    given = [(name, content, "image/png") for name, (content, _) in bad.items()]
    app = give(open_page("predict.py"), *given)
    [warning] = [plain(each.value) for each in app.warning]
    for name, (_, message) in bad.items():
        assert any(name in line and message in line for line in warning.splitlines()), warning
    assert not waits(app)
    give(app, *given, *(picture(f"{n}.png", 10 * n) for n in range(MOST + 2)))
    assert len(cards(answered(app), "answers")) == MOST
    assert f"The first {MOST} of the {MOST + 2} pictures are used" in text(app)


def test_a_damaged_model_is_a_sentence_and_can_be_asked_again(
    open_page: Open, trained: Make, model: Helper
) -> None:
    trained("damaged")
    app = answered(give(open_page("predict.py"), DIM))
    [sentence] = errors(app)
    assert sentence.endswith("(best.keras) cannot be loaded: it is damaged.")
    by_label(app.button, "Ask again").click().run()
    assert errors(answered(app)) == [sentence]


def test_a_second_upload_takes_the_place_of_the_first(
    open_page: Open, trained: Make, model: Helper, shared_home: Path
) -> None:
    trained()
    (shared_home / "hold").touch()
    other = give(open_page("predict.py"), BRIGHT)  # is served, and waits
    app = give(open_page("predict.py"), BRIGHT)
    first = app.session_state["predict requests"]["plain"].job
    assert first.ahead == 1
    assert "Waiting for 1 other request" in text(app)
    give(app, DIM)
    assert first.cancelled()
    # The page may be left: the request keeps its place, and the pictures are there afterwards.
    go_to(app, "about.py")
    assert app.session_state["predict requests"]["plain"].job.ahead == 1
    (shared_home / "hold").unlink()
    go_to(app, "predict.py")
    assert [card["title"] for card in cards(answered(app), "answers")] == [NAMES[DARK]]
    assert "1 file uploaded earlier." in text(app)
    assert [card["title"] for card in cards(answered(other), "answers")] == [NAMES[LIGHT]]


def test_ten_tabs_at_once_are_all_answered_also_where_the_line_is_shorter(
    open_page: Open,
    trained: Make,
    model: Helper,
    shared_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained()
    monkeypatch.setattr(helper, "MAX_WAITING", 5)
    (shared_home / "hold").touch()
    blocked = [model.submit("predict", "trained", np.zeros((1, SIZE, SIZE, 3), np.uint8))]
    tabs = [give(open_page("predict.py"), (BRIGHT, DIM)[n % 2]) for n in range(10)]
    waiting = [text(app) for app in tabs]
    assert all("hourglass" in each for each in waiting)
    assert "Waiting for 1 other request" in waiting[0]
    assert "The line of requests is full; this one takes the next free place" in waiting[-1]
    (shared_home / "hold").unlink()
    for n, app in enumerate(tabs):
        [card] = cards(answered(app), "answers")
        assert card["title"] == NAMES[(LIGHT, DARK)[n % 2]]
        assert errors(app) == []
    assert blocked[0].done()


def test_the_address_has_what_is_asked_for_and_notes_the_rest(
    open_page: Open, trained: Make
) -> None:
    trained()
    trained("older")
    address = {"run": "older", "pictures": "examples", "recipe": "crop_and_flip", "views": "3"}
    app = open_page("predict.py", **address, method="log_mean")
    assert not app.info
    assert {name: parameter(app, name) for name in address} == address
    assert by_label(app.selectbox, "Model of the run").value == "older"
    assert by_label(app.number_input, "Views").value == 3
    assert by_label(app.selectbox, "Combined by").value == "log_mean"
    # A link of the navigation requests nothing, and leads back to it.
    go_to(go_to(app, "about.py"), "predict.py")
    assert {name: parameter(app, name) for name in address} == address
    go_to(go_to(app, "about.py"), "predict.py", run="trained")
    assert by_label(app.selectbox, "Model of the run").value == "trained"
    assert "recipe" not in app.query_params
    app = open_page("predict.py", recipe="rand", views="0", pictures="crop", method="weighted")
    [notes] = [plain(each.value) for each in app.info]
    assert "The address says recipe=rand" in notes
    assert "The address says pictures=crop" in notes
    assert "method" not in notes  # nothing is combined


def test_the_pictures_of_a_run_whose_data_are_gone_can_be_asked_about(
    open_page: Open, trained: Make, model: Helper
) -> None:
    folder = trained()
    spec = system_files.read_json(folder.spec)
    assert spec
    system_files.write_json(
        folder.spec, spec | {"config": spec["config"] | {"data": "folder:/gone"}}
    )
    app = answered(give(open_page("predict.py"), DIM))
    assert [card["title"] for card in cards(app, "answers")] == [NAMES[DARK]]
    assert errors(app) == []
    assert "There are none to show." in text(app)
    app = open_page("predict.py", pictures="examples")
    assert "There are no examples" in text(app)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://localhost:8501/predict", True),
        ("http://127.0.0.1:8501/predict", True),
        ("http://[::1]:8501/predict", True),
        ("http://app.localhost/predict", True),
        ("https://flowers.example.org/predict", True),
        ("http://192.0.2.7:8501/predict", False),
        ("http://flowers.example.org/predict", False),
        ("http://localhost.example.org/", False),
        (None, True),
    ],
)
def test_a_camera_needs_a_secure_context(url: str | None, may: bool) -> None:
    assert camera_is_allowed(url) is may


def test_where_there_is_no_camera_a_sentence_says_why(
    open_page: Open, trained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit as st

    trained()
    assert open_page("predict.py", pictures="camera").get("camera_input")
    monkeypatch.setattr(type(st.context), "url", property(lambda _: "http://192.0.2.7/predict"))
    app = open_page("predict.py", pictures="camera")
    assert not app.get("camera_input")
    assert "Browsers let only pages with https:// or on localhost use a camera." in text(app)


def test_the_page_of_a_run_leads_here(open_page: Open, trained: Make, make_run: Make) -> None:
    trained()
    make_run("no-model")
    links = {
        run_id: [link.proto.label for link in open_page("runs.py", run=run_id).get("page_link")]
        for run_id in ("trained", "no-model")
    }
    assert "Try it on a picture" in links["trained"]
    assert "Try it on a picture" not in links["no-model"]
