"""The values in a plan: all that can be drawn are read, and all others are refused."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

import augment
from augment import Plan
from augment.engine.spans import check_values, spans_of
from tests import contract
from tests.given import happening

DRAWN = {
    name: op for name, op in augment.registry().items() if op.kind != "policy" and op.drawn_once
}


@pytest.mark.parametrize("name", augment.registry())
def test_all_that_is_drawn_at_the_ends_of_every_parameter_is_read_back(name: str) -> None:
    op = augment.registry()[name]
    ends = [
        {p.name: p.bounds[end] for p in op.params.values() if p.type != "choice"} for end in (0, 1)
    ]
    choices = [
        {p.name: choice for p in op.params.values() if p.type == "choice" for choice in p.choices}
    ]
    for settings in (*ends, *choices, {}):
        recipe = contract.recipe_of(name, **settings)
        plan = augment.draw(recipe, contract.IDS, seed=7, epoch=5, labels=contract.one_hot())
        plan = Plan(seed=2**70, rows=plan.rows)  # as of plans drawn when seeds had no bound
        assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("name", DRAWN)
def test_the_ends_of_what_is_drawn_can_be_rendered(name: str) -> None:
    op, spans = DRAWN[name], spans_of(name)
    partner = 1 if op.mixes else None
    for end in ("low", "high"):
        drawn = {arg: span.type(getattr(span, end)) for arg, span in spans.items()}
        row = {"id": 1, "epoch": 0, "notes": [], "ops": [happening(name, partner=partner, **drawn)]}
        rest = [{"id": 2 + n, "epoch": 0, "notes": [], "ops": []} for n in range(11)]
        text = json.dumps({"version": 1, "seed": 0, "op_versions": {}, "rows": [row, *rest]})
        plan = Plan.from_json(text)
        batch = augment.render(plan, contract.pictures(), contract.one_hot())
        assert np.isfinite(batch.labels).all()
        assert plan.captions(0)


def test_the_span_is_that_of_the_op_or_of_the_policy_that_draws_further() -> None:
    """And twice as far with what is measured."""
    assert spans_of("rotate")["turn"] == (float, -1.0, 1.0, False)
    assert spans_of("saturation")["multiplier"] == (float, 0.0, 4.0, False)
    assert spans_of("random_erasing")["aspect"] == (float, 0.05, 20.0, False)
    assert spans_of("cut_mix")["centre_x"] == (float, 0.0, 1.0, False)
    assert spans_of("posterize")["kept"] == (float, 0.0, 8.0, True)
    assert spans_of("flip")["vertical"] == (bool, 0.0, 1.0, True)
    assert spans_of("gaussian_noise")["seed"] == (int, 0.0, 2**52 - 1, True)


WRONG = [math.nan, math.inf, 10**400, -(10**400), 1e300, -1e300, "0.5", None, [0.5], {}]


@pytest.mark.parametrize("wrong", [*WRONG, True])
@pytest.mark.parametrize("name", ["gaussian_noise", "cut_mix", "posterize", "jpeg_quality"])
def test_a_value_that_cannot_be_drawn_is_refused(name: str, wrong: Any) -> None:
    op = augment.registry()[name]
    values = augment.draw(contract.recipe_of(name), contract.IDS, seed=1).rows[0].ops[0].values
    for argument in values:
        with pytest.raises(ValueError, match=f"^{argument} is wrong: it must be a"):
            check_values(op, {**values, argument: wrong})


def test_a_whole_number_is_whole_and_a_choice_is_true_or_false() -> None:
    jpeg, flip = augment.registry()["jpeg_quality"], augment.registry()["flip"]
    with pytest.raises(ValueError, match="saved_at is wrong: it must be a whole number from 1 to"):
        check_values(jpeg, {"quality": 50, "saved_at": 60.5})
    with pytest.raises(ValueError, match="vertical is wrong: it must be true or false"):
        check_values(flip, {**flip.defaults, "horizontal": True, "vertical": 1})
    with pytest.raises(ValueError, match="are not the arguments quality, saved_at"):
        check_values(jpeg, {"quality": 50})
