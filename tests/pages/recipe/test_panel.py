"""The panels of the ops of the registry, on the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import Op, Param, Recipe, registry
from augment.engine.params import label_of
from augment.engine.recipe import MAX_STEPS
from pages.components.session import address
from tests.pages.shown import add_step, by_label, digest, errors, grids

Open = Callable[..., AppTest]

OPS = list(registry().values())
DEPENDENT = [(op, param) for op in OPS for param in op.params.values() if param.only_if]


def ends(param: Param) -> tuple[Any, ...]:
    return param.choices if param.type == "choice" else param.bounds


def opened(open_page: Open, *steps: dict[str, Any], **parameters: str) -> AppTest:
    text = json.dumps({"version": 1, "steps": list(steps)})
    return open_page(r=address.encode(text), **{"size": "64", "tiles": "4", **parameters})


def labels(app: AppTest) -> list[str]:
    """Return the parameters that have a widget, without their units."""
    widgets = [*app.slider, *app.number_input, *app.selectbox]
    return [widget.label.partition(" (")[0] for widget in widgets]


def test_every_op_has_a_panel_with_the_widgets_of_its_parameters(open_page: Open) -> None:
    assert len(OPS) <= MAX_STEPS
    app = opened(open_page, *({"op": op.name} for op in OPS), size="32")
    assert errors(app) == []
    titles = [toggle.label for toggle in app.toggle]
    assert all(op.title in titles for op in OPS)
    shown = labels(app)
    for op in OPS:
        for param in op.params.values():
            if param.applies(op.defaults):
                shown.remove(param.label)
    names = {param.label for op in OPS for param in op.params.values()}
    assert names.isdisjoint(shown)


@pytest.mark.parametrize("op", ["one_of", "puzzle_mix", "flip"])
def test_an_op_is_added_from_the_list(open_page: Open, op: str) -> None:
    app = opened(open_page)
    add_step(app, registry()[op].title)
    assert errors(app) == []
    assert registry()[op].title in [toggle.label for toggle in app.toggle]
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


def test_a_parameter_that_depends_on_a_choice_is_shown_with_it_alone(open_page: Open) -> None:
    op, param = DEPENDENT[0]
    choice, value = param.only_if or ("", "")
    app = opened(open_page, {"op": op.name})
    before = digest(app)
    assert param.label not in labels(app)
    by_label(app.selectbox, label_of(choice)).set_value(value).run()
    assert errors(app) == []
    assert param.label in labels(app)
    by_label(app.selectbox, label_of(choice)).set_value(op.params[choice].default).run()
    assert param.label not in labels(app)
    assert digest(app) == before


def test_fine_tuning_is_closed_until_it_is_used(open_page: Open) -> None:
    op = registry()["puzzle_mix"]
    assert any(param.secondary for param in op.params.values())
    for smoothness, is_open in ((op.params["smoothness"].default, False), (5.0, True)):
        app = opened(open_page, {"op": op.name, "smoothness": smoothness})
        assert by_label(app.expander, "Fine tuning").proto.expanded == is_open
        assert "Smoothness" in labels(app)
