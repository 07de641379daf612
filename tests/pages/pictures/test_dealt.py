"""How pictures are cut and split, as Explore and Train let one choose it."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import data, runs
from pages.components.data.facts import cautions
from tests.data.sources.made_folders import flower_folder
from tests.pages.shown import by_label, errors, grid

Open = Callable[..., AppTest]
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home with two folders of pictures, with splits of its own and without, and their names."""
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("flowers")
    own = f"folder:{flower_folder(root / 'three splits', splits=SPLITS, per_class=4)}"
    pool = f"folder:{flower_folder(root / 'no splits', per_class=10)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home))
        for name, fit in ((own, "crop"), (own, "stretch"), (pool, "crop")):
            data.prepare(name, 32, fit=fit)
    return home, own, pool


@pytest.fixture
def named(
    open_page: Open, made: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    home, own, pool = made
    monkeypatch.setenv("AUGMENT_HOME", str(home))
    return own, pool


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption]).replace("\\", "")


def values(app: AppTest) -> dict[str, object]:
    return {each.label: each.value for each in [*app.selectbox, *app.number_input]}


def explore(open_page: Open, source: str, **parameters: str) -> AppTest:
    return open_page(**({"data": source, "size": "32", "tiles": "25"} | parameters))


def train(open_page: Open, source: str, **parameters: str) -> AppTest:
    """Open Train with an address, from a page whose widgets are bound to none of its parameters."""
    app = open_page("runs.py")
    app.switch_page("train.py")
    for name, value in {"data": source, "train_size": "32", **parameters}.items():
        app.query_params[name] = value
    return app.run()


def test_only_what_the_data_offer_can_be_chosen(open_page: Open, named: tuple[str, str]) -> None:
    own, pool = named
    wanted = {
        "bundled": ["official", "re-split"],
        own: ["official", "train+validation", "re-split"],
        pool: ["re-split"],
    }
    app = open_page("train.py", train_size="32")
    for source, schemes in wanted.items():
        by_label(app.selectbox, "Data").set_value(source).run()
        assert errors(app) == []
        splits = by_label(app.selectbox, "Splits")
        assert splits.options == schemes
        assert all(f"**{scheme}**" in splits.help for scheme in schemes)
        assert ("Seed of the splits" in values(app)) == (source == pool)


def test_a_choice_that_other_data_do_not_have_goes_with_them(
    open_page: Open, named: tuple[str, str]
) -> None:
    app = train(open_page, named[0], splits="train+validation")
    assert values(app)["Splits"] == "train+validation"
    by_label(app.selectbox, "Data").set_value("bundled").run()
    assert errors(app) == []
    assert values(app)["Splits"] == "official"


def test_what_one_source_forces_does_not_go_along_to_the_next(
    open_page: Open, named: tuple[str, str]
) -> None:
    own, pool = named
    for opened in (train, explore):
        app = opened(open_page, pool)
        assert values(app)["Splits"] == "re-split"
        by_label(app.selectbox, "Data").set_value(own).run()
        assert errors(app) == []
        assert values(app)["Splits"] == "official"
        assert "splits" not in app.query_params


def test_what_will_happen_says_which_pictures_are_for_what(
    open_page: Open, named: tuple[str, str]
) -> None:
    words = {
        "official": "a look at 8 validation pictures, which are never augmented; the model that does "
        "best on them is kept. The 8 test pictures are not looked at.",
        "train+validation": "over 16 training pictures; the last model is kept, and judged once by "
        "8 test pictures",
        "re-split": "do not compare with published ones",
    }
    for scheme, sentence in words.items():
        app = train(open_page, named[0], splits=scheme)
        assert errors(app) == []
        assert sentence in said(app)
        note = data.open_prepared(named[0], 32, scheme=scheme).split_note
        assert note in said(app)


def test_the_classes_that_a_split_lacks_are_said(open_page: Open, named: tuple[str, str]) -> None:
    prepared = data.open_prepared(named[0], 32)
    assert cautions(prepared) == ()
    app = open_page("train.py", data="bundled", train_size="32")
    for caution in cautions(data.open_prepared("bundled", 32)):
        assert caution in said(app)


def test_the_form_is_what_is_submitted(
    open_page: Open, named: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(runs, "submit", lambda config: asked.append(config) or 1 / 0)
    address = {"fit": "stretch", "splits": "re-split", "split_seed": "5"}
    app = train(open_page, named[0], **address)
    by_label(app.button, "Start").click().run()
    [config] = asked
    assert (config.data, config.size) == (named[0], 32)
    assert (config.fit, config.splits, config.split_seed) == ("stretch", "re-split", 5)


def test_explore_shows_what_training_trains_on(open_page: Open, named: tuple[str, str]) -> None:
    address = {"fit": "stretch", "splits": "re-split", "split_seed": "5", "split": "validation"}
    app = explore(open_page, named[0], **address)
    assert errors(app) == []
    held = data.open_prepared(named[0], 32, "stretch", scheme="re-split", seed=5)
    assert len(grid(app)["tiles"]) == len(held.split("validation"))
    assert by_label(app.selectbox, "Split").options == list(held.splits)
    assert "splits: re-split, seed 5." in said(app)
    assert held.split_note in said(app)
    other = explore(open_page, named[0], split="validation")
    assert grid(other)["digest"] != grid(app)["digest"]


def test_each_split_is_said_to_be_for_something(open_page: Open, named: tuple[str, str]) -> None:
    help = by_label(explore(open_page, named[0]).selectbox, "Split").help
    assert "**validation**: these choose the model" in help
    assert "**test**: to be reported on once" in help
    help = by_label(explore(open_page, named[0], splits="train+validation").selectbox, "Split").help
    assert "validation" not in help


def test_a_plain_visit_says_nothing_of_cut_and_splits(open_page: Open) -> None:
    app = open_page(size="64")
    names = {"fit", "splits", "split_seed"}
    assert names.isdisjoint(app.query_params)
    assert "Here " not in said(app)
    assert not app.info


@pytest.mark.parametrize(
    ("name", "value"),
    [("fit", "squash"), ("splits", "mine"), ("splits", "train+validation"), ("split_seed", "-1")],
)
def test_what_an_address_asks_for_in_vain_is_said(open_page: Open, name: str, value: str) -> None:
    app = open_page(size="64", **({"splits": "re-split"} | {name: value}))
    assert errors(app) == []
    assert f"{name}={value}" in app.info[0].value.replace("\\", "")


def test_the_code_gives_the_pictures_whatever_their_split(
    open_page: Open, named: tuple[str, str], tmp_path: Path
) -> None:
    address = {"fit": "stretch", "splits": "re-split", "split_seed": "5", "split": "train"}
    app = explore(open_page, named[0], **address)
    app.session_state["take away"] = True
    app.run()
    by_label(app.button_group, "As text").set_value("Code").run()
    [code] = [block for block in app.code if "\n" in block.value]
    assert "fit='stretch'" in code.value
    path = tmp_path / "script.py"
    path.write_text(code.value, encoding="utf-8")
    given = runpy.run_path(str(path))["shown"]()
    held = data.open_prepared(named[0], 32, "stretch", scheme="re-split", seed=5).split("train")
    assert len(given.ids) == len(held)
    rows = [held.ids.tolist().index(one) for one in given.ids.tolist()]
    np.testing.assert_array_equal(given.images, held.images[rows])
