"""Plant a bug of each sort, and see the contract tests catch it, or the op's own."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment.engine import compiled, distributions, draw, op, plain, rng
from augment.engine.plan import Applied
from augment.engine.policies import PolicyChoice, PoolEntry
from tests import contract
from tests.ops.policies import test_aug_mix, test_rand_augment

Plant = Callable[..., None]
Share = Callable[[Applied, float], float]
"""The share that is reported, from what was applied and what was measured."""


@pytest.fixture(autouse=True)
def renders_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was compiled knows nothing of a bug that is planted afterwards."""
    monkeypatch.setattr(compiled, "is_used", lambda: False)


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that replaces parts of a registered op for one test."""

    def replace(name: str, **parts: Any) -> None:
        buggy = dataclasses.replace(augment.registry()[name], **parts)
        monkeypatch.setitem(op._registry, name, buggy)
        op._sorted.cache_clear()

    yield replace
    monkeypatch.undo()
    op._sorted.cache_clear()


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Callable[[Share], None]:
    """Return a function that replaces the share of a picture which a mix is said to have left."""
    real = plain._Rendering._take

    def replace(by: Share) -> None:
        def take(self: Any, part: Any, own: Any, cuts: Any, row: int) -> Any:
            taken = real(self, part, own, cuts, row)
            if part[row] and part[row][0].partner is not None:
                own[row] = by(part[row][0], own[row])
            return taken

        monkeypatch.setattr(plain._Rendering, "_take", take)

    return replace


def caught(check: str, name: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        contract.CHECKS[check](name)


def test_a_label_from_the_requested_box(share: Callable[[Share], None]) -> None:
    share(lambda applied, measured: applied.values["share"])
    caught("mix_label", "cut_mix")


@pytest.mark.parametrize("name", ["cut_mix", "mix_up", "puzzle_mix"])
def test_a_swapped_share(share: Callable[[Share], None], name: str) -> None:
    share(lambda applied, measured: 1.0 - measured)
    caught("mix_label", name)


def test_a_box_beyond_the_picture(plant: Plant) -> None:
    real = augment.registry()["cut_mix"].function

    def not_clipped(height: int, width: int, **values: Any) -> Any:
        return (*real(height, width, **values)[:3], width + 1)

    plant("cut_mix", function=not_clipped)
    caught("what_the_function_returns", "cut_mix")


def test_a_table_whose_shape_depends_on_a_choice(plant: Plant) -> None:
    real = augment.registry()["contrast"].function

    def one_column(means: Any, **values: Any) -> Any:
        table = real(means, **values)
        return table[:, 0] if values["mean_of"] == "picture" else table

    plant("contrast", function=one_column)
    caught("what_the_function_returns", "contrast")


def test_a_write_into_the_input(plant: Plant) -> None:
    def in_place(image: Any, out: Any) -> Any:
        image[:4] = 0
        return image

    plant("grayscale", function=in_place)
    caught("input_intact", "grayscale")


def test_an_inverted_strength(plant: Plant) -> None:
    drawn = {"shear": distributions.UpTo("x_factor", signed=True, strength=(1.0, 0.0))}
    plant("shear_x", draws=drawn)
    caught("strength", "shear_x")


def test_a_policy_that_gets_weaker(plant: Plant) -> None:
    drawn = {"shear": distributions.UpTo("x_factor", signed=True, strength=(0.3, 0.0))}
    plant("rand_augment", pool=lambda values: (PoolEntry(op="shear_x", draws=drawn),))
    caught("strength", "rand_augment")


def test_a_policy_that_goes_too_far(plant: Plant) -> None:
    """The range that is the paper's is not the contract's to know, but the op's own test's."""
    real = augment.registry()["rand_augment"].pool
    further = {"shear": distributions.UpTo("x_factor", signed=True, strength=(0.0, 0.31))}
    shears = PoolEntry(op="shear_x", draws=further)
    plant(
        "rand_augment",
        pool=lambda values: tuple(shears if one.op == "shear_x" else one for one in real(values)),
    )
    with pytest.raises(AssertionError):
        test_rand_augment.test_a_strength_gives_each_op_of_the_paper_its_value(0.6)


def test_branches_that_weigh_too_much(plant: Plant) -> None:
    """The own share is what the weights of the branches leave, and must be the one drawn."""
    real = augment.registry()["aug_mix"].function

    def swapped(*arrays: Any, share: Any, **values: Any) -> PolicyChoice:
        return real(*arrays, share=1.0 - share, **values)

    plant("aug_mix", function=swapped)
    with pytest.raises(AssertionError):
        test_aug_mix.test_the_shares_sum_to_1(1.0, 3)


def test_a_weighed_sum_that_forgets_the_last_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = plain.weighed
    monkeypatch.setattr(
        plain, "weighed", lambda *given: whole(given[0], given[1][:-1], given[2][:-1])
    )
    with pytest.raises(AssertionError):
        test_aug_mix.test_is_the_weighted_sum_of_its_chains(contract.pictures()[0], 1.0)


def test_draws_keyed_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    by_id = rng.streams
    monkeypatch.setattr(
        draw.rng, "streams", lambda seed, epoch, ids: by_id(seed, epoch, np.arange(len(ids)))
    )
    caught("order_size_threads", "shear_x")


def test_a_probability_applied_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    once = draw._Drawing.step

    def twice(self: Any, prepared: Any, target: Any) -> None:
        again = target.uniform(prepared.happens_key ^ np.uint64(1))[0] < prepared.step.probability
        once(self, prepared, target.where(again))

    monkeypatch.setattr(draw._Drawing, "step", twice)
    caught("probability", "grayscale")


def test_one_draw_for_the_whole_batch(plant: Plant) -> None:
    class Constant(distributions.UpTo):
        def sample(self, uniforms: Any, given: Any, strength: Any = None) -> Any:
            return super().sample(uniforms * 0 + 0.5, given, strength)

    plant("shear_x", draws={"shear": Constant("x_factor", signed=True)})
    caught("rows_differ", "shear_x")


def test_a_partner_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    def neighbours(self: Any, key: Any, cases: Any) -> Any:
        return (cases.rows + 1) % len(self.streams)

    monkeypatch.setattr(draw._Drawing, "_partners", neighbours)
    caught("order_size_threads", "cut_mix")


def test_labels_left_unmixed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = plain.run
    monkeypatch.setattr(plain, "run", lambda *given, **options: real(*given, **options) and [])
    caught("mix_label", "cut_mix")


def test_an_identity_that_changes_something(plant: Plant) -> None:
    real = augment.registry()["cutout"].function
    plant("cutout", function=lambda *arrays, **values: real(*arrays, **values) ^ np.uint8(1))
    caught("identity", "cutout")


def test_another_type(plant: Plant) -> None:
    plant("grayscale", function=lambda image, out: image.astype(np.float32))
    caught("what_the_function_returns", "grayscale")


def test_no_documentation(plant: Plant) -> None:
    plant("grayscale", function=lambda image, out: image)
    caught("documented", "grayscale")


def test_an_example_of_what_it_did_before(plant: Plant) -> None:
    real = augment.registry()["invert"].function

    def lighter() -> Any:
        return np.maximum(real(), 1)

    lighter.__doc__ = real.__doc__.replace("255, 155, 55", "255, 155, 56")
    plant("invert", function=lighter)
    caught("example", "invert")


def test_no_example(plant: Plant) -> None:
    real = augment.registry()["invert"].function

    def undocumented() -> Any:
        return real()

    plant("invert", function=undocumented)
    caught("example", "invert")


def test_a_share_beyond_all(plant: Plant) -> None:
    plant("mix_up", function=lambda **values: 1.5)
    caught("numbers", "mix_up")


def test_the_input_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        augment, "apply", lambda recipe, images, labels, **options: augment.Batch(images, labels)
    )
    caught("result_is_new", "grayscale")


def test_a_plan_that_loses_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = augment.Plan.to_json

    def rounded(plan: augment.Plan) -> str:
        return json.dumps(json.loads(whole(plan), parse_float=lambda text: round(float(text), 9)))

    monkeypatch.setattr(augment.Plan, "to_json", rounded)
    caught("json", "shear_x")


def test_an_empty_caption(plant: Plant) -> None:
    plant("shear_x", caption_of=lambda values: "")
    caught("captions", "shear_x")


def test_every_check_has_caught_something() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'caught\("(\w+)"', source)) == set(contract.CHECKS)
