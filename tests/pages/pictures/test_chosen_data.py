from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data.store.place import root_of
from pages.components.pictures import chosen_data
from tests.data.sources import made_folders
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


@pytest.mark.parametrize("page", ["explore.py", "train.py", "data.py"])
def test_data_that_somebody_removed_are_let_go_with_all_that_was_chosen_of_them(
    open_page: Open, tmp_path: Path, page: str
) -> None:
    folder = made_folders.flower_folder(tmp_path / "*gone*", ("a", "b"), per_class=8)
    name = data.prepare(f"folder:{folder}", 64, fit="stretch").source
    size = {"explore.py": "size", "train.py": "train_size", "data.py": "data_size"}[page]
    chosen = {"data": name, "fit": "stretch", "splits": "re-split", "split_seed": 3, size: 64}
    app = open_page(page)
    for key, value in chosen.items():
        app.session_state[key] = value
    app.run()
    assert values(app) == [name, "stretch", "re-split", 3]
    shutil.rmtree(root_of(name))
    app.run()
    assert errors(app) == []
    assert [each.value.replace("\\", "") for each in app.warning] == [f"{name} is no longer here."]
    assert values(app)[:3] == ["bundled", "crop", "official"]
    assert app.session_state["split_seed"] == 0
    app.run()
    assert len(app.warning) == 0


def test_own_pictures_are_not_said_to_be_gone_by_a_page_without_them(open_page: Open) -> None:
    app = open_page(data="own", size="64")
    turn(app, "train.py")
    assert errors(app) == []
    assert len(app.warning) == 0


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
