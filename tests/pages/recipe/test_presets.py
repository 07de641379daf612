from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, address
from augment.presets import GROUPS, PRESETS
from tests.pages.shown import by_label, choose, errors, gallery, parameter, trigger

Open = Callable[..., AppTest]


def opened(open_page: Open, **parameters: str) -> AppTest:
    app = open_page(size="64", tiles="4", **parameters)
    return reopened(app)


def reopened(app: AppTest) -> AppTest:
    return by_label(app.button, "Start from a preset").click().run()


def recipe_of(app: AppTest) -> Recipe:
    return Recipe.from_json(address.decode(parameter(app, "r")))


def test_each_preset_has_its_sentence_and_its_thumbnail_and_stands_in_its_group(
    open_page: Open,
) -> None:
    shown = gallery(opened(open_page))
    assert [card["title"] for card in shown["cards"]] == [one.title for one in PRESETS.values()]
    assert [card["text"] for card in shown["cards"]] == [one.sentence for one in PRESETS.values()]
    assert shown["groups"] == list(GROUPS.values())
    drawn = {card["name"]: card["drawn"] for card in shown["cards"]}
    assert drawn.pop("nothing") == "Nothing changes in this picture."
    assert all(words.startswith("One draw: ") for words in drawn.values())
    assert shown["note"] == "Each thumbnail is one draw of picture 1, orange dahlia."


@pytest.mark.parametrize("name", ["cut_mix", "nothing"])
def test_a_preset_takes_over_and_the_list_closes(open_page: Open, name: str) -> None:
    app = opened(open_page)
    choose(app, PRESETS[name].title)
    assert errors(app) == []
    assert recipe_of(app) == PRESETS[name].recipe
    assert gallery(app) == {}


def test_a_preset_is_added_to_the_end_with_ids_of_its_own_and_undone(open_page: Open) -> None:
    app = opened(open_page)
    before = recipe_of(app)
    trigger(app, "gallery", "way", "append")
    assert gallery(reopened(app))["way"] == "append", "remembered before anything is chosen"
    choose(app, PRESETS["guide"].title, way="append")
    after = recipe_of(app)
    assert after.steps[: len(before.steps)] == before.steps
    added = after.steps[len(before.steps) :]
    assert [step.op for step in added] == [step.op for step in PRESETS["guide"].recipe.steps]
    assert len({step.id for step in after.walk()}) == len(list(after.walk()))
    assert gallery(reopened(app))["way"] == "append"
    choose(app, PRESETS["nothing"].title)
    assert not recipe_of(app).steps
    by_label(app.button, "Undo").click().run()
    assert recipe_of(app) == after
    by_label(app.button, "Undo").click().run()
    assert recipe_of(app) == before


def test_too_many_steps_are_refused_by_the_sentence_of_the_recipe(open_page: Open) -> None:
    full = Recipe.from_dict({"version": 1, "steps": [{"op": "invert"}] * 48})
    app = opened(open_page, r=address.encode(full.to_json()))
    choose(app, PRESETS["guide"].title, way="append")
    assert recipe_of(app) == full
    [problem] = errors(app)
    assert "50" in problem
    assert problem.endswith("Your recipe is unchanged.")


def test_the_preset_in_use_is_marked(open_page: Open) -> None:
    app = opened(open_page, r=address.encode(PRESETS["mixing"].recipe.to_json()))
    marked = [card["title"] for card in gallery(app)["cards"] if card["mark"]]
    assert marked == [PRESETS["mixing"].title]


def test_in_a_view_of_one_picture_the_thumbnails_are_of_that_picture(open_page: Open) -> None:
    first = gallery(opened(open_page))
    third = gallery(opened(open_page, view="Steps", picture="3"))
    assert third["note"] == "Each thumbnail is one draw of picture 3, pink tulip."
    assert third["digest"] != first["digest"]
