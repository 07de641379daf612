"""One op over its strength: ours at once, other libraries on request. A stand-in answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment.helper import Helper
from augment.keraslayers import OPS
from pages.components.views import state, strength
from tests.helper_tasks import TASKS
from tests.pages.shown import by_label, errors, grid, parameter, plain
from tests.runs.conftest import eventually

Open = Callable[..., AppTest]
OFFER, AGAIN, STOP = "Measure the others", "Measure again", "Stop waiting"
OURS = 7


@pytest.fixture
def opened(helper_with: Callable[..., Helper], open_page: Open) -> Open:
    helper_with(TASKS)

    def open_view(**parameters: str) -> AppTest:
        app = open_page(view=state.STRENGTH, size="64", tiles="4", **parameters)
        assert errors(app) == []
        return app

    return open_view


def text(app: AppTest) -> str:
    assert not app.exception
    shown = "\n".join(each.value for each in (*app.markdown, *app.caption))
    return plain(shown).replace("**", "")


def answered(app: AppTest) -> AppTest:
    by_label(app.button, OFFER).click().run()
    job: Any = app.session_state[strength.REQUEST].job
    if job:  # it was not there before the page had run
        eventually(job.done)
    return app.run()


def rows(app: AppTest) -> list[str]:
    return list(grid(app)["headings"]["down"])


def test_ours_is_there_at_once_and_the_choices_are_in_the_address(opened: Open) -> None:
    app = opened()
    assert rows(app) == ["ours"]
    assert grid(app)["headings"]["across"][0] == "0"
    assert len(grid(app)["headings"]["across"]) == len(grid(app)["tiles"]) == OURS
    assert "Ours gets stronger, from nothing at magnitude 0" in text(app)
    assert (parameter(app, "op"), parameter(app, "picture")) == ("rand_augment", "1")
    by_label(app.selectbox, "Op").set_value("posterize").run()
    assert grid(app)["headings"]["across"] == ["8", "7", "6", "5", "3", "2", "1"]
    assert grid(opened(op=parameter(app, "op"))) == grid(app)


def test_what_is_installed_is_beside_ours_and_what_is_not_is_named(opened: Open) -> None:
    app = answered(opened())
    assert errors(app) == []
    assert rows(app) == ["ours", "keras.layers 3.9"]
    tiles = grid(app)["tiles"]
    assert [tile["captions"][0] for tile in tiles[OURS:]] == [f"factor {n}" for n in range(7)]
    assert "keras_cv is not installed in this Python environment." in text(app)
    assert "keras.layers 3.9 gets weaker: " in text(app)
    assert "keras.layers 3.9: It divides." in text(app)
    assert "- Solarization gets weaker: " in text(app)
    columns = [plain(name) for name in app.table[0].value.columns]
    own = ["ours: change", "ours: grey levels"]
    assert columns == ["Magnitude", *own, *(name.replace("ours", rows(app)[1]) for name in own)]
    assert by_label(app.button, AGAIN)


def test_another_op_has_no_figures_of_the_last_one(opened: Open) -> None:
    app = answered(opened(op="rotate"))
    by_label(app.selectbox, "Op").set_value("brightness").run()
    assert rows(app) == ["ours"]
    assert "has changed since the others were measured" in text(app)
    assert by_label(app.button, OFFER)


def test_waiting_can_be_stopped(opened: Open) -> None:
    app = opened(op="invert")
    by_label(app.button, OFFER).click().run()
    job = app.session_state[strength.REQUEST].job
    eventually(lambda: job.stage == "measuring keras_cv")
    assert "Measuring keras_cv" in text(app.run())
    by_label(app.button, STOP).click().run()
    assert by_label(app.button, OFFER)


def test_a_failure_is_a_sentence(opened: Open) -> None:
    app = answered(opened(op="hue"))
    [sentence] = errors(app)
    assert sentence == "The hues are sold out."
    assert by_label(app.button, "Try again")


def test_an_unknown_op_is_said(opened: Open) -> None:
    app = opened(op="gamma")
    assert parameter(app, "op") == OPS[0]
    assert "op=gamma" in plain("\n".join(each.value for each in app.info))
