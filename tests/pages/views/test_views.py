"""Every view shows the same pictures with the same recipe, seed and epoch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import address, registry
from augment.presets import PRESETS
from pages.components.views import state
from tests.pages.shown import by_label, digest, errors, grid, grids, parameter, plain

Open = Callable[..., AppTest]
SMALL = {"size": "64", "tiles": "4"}


def preset(name: str) -> str:
    return address.encode(PRESETS[name].recipe.to_json())


def at_view(open_page: Open, view: str, **parameters: str) -> AppTest:
    app = open_page(view=view, **{**SMALL, **parameters})
    assert errors(app) == []
    return app


def captions(app: AppTest) -> str:
    return plain("\n".join(each.value for each in app.caption))


def texts(tile: dict[str, Any]) -> list[Any]:
    return [tile["captions"], shares(tile), tile["details"]]


def shares(tile: dict[str, Any]) -> list[Any]:
    """Return the shares without their words, which repeat a heading that has the class already."""
    return [each[1:] for each in tile["shares"]]


@pytest.mark.parametrize("name", ["aug_mix", "puzzle_mix", "custom", "colour_jitter"])
def test_every_view_renders_recipes_of_all_kinds(open_page: Open, name: str) -> None:
    app = at_view(open_page, state.GRID, r=preset(name))
    for view in reversed(state.VIEWS):
        by_label(app.run().button_group, "View").set_value(view).run()
        assert errors(app) == []
        assert grids(app)


def test_a_view_is_chosen_and_in_the_address(open_page: Open) -> None:
    app = open_page(**SMALL)
    assert len(grid(app)["tiles"]) == 4
    by_label(app.button_group, "View").set_value(state.STEPS).run()
    assert errors(app) == []
    assert grid(app)["tiles"][0]["name"] == "0. Original"
    assert parameter(app, "picture") == "1"


def test_the_address_contains_only_the_choices_of_the_view(open_page: Open) -> None:
    app = at_view(open_page, state.STEPS, picture="2", across="a.b")
    assert parameter(app, "picture") == "2"
    assert "across" not in app.query_params
    assert "picture" not in at_view(open_page, state.GRID, picture="2").query_params


def test_steps_end_on_the_picture_of_the_grid(open_page: Open) -> None:
    tiles = grid(at_view(open_page, state.GRID))["tiles"]
    app = at_view(open_page, state.STEPS, picture="3")
    walked = grid(app)
    assert walked["layout"] == "single"
    stages = walked["tiles"]
    assert [stage["captions"] for stage in stages[1:]] == [
        [caption] for caption in tiles[2]["captions"]
    ]
    assert [stage["details"] for stage in stages[1:]] == [[each] for each in tiles[2]["details"]]
    assert shares(stages[-1]) == shares(tiles[2])
    # Partners are shown from the sheet before, which is the same in both.
    assert walked["sides"][0] == grid(at_view(open_page, state.GRID))["sides"][0]
    assert by_label(app.selectbox, "Picture").value == 2
    text = plain("\n".join(element.value for element in app.markdown))
    assert "GridMask: It is switched off." in text


def test_another_picture_is_another_walk_and_in_the_address(open_page: Open) -> None:
    app = at_view(open_page, state.STEPS)
    before = digest(app)
    by_label(app.selectbox, "Picture").set_value(1).run()
    assert digest(app) != before
    assert parameter(app, "picture") == "2"


def test_a_sweep_goes_through_the_present_value(open_page: Open) -> None:
    tiles = grid(at_view(open_page, state.GRID))["tiles"]
    app = at_view(open_page, state.SWEEP, mixing="on")
    swept = grid(app)
    assert swept["headings"]["across_title"] == "RandAugment: Magnitude"
    assert len(swept["tiles"]) == 7
    [present] = [tile for tile in swept["tiles"] if tile["mark"]]
    assert present["name"] == "0.3"
    assert texts(present) == texts(tiles[0])


def test_mixing_is_held_off_until_it_is_switched_on(open_page: Open) -> None:
    """In both views of one picture, also for links from before the switch; a link keeps it."""
    for view in (state.SWEEP, state.RANGE):
        app = at_view(open_page, view)
        assert not any(tile["shares"] for tile in grids(app)[-1]["tiles"])
        assert "Mixing (CutMix, MixUp) is held off here" in captions(app)
        assert "mixing" not in app.query_params
        by_label(app.toggle, "With mixing").set_value(True).run()
        assert errors(app) == []
        assert all(tile["shares"] for tile in grids(app)[-1]["tiles"])
        assert parameter(app, "mixing") == "on"
        assert grids(at_view(open_page, view, mixing="on"))[-1] == grids(app)[-1]
    [present] = [tile for tile in grid(at_view(open_page, state.SWEEP))["tiles"] if tile["mark"]]
    assert present["mark"] == "grid, unmixed"


def test_a_setting_of_a_mixing_step_is_swept_with_mixing(open_page: Open) -> None:
    across = f"{PRESETS['guide'].recipe.steps[2].id}.alpha"
    app = at_view(open_page, state.SWEEP, across=across)
    assert len({json.dumps(tile["shares"]) for tile in grid(app)["tiles"]}) > 1
    assert "belongs to a mixing step, so mixing happens here" in captions(app)
    assert "With mixing" not in [toggle.label for toggle in app.toggle]


@pytest.mark.parametrize("view", [state.SWEEP, state.RANGE])
def test_a_recipe_that_only_mixes_does(open_page: Open, view: str) -> None:
    app = at_view(open_page, view, r=preset("mixing"))
    assert any(tile["shares"] for tile in grids(app)[-1]["tiles"])
    assert "Mixing is all that this recipe does" in captions(app)


def test_without_a_mixing_step_nothing_is_said_of_mixing(open_page: Open) -> None:
    app = at_view(open_page, state.RANGE, r=preset("erasing"))
    assert "ixing" not in captions(app)
    assert "With mixing" not in [toggle.label for toggle in app.toggle]


def test_two_settings_make_a_table(open_page: Open) -> None:
    app = at_view(open_page, state.SWEEP)
    down = by_label(app.selectbox, "From top to bottom")
    assert by_label(app.selectbox, "From left to right").value not in down.options
    name = f"{PRESETS['guide'].recipe.steps[0].id}.augmentations_per_image"
    down.set_value(name).run()
    assert errors(app) == []
    table = grid(app)
    assert len(table["headings"]["across"]) == len(table["headings"]["down"]) == 5
    assert len(table["tiles"]) == 25
    assert sum(bool(tile["mark"]) for tile in table["tiles"]) == 1
    link = {name: parameter(app, name) for name in app.query_params}
    assert link["down"] == name
    assert digest(open_page(**link)) == digest(app)


def test_a_recipe_without_settings_has_no_sweep(open_page: Open) -> None:
    app = at_view(open_page, state.SWEEP, r=preset("nothing"))
    assert not grids(app)
    assert "There is no setting to sweep" in app.info[0].value


def test_a_missing_setting_is_replaced_by_the_default_one(open_page: Open) -> None:
    app = at_view(open_page, state.SWEEP, across="gone.alpha", down="7", r=preset("erasing"))
    assert grid(app)["headings"]["across_title"].startswith("Random erasing: ")
    assert not parameter(app, "across").startswith("gone")
    assert "down" not in app.query_params


def test_a_range_starts_with_the_epoch_of_the_grid(open_page: Open) -> None:
    tiles = grid(at_view(open_page, state.GRID, epoch="5"))["tiles"]
    summary, draws = grids(at_view(open_page, state.RANGE, epoch="5", mixing="on"))
    assert [tile["name"] for tile in summary["tiles"]] == [
        "Original",
        "Mean of 25 draws",
        "Standard deviation",
    ]
    assert [tile["name"] for tile in draws["tiles"]] == [f"Epoch {n}" for n in range(5, 30)]
    assert texts(draws["tiles"][0]) == texts(tiles[0])


def test_the_large_view_has_every_value_as_text(open_page: Open) -> None:
    steps = [{"op": name} for name, op in registry().items() if not op.takes_steps]
    for start in range(0, len(steps), 12):
        recipe = {"version": 1, "steps": steps[start : start + 12]}
        app = at_view(open_page, state.GRID, r=address.encode(json.dumps(recipe)))
        for tile in grid(app)["tiles"]:
            for title, values, _ in tile["details"]:
                assert title
                assert all(label and value for label, value in values)
    rotated = at_view(
        open_page, state.GRID, r=address.encode('{"version": 1, "steps": [{"op": "rotate"}]}')
    )
    [(title, values, partner)] = grid(rotated)["tiles"][0]["details"]
    assert (title, partner) == ("Rotate", -1)
    assert dict(values)["Turn (drawn)"].endswith("°")
