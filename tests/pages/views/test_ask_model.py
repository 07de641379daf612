"""A model asked about the pictures of Explore, before and after the recipe. A stand-in answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import address, data
from augment.helper import Helper
from augment.predict.runs import ModelFacts
from augment.runs.folders import RunFolder
from pages.components.pictures.picture_choice import PictureChoice, Pictures
from pages.components.views import ask_model, state
from tests.helper_tasks import TASKS
from tests.pages.conftest import SECONDS
from tests.pages.data_page import cards
from tests.pages.shown import by_label, errors, plain

Open = Callable[..., AppTest]
SIZE = 64
BOX = "ask a model"


@pytest.fixture
def stand_in(helper_with: Callable[..., Helper]) -> Helper:
    return helper_with(TASKS)


@pytest.fixture
def model(make_run: Open) -> RunFolder:
    folder: RunFolder = make_run("knows", size=SIZE)
    folder.best.write_bytes(b"")
    return folder


@pytest.fixture
def opened(stand_in: Helper, open_page: Open) -> Open:
    """Open Explore with a recipe, and the box with it."""

    def open_box(*steps: dict[str, Any], box: bool = True, **parameters: str) -> AppTest:
        recipe = address.encode(json.dumps({"version": 1, "steps": list(steps)}))
        app = open_page(r=recipe, **{"size": str(SIZE), "tiles": "4", **parameters})
        if box:
            app.session_state[BOX] = True
            app.run()
        return app

    return open_box


def text(app: AppTest) -> str:
    assert not app.exception
    return plain("\n".join(each.value for each in (*app.markdown, *app.caption, *app.info)))


def answered(app: AppTest) -> AppTest:
    by_label(app.button, "Ask").click().run()
    assert errors(app) == []
    wait(app)
    return app.run()


def wait(app: AppTest) -> None:
    """Wait for the answer, unless it was there before the page had run."""
    if job := app.session_state[ask_model.REQUEST].job:
        job.exception(SECONDS)


def inputs(app: AppTest) -> ask_model.Inputs:
    found: ask_model.Inputs = app.session_state[ask_model.REQUEST].inputs
    return found


def test_nothing_is_asked_or_offered_until_the_box_is_open(
    opened: Open, model: RunFolder, stand_in: Helper
) -> None:
    stand_in.close()
    app = opened({"op": "invert"}, box=False)
    assert "Ask" not in [button.label for button in app.button]
    assert ask_model.REQUEST not in app.session_state
    app = opened({"op": "invert"})
    by_label(app.button, "Ask")
    assert stand_in.pid is None
    assert "Ask" not in [button.label for button in opened(view=state.STEPS).button]


def test_each_picture_has_what_the_model_says_before_and_after(
    opened: Open, model: RunFolder
) -> None:
    app = answered(opened({"op": "invert"}, split="train"))
    found, names = inputs(app), data.open_prepared("bundled", SIZE).class_names
    np.testing.assert_array_equal(found.images[4:], 255 - found.images[:4])
    said = [names[image.ravel()[0] % len(names)] for image in found.images]
    for row, card in enumerate(cards(app)):
        own = found.names[row]
        captions = [picture["caption"] for picture in card["pictures"]]
        assert captions == [
            f"{when}: {'✓' if name == own else '✗'} {name}, 75%"
            for when, name in (("Before", said[row]), ("After", said[4 + row]))
        ]
    before, after = (
        sum(one == own for one, own in zip(part, found.names, strict=True))
        for part in (said[:4], said[4:])
    )
    assert f"It knows {before} of 4 as they are, and {after} of 4 after the recipe." in text(app)
    assert "These are training pictures" in text(app)


def test_a_mixed_picture_is_right_with_any_of_its_classes() -> None:
    facts: Any = type("Facts", (), {"class_names": ("a", "b", "c")})
    request = ask_model.Inputs(
        images=np.zeros((2, 1, 1, 3), np.uint8),
        names=("a",),
        classes=(("a", (("b", 0.7), ("a", 0.3))),),
        facts=facts,
        note="",
    )
    for says, right in ((0, (True, True)), (1, (False, True)), (2, (False, False))):
        logs = np.log(np.full((2, 3), 0.1, np.float32))
        logs[:, says] = np.log(0.8)
        found = ask_model.predictions_of(logs, request)
        assert tuple(one.right for one in found) == right
        assert found[0].probability == pytest.approx(0.8)
    [nothing, _] = ask_model.predictions_of(np.full((2, 3), np.nan, np.float32), request)
    assert (nothing.name, nothing.right) == ("nothing", False)


def test_shares_of_mixed_pictures_are_shown(opened: Open, model: RunFolder) -> None:
    app = answered(opened({"op": "cut_mix"}))
    mixed = [card["text"] for card in cards(app) if card["text"]]
    assert mixed
    assert all(card.startswith("Mixed of ") and "right is any of them" in card for card in mixed)


def test_a_change_makes_the_answer_one_of_before(opened: Open, model: RunFolder) -> None:
    app = answered(opened({"op": "invert"}))
    by_label(app.number_input, "Seed").set_value(8).run()
    assert "have changed since: before, it knew " in text(app)
    with pytest.raises(ValueError, match="not enough values"):
        cards(app)  # those of another recipe are gone
    before = app.session_state[ask_model.REQUEST]
    by_label(app.button, "Ask again").click().run()
    assert app.session_state[ask_model.REQUEST] is not before


def test_a_model_of_another_size_gets_the_pictures_at_its_size(
    opened: Open, make_run: Open
) -> None:
    make_run("small", size=32).best.write_bytes(b"")
    app = answered(opened({"op": "rotate"}))
    assert "the same pictures at that size" in text(app)
    found, split = inputs(app), data.open_prepared("bundled", 32).split(app.session_state["split"])
    rows = [
        int(np.flatnonzero((split.images == one).all(axis=(1, 2, 3)))[0])
        for one in found.images[:4]
    ]
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rotate"}]})
    expected = augment.apply(recipe, found.images[:4], ids=split.ids[rows], seed=7, epoch=0)
    np.testing.assert_array_equal(found.images[4:], expected.images)


def test_where_the_data_are_not_prepared_at_the_size_of_the_model_pictures_are_resized(
    shared_home: Path,
) -> None:
    prepared = data.open_prepared("bundled", SIZE)
    source = dataclasses.replace(data.source("bundled"), name="folder:/gone")
    choice = PictureChoice(source=source, size=SIZE, prepared=prepared, split="train")
    images = prepared.split("train").images[:2]
    pictures = Pictures(
        ids=prepared.split("train").ids[:2],
        labels=prepared.split("train").one_hot(np.arange(2)),
        images=images,
        class_names=prepared.class_names,
        origin="",
        sheet=b"",
    )
    facts = ModelFacts(run_id="", title="", size=32, fit="crop", class_names=prepared.class_names)
    sized, note = ask_model.at_size(pictures, choice, facts)
    assert sized.images.shape == (2, 32, 32, 3)
    assert abs(sized.images.mean() - images.mean()) < 1
    assert "were resized" in note
    same, note = ask_model.at_size(pictures, choice, dataclasses.replace(facts, size=SIZE))
    assert (same, note) == (pictures, "")


def test_a_run_that_does_not_know_the_classes_is_not_offered(opened: Open, make_run: Open) -> None:
    make_run("digits", data="digits", size=32).best.write_bytes(b"")
    make_run("unfinished", size=SIZE, state="CANCELLED")
    assert "no finished run whose model knows these classes" in text(opened())


def test_models_that_are_called_the_same_are_told_apart(
    opened: Open, model: RunFolder, make_run: Open
) -> None:
    make_run("again", size=SIZE, name="knows").best.write_bytes(b"")
    options = by_label(opened({"op": "invert"}).selectbox, "Model of the run").options
    assert sorted(option.rpartition(" (")[2] for option in options) == ["again)", "knows)"]


def test_own_pictures_lead_to_predict(opened: Open, model: RunFolder) -> None:
    app = opened(data="own")
    assert errors(app) == []
    assert "Ask" not in [button.label for button in app.button]


def test_a_model_that_fails_gives_a_sentence(
    opened: Open, model: RunFolder, stand_in: Helper
) -> None:
    app = opened({"op": "invert"})
    model.best.unlink()
    by_label(app.button, "Ask").click().run()
    wait(app)
    model.best.write_bytes(b"")
    app.run()
    assert "no saved model" in errors(app)[0]
