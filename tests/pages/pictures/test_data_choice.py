"""The choice of data on each page: what is offered, what goes along, what an address requests."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import data, runs
from augment.data.store.inventory import prepared_sizes
from augment.data.store.place import Place, root_of
from pages.components.pictures import data_choice
from pages.components.pictures.data_choice import SIZES
from pages.components.session.text import escaped
from tests.data.sources.made_folders import flower_folder
from tests.pages.shown import by_label, errors, go_to, grid, parameter, plain

Open = Callable[..., AppTest]
SPLITS = ("train", "validation", "test")
PAGES = ("explore.py", "train.py", "data.py")


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


@pytest.fixture
def odd(shared_home: Path, tmp_path: Path) -> Iterator[str]:
    """A folder that is prepared at 40 px."""
    folder = flower_folder(tmp_path / "*odd*", ("a", "b"), per_class=8)
    name = data.prepare(f"folder:{folder}", 40).source
    yield name
    shutil.rmtree(root_of(name), ignore_errors=True)


def text(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info]
    return plain("\n".join(each.value for each in shown))


def values(app: AppTest) -> dict[str, object]:
    return {each.label: each.value for each in [*app.selectbox, *app.number_input]}


def choice(app: AppTest) -> list[object]:
    labels = ("Data", "Fit to a square", "Splits", "Seed of the splits")
    return [values(app).get(label) for label in labels]


def explore(open_page: Open, source: str, **parameters: str) -> AppTest:
    return open_page(**({"data": source, "size": "32", "tiles": "25"} | parameters))


def train(open_page: Open, source: str, **parameters: str) -> AppTest:
    return open_page("train.py", **{"data": source, "size": "32", **parameters})


def test_only_what_the_data_offer_can_be_chosen(open_page: Open, named: tuple[str, str]) -> None:
    own, pool = named
    schemes_of = {
        own: ["official", "train+validation", "re-split"],
        "bundled": ["official", "re-split"],
        pool: ["re-split"],
    }
    app = train(open_page, own, splits="train+validation")
    assert values(app)["Splits"] == "train+validation"
    for source, schemes in schemes_of.items():
        by_label(app.selectbox, "Data").set_value(source).run()
        assert errors(app) == []
        splits = by_label(app.selectbox, "Splits")
        assert splits.options == schemes
        assert all(f"**{escaped(scheme)}**" in splits.help for scheme in schemes)
        assert ("Seed of the splits" in values(app)) == (source == pool)
        # A scheme that other data do not have is dropped with its data.
        assert splits.value == ("train+validation" if source == own else schemes[0])


def test_a_scheme_forced_by_one_data_set_does_not_go_along_to_the_next(
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


def test_train_explains_which_pictures_are_for_what(
    open_page: Open, named: tuple[str, str]
) -> None:
    sentences = {
        "official": "on 8 validation pictures without augmentation. The best model is kept. The 8 "
        "test pictures are not used",
        "train+validation": "The last model is kept and evaluated once on 8 test pictures, without "
        "augmentation.",
        "re-split": "training pictures.",
    }
    for scheme, sentence in sentences.items():
        app = train(open_page, named[0], splits=scheme)
        assert errors(app) == []
        assert sentence in text(app)
        assert data.open_prepared(named[0], 32, scheme=scheme).split_note in text(app)


def test_the_form_is_what_is_submitted(
    open_page: Open, named: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted = []
    monkeypatch.setattr(runs, "submit_all", lambda orders, limit: submitted.extend(orders) or 1 / 0)
    address = {"fit": "stretch", "splits": "re-split", "split_seed": "5"}
    app = train(open_page, named[0], **address)
    by_label(app.button, "Start").click().run()
    config = submitted[0].config
    assert len(submitted) == 1
    assert (config.data, config.size) == (named[0], 32)
    assert (config.fit, config.splits, config.split_seed) == ("stretch", "re-split", 5)


def test_explore_shows_what_training_trains_on(
    open_page: Open, named: tuple[str, str], tmp_path: Path
) -> None:
    address = {"fit": "stretch", "splits": "re-split", "split_seed": "5", "split": "train"}
    app = explore(open_page, named[0], **address)
    assert errors(app) == []
    prepared = data.open_prepared(named[0], 32, "stretch", scheme="re-split", seed=5)
    train_split = prepared.split("train")
    assert len(grid(app)["tiles"]) == len(train_split)
    assert by_label(app.selectbox, "Split").options == list(prepared.splits)
    assert "splits: re-split, seed 5." in text(app)
    assert prepared.split_note in text(app)
    assert grid(explore(open_page, named[0]))["digest"] != grid(app)["digest"]

    app.session_state["share"] = True
    app.run()
    by_label(app.button_group, "As text").set_value("Code").run()
    [code] = [block for block in app.code if "\n" in block.value]
    path = tmp_path / "script.py"
    path.write_text(code.value, encoding="utf-8")
    given = runpy.run_path(str(path))["shown"]()
    assert len(given.ids) == len(train_split)
    rows = [train_split.ids.tolist().index(one) for one in given.ids.tolist()]
    np.testing.assert_array_equal(given.images, train_split.images[rows])


def test_each_split_has_a_purpose(open_page: Open, named: tuple[str, str]) -> None:
    help = by_label(explore(open_page, named[0]).selectbox, "Split").help
    assert "**validation**: these select the best model" in help
    assert "**test**: for one final evaluation" in help
    help = by_label(explore(open_page, named[0], splits="train+validation").selectbox, "Split").help
    assert "validation" not in help


def test_the_defaults_are_neither_in_the_address_nor_in_a_note(open_page: Open) -> None:
    app = open_page(size="64")
    assert {"fit", "splits", "split_seed"}.isdisjoint(app.query_params)
    assert "plits:" not in text(app)
    assert not app.info


@pytest.mark.parametrize(
    ("name", "value"),
    [("fit", "squash"), ("splits", "mine"), ("splits", "train+validation"), ("split_seed", "-1")],
)
def test_an_unavailable_value_in_the_address_is_noted(
    open_page: Open, name: str, value: str
) -> None:
    app = open_page(size="64", **({"splits": "re-split"} | {name: value}))
    assert errors(app) == []
    assert f"{name}={value}" in plain(app.info[0].value)


def test_the_data_go_along_from_page_to_page(open_page: Open) -> None:
    app = open_page(size="64", fit="stretch", splits="re-split", split_seed="3")
    go_to(app, "train.py")
    assert errors(app) == []
    assert choice(app) == ["bundled", "stretch", "re-split", 3]
    assert parameter(app, "split_seed") == "3"
    by_label(app.number_input, "Seed of the splits").set_value(4).run()
    go_to(app, "runs.py")
    go_to(app, "explore.py")
    assert errors(app) == []
    assert choice(app) == ["bundled", "stretch", "re-split", 4]
    # An address has the last word.
    go_to(app, "runs.py")
    go_to(app, "train.py", data="bundled", splits="re-split")
    assert choice(app)[2:] == ["re-split", 0]
    # Data that are not prepared go along, too.
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    go_to(app, "explore.py")
    assert choice(app)[:2] == ["tfds:oxford_flowers102", "crop"]


@pytest.mark.parametrize("page", PAGES)
def test_data_that_were_removed_are_dropped_with_all_that_was_chosen_of_them(
    open_page: Open, odd: str, page: str
) -> None:
    data.prepare(odd, 64, fit="stretch")
    chosen = {"data": odd, "fit": "stretch", "splits": "re-split", "split_seed": 3}
    app = open_page(page)
    for key, value in chosen.items():
        app.session_state[key] = value
    app.run()
    assert choice(app) == [odd, "stretch", "re-split", 3]
    shutil.rmtree(root_of(odd))
    app.run()
    assert errors(app) == []
    warnings = [plain(each.value) for each in app.warning]
    assert warnings == [f"{odd} is no longer available."]
    assert choice(app)[:3] == ["bundled", "crop", "official"]
    assert app.session_state["split_seed"] == 0
    app.run()
    assert len(app.warning) == 0


def test_own_pictures_are_not_reported_as_missing_by_a_page_without_them(open_page: Open) -> None:
    app = open_page(data="own", size="64")
    go_to(app, "train.py")
    assert errors(app) == []
    assert len(app.warning) == 0


@pytest.mark.parametrize(
    ("splits", "seed", "more"),
    [
        ("official", 0, {}),
        ("re-split", 0, {"splits": "re-split"}),
        ("official", 2, {"split_seed": "2"}),
    ],
)
def test_a_link_contains_all_that_matters(splits: str, seed: int, more: dict[str, str]) -> None:
    link = data_choice.link("bundled", 32, "crop", splits, seed)
    assert link == {"size": "32"} | more


@pytest.mark.parametrize("page", PAGES)
def test_a_set_opens_at_the_size_at_which_it_is_prepared(
    open_page: Open, odd: str, page: str
) -> None:
    app = open_page(page, size="32")
    by_label(app.selectbox, "Data").set_value(odd).run()
    assert errors(app) == []
    assert size_of(app) == (40, sorted({*SIZES, 40}), "40")
    by_label(app.selectbox, "Data").set_value("bundled").run()
    assert size_of(app) == (32, list(SIZES), "32")
    assert open_page(page, data=odd).session_state["size"] == 40
    assert open_page(page, data="digits").session_state["size"] == 64
    assert open_page(page).session_state["size"] == 224
    data.prepare(odd, 64)
    assert open_page(page, data=odd).session_state["size"] == 64
    data.prepare(odd, 224)
    data.prepare(odd, 256)
    assert open_page(page, data=odd).session_state["size"] == 224


def test_what_was_chosen_for_a_set_is_its_size_on_every_page(open_page: Open, odd: str) -> None:
    app = open_page("data.py", data=odd)
    by_label(app.selectbox, "Size in pixels").set_value(96).run()
    for page in (*PAGES, "runs.py", *PAGES):
        go_to(app, page)
        assert errors(app) == []
        if page != "runs.py":
            assert size_of(app)[::2] == (96, "96")
    by_label(app.selectbox, "Data").set_value("bundled").run()
    assert size_of(app)[0] == 96  # the last size goes along to a set without one
    by_label(app.selectbox, "Size in pixels").set_value(128).run()
    by_label(app.selectbox, "Data").set_value(odd).run()
    assert size_of(app)[0] == 96
    # An address has the last word.
    go_to(app, "explore.py", data="bundled", size="64")
    go_to(app, "data.py")
    assert size_of(app)[0] == 64


@pytest.mark.parametrize(("page", "former"), [("data.py", "data_size"), ("train.py", "train_size")])
def test_the_size_of_an_old_link_is_read(open_page: Open, page: str, former: str) -> None:
    app = open_page(page, **{former: "96"})
    assert size_of(app)[::2] == (96, "96")
    assert former not in app.query_params
    assert not app.info


@pytest.mark.parametrize("page", PAGES)
def test_a_size_that_is_not_offered_is_noted(open_page: Open, odd: str, page: str) -> None:
    assert open_page(page, data=odd, size="40").session_state["size"] == 40
    for wrong in ("40", "abc", "224px"):
        app = open_page(page, data="bundled", size=wrong)
        assert size_of(app)[::2] == (224, "224")
        note = (
            f"The address says size={wrong}, but size can be 32, 64, 96, 128, 160, 192, 224 or 256"
        )
        assert note in text(app)


def size_of(app: AppTest) -> tuple[int, list[int], str]:
    """Return the size that is shown, those offered, and that of the address."""
    widget = by_label(app.selectbox, "Size in pixels")
    return widget.value, list(map(int, widget.options)), parameter(app, "size")


def test_only_folders_of_prepared_sets_are_sizes(shared_home: Path) -> None:
    root = Place.of("folder:/nowhere", 64).root
    try:
        for name in ("64px", "64px-stretch", "100px-stretch", "48px.part", "0px", "7px.old", "px"):
            (root / name).mkdir()
        (root / "32px").touch()
        assert prepared_sizes("folder:/nowhere") == (48, 64, 100)
    finally:
        shutil.rmtree(root)
