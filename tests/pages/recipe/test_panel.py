"""The panels of the ops of the registry, on the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import Op, Param, Recipe, address, registry
from augment.engine.recipe import MAX_STEPS
from tests.pages.shown import (
    add_step,
    come_back,
    errors,
    grids,
    panel,
    parameter,
    send_edits,
    slide,
    steps,
)

Open = Callable[..., AppTest]

OPS = list(registry().values())
DEPENDENT = [(op, param) for op in OPS for param in op.params.values() if param.only_if]


def ends(param: Param) -> tuple[Any, ...]:
    return param.choices if param.type == "choice" else param.bounds


def opened(open_page: Open, *steps: dict[str, Any], **parameters: str) -> AppTest:
    text = json.dumps({"version": 1, "steps": list(steps)})
    return open_page(r=address.encode(text), **{"size": "64", "tiles": "4", **parameters})


def recipe_of(app: AppTest) -> Recipe:
    """Return the recipe that the address holds."""
    return Recipe.from_json(address.decode(parameter(app, "r")))


def test_every_op_is_a_step_with_all_its_parameters(open_page: Open) -> None:
    assert len(OPS) <= MAX_STEPS
    app = opened(open_page, *({"op": op.name} for op in OPS), size="32")
    assert errors(app) == []
    assert [step["title"] for step in steps(app)] == [op.title for op in OPS]
    for op, step in zip(OPS, steps(app), strict=True):
        assert step["about"] == op.summary
        assert (step["steps"] is not None) == op.takes_steps
        for param, shown in zip(op.params.values(), step["settings"], strict=True):
            assert shown["label"] == param.label
            assert param.help in shown["help"]
            assert shown["value"] == shown["default"] == param.default
            assert shown["only_if"] == (list(param.only_if) if param.only_if else None)
            assert len(shown["usual"]) == len(param.recommended)
            if param.type == "choice":
                assert [value for value, _ in shown["choices"]] == list(param.choices)
                continue
            assert (shown["low"], shown["high"]) == param.bounds
            assert shown["factor"] == (360 if param.unit == "turn" else 1)
            assert 0 < shown["step"] <= shown["high"] - shown["low"]
            assert shown["slides"] == ((shown["high"] - shown["low"]) / shown["step"] <= 2000)


@pytest.mark.parametrize("op", ["one_of", "puzzle_mix", "flip"])
def test_an_op_is_added_from_the_list(open_page: Open, op: str) -> None:
    app = opened(open_page)
    add_step(app, registry()[op].title)
    assert errors(app) == []
    assert [step["title"] for step in steps(app)] == [registry()[op].title]
    assert len(grids(app)) == 1


@pytest.mark.parametrize("end", [0, -1])
def test_every_op_shows_pictures_at_either_end_of_its_parameters(open_page: Open, end: int) -> None:
    steps = [
        {"op": op.name, **{name: ends(param)[end] for name, param in op.params.items()}}
        for op in OPS
    ]
    app = opened(open_page, *steps, size="32")
    assert errors(app) == []
    assert [step.op for step in app.session_state["recipe"].steps] == [op.name for op in OPS]
    assert len(grids(app)) == 1


@pytest.mark.parametrize(("op", "param"), DEPENDENT, ids=lambda item: item.name)
def test_what_is_not_shown_changes_nothing(op: Op, param: Param) -> None:
    choice, value = param.only_if or ("", "")
    images = np.random.default_rng(3).integers(0, 256, (8, 32, 32, 3), np.uint8)
    labels = np.eye(8, dtype=np.float32)

    def rendered(**values: Any) -> bytes:
        recipe = Recipe.from_dict({"version": 1, "steps": [{"op": op.name, **values}]})
        plan = augment.draw(recipe, np.arange(8), seed=5, epoch=0, labels=labels)
        return augment.render(plan, images, labels).images.tobytes()

    low, high = param.bounds
    for other in op.params[choice].choices:
        same = rendered(**{choice: other, param.name: low}) == rendered(
            **{choice: other, param.name: high}
        )
        assert same == (other != value)


STEPS: list[dict[str, Any]] = [
    {"op": "flip", "id": "a"},
    {"op": "one_of", "id": "b", "steps": [{"op": "cut_mix", "id": "c"}, {"op": "hue", "id": "d"}]},
]


def test_edits_are_applied_in_their_order_and_each_once(open_page: Open) -> None:
    app = opened(open_page, *STEPS)
    version = panel(app)["version"]
    edits: list[dict[str, Any]] = [
        {"n": 1, "version": version, "kind": "value", "step": "c", "name": "alpha", "value": 0.5},
        {"n": 2, "version": version, "kind": "duplicate", "step": "a"},
        {"n": 3, "version": version, "kind": "move", "step": "d", "parent": "", "index": 0},
        {"n": 4, "version": version, "kind": "value", "step": "a", "name": "classes", "value": [1]},
    ]
    send_edits(app, {"instance": "one", "edits": edits})
    assert errors(app) == []
    assert panel(app)["applied"] == ["one", 4]
    after = recipe_of(app)
    assert [step.id for step in after.walk()] == ["d", "a", "flip", "b", "c"]
    assert after.steps[1].classes == (1,)
    assert after.steps[3].steps[0].params["alpha"] == 0.5
    # The same ones come again with the next, which are the newest of those twenty.
    more = {"n": 5, "version": version, "kind": "remove", "step": "flip"}
    send_edits(app, {"instance": "one", "edits": [*edits, more]})
    assert [step.id for step in recipe_of(app).walk()] == ["d", "a", "b", "c"]
    # A panel that was made anew counts from the beginning.
    first = {"n": 1, "version": version, "kind": "remove", "step": "d"}
    send_edits(app, {"instance": "two", "edits": [first]})
    assert [step.id for step in recipe_of(app).walk()] == ["a", "b", "c"]


def test_the_panel_is_made_again_until_an_edit_shows_that_it_has_come(open_page: Open) -> None:
    """The browser drops a recipe that comes after the next edit, for it lacks that."""
    app = opened(open_page, *STEPS)
    value = {"version": panel(app)["version"], "kind": "value", "step": "c", "name": "alpha"}
    edits: list[dict[str, Any]] = []
    for has, edit, is_made_again in (
        (0, {**value, "value": 0.9}, False),
        (0, {**value, "kind": "duplicate"}, True),
        (0, {**value, "value": 0.8}, True),
        (2, {**value, "value": 0.7}, True),
        (4, {**value, "value": 0.6}, False),
    ):
        edits.append({"n": len(edits) + 1, "has": has, **edit})
        assert send_edits(app, {"instance": "one", "edits": edits}) is is_made_again
    # Another panel, as of a page that was reloaded, counts for itself.
    assert not send_edits(app, {"instance": "two", "edits": [{**value, "n": 1, "has": 0}]})


@pytest.mark.parametrize("seen", [True, False])
def test_an_edit_replaces_the_one_before_it_only_where_that_has_come(
    open_page: Open, *, seen: bool
) -> None:
    app = opened(open_page, *STEPS)
    value = {"version": panel(app)["version"], "kind": "value", "step": "c", "name": "alpha"}
    first, second = {**value, "n": 1, "value": 0.5}, {**value, "n": 2, "value": 0.6}
    send_edits(app, {"instance": "one", "edits": [first, second] if seen else [first]})
    send_edits(app, {"instance": "one", "edits": [{**value, "n": 3, "value": 0.7, "replaces": 2}]})
    past = [one.steps[1].steps[0].params["alpha"] for one in app.session_state.recipe_history.past]
    assert past == [1.0, 0.5]
    assert recipe_of(app).steps[1].steps[0].params["alpha"] == 0.7


def test_a_panel_whose_place_another_has_taken_changes_nothing(open_page: Open) -> None:
    app = opened(open_page, *STEPS)
    version = panel(app)["version"]

    def sent(instance: str, *removed: str) -> dict[str, Any]:
        each = enumerate(removed, start=1)
        edits = [{"n": n, "version": version, "kind": "remove", "step": step} for n, step in each]
        return {"instance": instance, "edits": edits}

    for instance, removed in (("one", "c"), ("two", "d")):
        send_edits(app, sent(instance, removed))
    send_edits(app, sent("one", "c", "a"))
    assert [step.id for step in recipe_of(app).walk()] == ["a", "b"]
    assert panel(app)["applied"] == ["two", 1]
    send_edits(app, sent("two", "d", "a"))
    assert [step.id for step in recipe_of(app).walk()] == ["b"]


def test_edits_that_outlived_their_session_are_not_applied_again(open_page: Open) -> None:
    """As when the server was started anew: the recipe of the address has them already."""
    app = opened(open_page, *STEPS)
    edit = {"version": panel(app)["version"], "kind": "duplicate", "step": "a"}
    sent = {"instance": "one", "edits": [{"n": 1, **edit}]}
    send_edits(app, sent)
    app = come_back(app, sent)
    assert [step.id for step in recipe_of(app).walk()] == ["a", "flip", "b", "c", "d"]
    edit["version"] = panel(app)["version"]
    send_edits(app, {"instance": "one", "edits": [*sent["edits"], {"n": 2, **edit}]})
    assert [step.id for step in recipe_of(app).steps] == ["a", "flip_2", "flip", "b"]


def test_an_edit_of_another_recipe_changes_nothing(open_page: Open) -> None:
    app = opened(open_page, *STEPS)
    before = recipe_of(app)
    edit = {"n": 1, "version": panel(app)["version"] + 1, "kind": "remove", "step": "a"}
    send_edits(app, {"instance": "one", "edits": [edit]})
    assert recipe_of(app) == before


def test_a_value_that_is_not_allowed_is_one_sentence_and_the_panel_goes_back(
    open_page: Open,
) -> None:
    app = opened(open_page, *STEPS)
    before, shown = recipe_of(app), steps(app)
    slide(app, "Alpha", 99)
    [sentence] = errors(app)
    assert "alpha is 99; it must be" in sentence
    assert recipe_of(app) == before
    assert steps(app) == shown
    assert panel(app)["applied"][1] > 0, "so that the browser takes this for the newest"


VERSION = 1
"""That of the recipe that a page is opened with."""
RUBBISH: list[Any] = [
    None,
    7,
    [],
    {"instance": 1, "edits": []},
    {"instance": "x", "edits": "all"},
    {"instance": "x", "edits": [None, 3, {"n": "1"}, {"n": True, "kind": "remove", "step": "a"}]},
    {"instance": "x", "edits": [{"n": 1}]},
    *(
        {"instance": "x", "edits": [{"n": n, "version": VERSION, **edit}]}
        for n, edit in enumerate(
            (
                {"kind": [], "step": "a"},
                {"kind": "remove", "step": ["a"]},
                {"kind": "value", "step": "a", "name": "id", "value": "z"},
                {"kind": "value", "step": "a", "name": "op", "value": "hue"},
                {"kind": "value", "step": "b", "name": "steps", "value": []},
                {"kind": "value", "step": "a", "name": ["rate"], "value": 1},
                {"kind": "value", "step": "a", "name": "rate"},
                {"kind": "move", "step": "a", "parent": None, "index": 0},
                {"kind": "move", "step": "a", "parent": "b", "index": 0.5},
                {"kind": "move", "step": "b", "parent": "b", "index": 0},
            ),
            start=2,
        )
    ),
]


def test_what_is_no_edit_is_ignored(open_page: Open) -> None:
    app = opened(open_page, *STEPS)
    assert panel(app)["version"] == VERSION
    before = recipe_of(app)
    for sent in RUBBISH:
        send_edits(app, sent)
        assert errors(app) == []
        assert recipe_of(app) == before, sent


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "much", None, [0.5], {}, True, 10**400]
)
def test_a_value_that_is_none_is_refused_in_a_sentence(open_page: Open, value: Any) -> None:
    app = opened(open_page, *STEPS)
    slide(app, "Rate", value)
    [sentence] = errors(app)
    assert "rate is" in sentence
