from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import chosen_data
from tests.pages.shown import by_label, errors, parameter

Open = Callable[..., AppTest]
PAGE = ("Data", "How they become square", "Splits", "Seed of the splits")


def values(app: AppTest) -> list[object]:
    shown = {each.label: each.value for each in [*app.selectbox, *app.number_input]}
    return [shown.get(label) for label in PAGE]


def turn(app: AppTest, page: str, **address: str) -> AppTest:
    """Go to another page as its link does, with an address of its own."""
    app.switch_page(page)
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def test_the_data_go_along_from_page_to_page(open_page: Open) -> None:
    app = open_page(size="64", fit="stretch", splits="re-split", split_seed="3")
    turn(app, "train.py")
    assert errors(app) == []
    assert values(app) == ["bundled", "stretch", "re-split", 3]
    assert parameter(app, "split_seed") == "3"
    by_label(app.number_input, "Seed of the splits").set_value(4).run()
    turn(app, "runs.py")
    turn(app, "explore.py")
    assert errors(app) == []
    assert values(app) == ["bundled", "stretch", "re-split", 4]


def test_data_that_are_not_prepared_go_along_too(open_page: Open) -> None:
    app = open_page(size="64")
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    turn(app, "train.py")
    assert values(app)[:2] == ["tfds:oxford_flowers102", "crop"]


def test_an_address_has_the_last_word(open_page: Open) -> None:
    app = open_page(size="64", splits="re-split", split_seed="3")
    turn(app, "runs.py")
    turn(app, "train.py", data="bundled", splits="re-split")
    assert values(app)[2:] == ["re-split", 0]


@pytest.mark.parametrize(
    ("splits", "seed", "wanted"),
    [
        ("official", 0, {}),
        ("re-split", 0, {"split_seed": "0"}),
        ("official", 2, {"split_seed": "2"}),
    ],
)
def test_a_link_says_all_that_matters(splits: str, seed: int, wanted: dict[str, str]) -> None:
    said = chosen_data.link("bundled", "crop", splits, seed)
    assert said == {"data": "bundled", "fit": "crop", "splits": splits} | wanted
