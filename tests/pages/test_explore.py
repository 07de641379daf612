from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, address, data
from augment.presets import PRESETS, START
from tests.pages.shown import (
    add_step,
    by_label,
    choose,
    digest,
    errors,
    gallery,
    grid,
    grids,
    parameter,
    plain,
    setting,
    slide,
    steps,
    switch,
)

Open = Callable[..., AppTest]


def recipe_of(app: AppTest) -> Recipe:
    """Return the recipe in the address."""
    return Recipe.from_json(address.decode(parameter(app, "r")))


def test_a_visitor_sees_pictures_and_a_first_recipe(open_page: Open) -> None:
    app = open_page(r="")
    assert errors(app) == []
    tiles = grid(app)["tiles"]
    assert [tile["name"] for tile in tiles] == list(data.source("bundled").class_names[:9])
    assert all(tile["alts"][0] == f"{tile['name']} before augmentation" for tile in tiles)
    assert recipe_of(app) == PRESETS[START].recipe


def test_the_same_address_shows_the_same_pictures(open_page: Open) -> None:
    first = open_page(seed="11", epoch="2")
    link = {name: parameter(first, name) for name in first.query_params}
    assert digest(open_page(**link)) == digest(first)
    assert digest(open_page(**{**link, "seed": "12"})) != digest(first)
    assert digest(open_page(**{**link, "epoch": "3"})) != digest(first)


def test_a_slider_changes_pictures_and_address(open_page: Open) -> None:
    app = open_page()
    before, link = digest(app), app.query_params["r"]
    slide(app, "Magnitude", 0.9)
    assert errors(app) == []
    assert digest(app) != before
    assert app.query_params["r"] != link
    assert recipe_of(app).steps[0].params["magnitude"] == 0.9


def test_a_step_is_switched_off_and_on_again_with_the_values_it_had(open_page: Open) -> None:
    app = open_page()
    before = digest(app)
    switch(app, "RandAugment", on=False)
    assert digest(app) != before
    switch(app, "RandAugment", on=True)
    assert digest(app) == before
    assert setting(app, "Magnitude")["value"] == 0.3


def test_a_step_is_added(open_page: Open) -> None:
    app = open_page()
    add_step(app, "Solarize")
    assert errors(app) == []
    assert [step.op for step in recipe_of(app).steps][-1] == "solarize"
    assert setting(app, "Threshold factor")
    assert not gallery(app), "the list is closed"


def linked(*steps: dict[str, Any]) -> str:
    return address.encode(json.dumps({"version": 1, "steps": list(steps)}))


def test_children_of_a_policy_have_panels_too(open_page: Open) -> None:
    app = open_page(r=linked({"op": "one_of", "steps": [{"op": "cutout"}]}))
    assert [step["title"] for step in steps(app)] == ["One of", "Cutout"]
    add_step(app, "Flip", to="One of")
    [policy] = recipe_of(app).steps
    assert [child.op for child in policy.steps] == ["cutout", "flip"]


def test_captions_come_from_the_plan_and_mixed_labels_add_up(open_page: Open) -> None:
    app = open_page(r=linked({"op": "solarize", "enabled": False}, {"op": "cut_mix"}))
    for tile in grid(app)["tiles"]:
        assert all(caption.startswith("CutMix") for caption in tile["captions"])
        assert (
            sum(share for _, share, *_ in tile["shares"]) == pytest.approx(1, abs=0.02)
            or not (tile["shares"])
        )
        assert ", ".join(tile["captions"]) in tile["alts"][1]


def test_each_chain_of_a_mixture_has_a_line_of_its_own(open_page: Open) -> None:
    app = open_page(r=linked({"op": "aug_mix"}))
    for tile in grid(app)["tiles"]:
        [caption] = tile["captions"]
        own, *chains = caption.split("\n")
        assert own.startswith("AugMix, own share 0.")
        assert 1 <= len(chains) <= 3
        assert all(re.match(r"\d+% \w", chain) for chain in chains)
        assert "\n" not in tile["alts"][1]


def test_every_preset_shows_pictures_and_its_sentence(open_page: Open) -> None:
    app = open_page(size="64", tiles="4")
    for preset in PRESETS.values():
        by_label(app.button, "Start from a preset").click().run()
        choose(app, preset.title)
        assert errors(app) == []
        assert recipe_of(app) == preset.recipe
        assert len(grid(app)["tiles"]) == 4
        assert preset.sentence in [plain(caption.value) for caption in app.caption]


def test_an_empty_recipe_changes_nothing(open_page: Open) -> None:
    app = open_page(r=linked())
    sides = grid(app)["sides"]
    assert sides[0]["digest"] == sides[1]["digest"]
    assert {tuple(tile["captions"]) for tile in grid(app)["tiles"]} == {("unchanged",)}
    assert steps(app) == []


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("garbage!", "cannot be read"),
        (linked({"op": "no_such_op"}), 'unknown op "no_such_op"'),
        (linked({"op": "cut_mix", "alpha": 99}), "alpha is 99"),
        (linked({"op": "![x](http://example.org)"}), "![x](http://example.org)"),
    ],
)
def test_a_bad_link_is_one_sentence_and_the_default_recipe(
    open_page: Open, link: str, message: str
) -> None:
    app = open_page(r=link)
    [sentence] = errors(app)
    assert message in sentence
    assert recipe_of(app) == PRESETS[START].recipe
    assert len(grid(app)["tiles"]) == 9


def test_a_control_with_a_wrong_value_in_the_address_has_its_default(open_page: Open) -> None:
    default = digest(open_page())
    for parameters in (
        {"seed": "-5", "tiles": "1000", "data": "nothing", "epoch": "1e99"},
        {"seed": "x", "size": "9999", "split": "nothing", "flowers": "<b>rose</b>"},
    ):
        app = open_page(**parameters)
        assert errors(app) == []
        assert digest(app) == default


def test_flowers_and_their_number_are_chosen(open_page: Open) -> None:
    app = open_page(tiles="4", split="train", flowers="red rose")
    assert [tile["name"] for tile in grid(app)["tiles"]] == ["red rose"] * 4


def test_data_that_are_not_prepared_are_offered_to_be(open_page: Open) -> None:
    app = open_page(data="tfds:oxford_flowers102", size="32")
    assert errors(app) == []
    assert not grids(app)
    assert "not prepared" in app.subheader[0].value
    assert by_label(app.button, "Prepare")
    assert app.code[0].value.endswith("data prepare tfds:oxford_flowers102 --size 32")


def test_a_locked_seed_is_not_rolled_again(open_page: Open) -> None:
    app = open_page()
    by_label(app.button, "Re-roll").click().run()
    assert app.number_input[0].value != 7
    by_label(app.toggle, "Lock").set_value(True).run()
    assert by_label(app.button, "Re-roll").disabled
    assert by_label(app.number_input, "Seed").disabled
