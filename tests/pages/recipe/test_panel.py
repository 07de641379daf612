"""The panel of every op of the registry, on the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import Op, Param, Recipe, registry
from pages.components.recipe.param_widget import in_words
from pages.components.session import address
from tests.pages.shown import add_step, by_label, digest, errors, grids

Open = Callable[..., AppTest]

OPS = list(registry().values())
WAITING = [(op, param) for op in OPS for param in op.params.values() if param.only_if]


def ids(item: Op | Param) -> str:
    return item.name


def ends(param: Param) -> tuple[Any, ...]:
    return param.choices if param.type == "choice" else param.bounds


def opened(open_page: Open, op: Op, **values: Any) -> AppTest:
    text = json.dumps({"version": 1, "steps": [{"op": op.name, **values}]})
    return open_page(r=address.encode(text), size="64", tiles="4")


def labels(app: AppTest) -> list[str]:
    """Return the parameters that have a widget, without their units."""
    widgets = [*app.slider, *app.number_input, *app.selectbox]
    return [widget.label.partition(" (")[0] for widget in widgets]


@pytest.mark.parametrize("op", OPS, ids=ids)
def test_every_op_is_added_and_has_its_widgets(open_page: Open, op: Op) -> None:
    app = open_page(r=address.encode('{"version": 1, "steps": []}'), size="64", tiles="4")
    add_step(app, op.title)
    assert errors(app) == []
    assert op.title in [toggle.label for toggle in app.toggle]
    shown = labels(app)
    for param in op.params.values():
        assert (in_words(param.name) in shown) == param.applies(op.defaults)


@pytest.mark.parametrize("op", OPS, ids=ids)
def test_every_op_shows_pictures_at_either_end_of_its_parameters(open_page: Open, op: Op) -> None:
    for end in (0, -1):
        app = opened(open_page, op, **{name: ends(p)[end] for name, p in op.params.items()})
        assert errors(app) == []
        assert len(grids(app)) == 1


@pytest.mark.parametrize(("op", "param"), WAITING, ids=ids)
def test_a_parameter_that_waits_for_a_choice_is_there_with_it_alone(
    open_page: Open, op: Op, param: Param
) -> None:
    choice, value = param.only_if or ("", "")
    app = opened(open_page, op)
    before = digest(app)
    assert in_words(param.name) not in labels(app)
    by_label(app.selectbox, in_words(choice)).set_value(value).run()
    assert errors(app) == []
    assert in_words(param.name) in labels(app)
    by_label(app.selectbox, in_words(choice)).set_value(op.params[choice].default).run()
    assert in_words(param.name) not in labels(app)
    assert digest(app) == before


@pytest.mark.parametrize(("op", "param"), WAITING, ids=ids)
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


def test_what_is_for_fine_tuning_is_folded_away_until_it_is_tuned(open_page: Open) -> None:
    op = registry()["puzzle_mix"]
    assert any(param.secondary for param in op.params.values())
    for smoothness, is_open in ((op.params["smoothness"].default, False), (5.0, True)):
        app = opened(open_page, op, smoothness=smoothness)
        assert by_label(app.expander, "Fine tuning").proto.expanded == is_open
        assert "Smoothness" in labels(app)
