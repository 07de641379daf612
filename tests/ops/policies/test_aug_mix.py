from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import augment
from augment.engine.plan import Applied, Branch
from tests.ops.reference import (
    Picture,
    apply_ops,
    as_picture,
    assert_distributed,
    assert_equally_often,
    assert_near,
    assert_rate,
    batch_of,
    photograph,
)

COUNT = 3000
OPS = (
    *("auto_contrast", "equalize", "solarize", "posterize", "rotate"),
    *("shear_x", "shear_y", "translate_x", "translate_y"),
)
# What an op draws under a policy -> its value at strength 0 and how far it goes at strength 1.
RANGES = {
    ("solarize", "threshold"): (256.0, 256.0),
    ("solarize", "addition"): (0.0, 0.0),
    ("posterize", "kept"): (8.0, 7.0),
    ("rotate", "turn"): (0.0, 30 / 360),
    ("shear_x", "shear"): (0.0, 0.3),
    ("shear_y", "shear"): (0.0, 0.3),
    ("translate_x", "shift"): (0.0, 1 / 3),
    ("translate_y", "shift"): (0.0, 1 / 3),
}


def drawn_plan(count: int = COUNT, **settings: Any) -> augment.Plan:
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "aug_mix", **settings}]})
    return augment.draw(recipe, np.arange(count), seed=7)


def mixes(plan: augment.Plan) -> list[Applied]:
    """Return the op applied to each picture."""
    return [applied for row in plan.rows for applied in row.ops]


def chains(plan: augment.Plan) -> list[Branch]:
    return [branch for applied in mixes(plan) for branch in applied.branches]


def summed(applied: Applied, picture: Picture) -> np.ndarray:
    """Return the weighted sum in float64, of chains that are rendered one by one."""
    levels = applied.values["share"] * picture.astype(np.float64)
    for weight, ops in applied.branches:
        levels += weight * apply_ops([(one.op, one.values) for one in ops], picture)
    return levels


@pytest.mark.parametrize("severity", [0.3, 1.0])
def test_is_the_weighted_sum_of_its_chains(picture: Picture, severity: float) -> None:
    """Within one level, because the sum in float32 is rounded."""
    plan = drawn_plan(12, severity=severity)
    pictures = np.stack([picture] * len(plan.rows))
    ours = augment.render(plan, pictures).images
    for applied, after in zip(mixes(plan), ours, strict=True):
        assert_near(after, as_picture(summed(applied, picture)), levels=1)


@pytest.mark.parametrize("num_chains", [1, 3, 6])
@pytest.mark.parametrize("alpha", [0.1, 1.0, 10.0])
def test_the_shares_sum_to_1(num_chains: int, alpha: float) -> None:
    for applied in mixes(drawn_plan(300, num_chains=num_chains, alpha=alpha)):
        weights = [branch.weight for branch in applied.branches]
        assert len(weights) == num_chains
        assert min(weights) >= 0.0
        assert applied.values["share"] + sum(weights) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.1, 0.7, 1.0, 4.0])
def test_shares_are_beta_and_dirichlet(alpha: float) -> None:
    """Each part of a Dirichlet distribution is itself a Beta distribution."""
    happened = mixes(drawn_plan(num_chains=4, alpha=alpha))
    own = np.array([applied.values["share"] for applied in happened])
    weights = np.array([[branch.weight for branch in applied.branches] for applied in happened])
    assert_distributed(own, stats.beta(alpha, alpha))
    known = own < 0.999
    parts = weights[known] / (1.0 - own[known])[:, None]
    for part in parts.T:
        assert_distributed(part, stats.beta(alpha, 3 * alpha))
    assert_distributed(parts[:, 0] + parts[:, 1], stats.beta(2 * alpha, 2 * alpha))


@pytest.mark.parametrize("chain_depth", [2, 3, 5])
def test_a_chain_has_from_one_op_to_the_depth(chain_depth: int) -> None:
    lengths = [len(branch.ops) for branch in chains(drawn_plan(1000, chain_depth=chain_depth))]
    assert_equally_often(lengths, range(1, chain_depth + 1))


def test_chains_of_depth_1_have_one_op() -> None:
    assert {len(branch.ops) for branch in chains(drawn_plan(100, chain_depth=1))} == {1}


def test_chains_of_one_picture_have_independent_depths() -> None:
    plan = drawn_plan(num_chains=2, chain_depth=2)
    pairs = [tuple(len(branch.ops) for branch in applied.branches) for applied in mixes(plan)]
    assert_equally_often(pairs, [(1, 1), (1, 2), (2, 1), (2, 2)])


def test_draws_the_nine_ops_equally_often() -> None:
    """None of them is in ImageNet-C: no colour, contrast, brightness or sharpness."""
    names = [one.op for branch in chains(drawn_plan(1000)) for one in branch.ops]
    assert_equally_often(names, OPS)


def test_a_chain_goes_in_any_order() -> None:
    pairs = (branch.ops for branch in chains(drawn_plan(chain_depth=2)) if len(branch.ops) == 2)
    ranks = [tuple(OPS.index(one.op) for one in pair) for pair in pairs]
    assert_rate(np.array([first < second for first, second in ranks if first != second]), 0.5)


@pytest.mark.parametrize("severity", [0.2, 1.0])
def test_strengths_go_from_nothing_to_the_severity(severity: float) -> None:
    ops = [one for branch in chains(drawn_plan(severity=severity)) for one in branch.ops]
    for (name, argument), (weakest, reach) in RANGES.items():
        values = np.array([one.values[argument] for one in ops if one.op == name])
        far = np.abs(values - weakest)
        if argument == "kept":
            assert set(far) == set(range(round(severity * reach) + 1))
        elif reach == 0.0:
            assert not far.any()
        else:
            assert_distributed(far, stats.uniform(0.0, severity * reach))


def test_labels_stay() -> None:
    pictures, labels = batch_of(8, 40, 60), np.eye(8, dtype=np.float32)
    np.testing.assert_array_equal(augment.render(drawn_plan(8), pictures, labels).labels, labels)


def test_the_caption_names_shares_and_chains() -> None:
    plan = drawn_plan(4, num_chains=2)
    for row, applied in enumerate(mixes(plan)):
        [caption] = plan.captions(row)
        assert caption.startswith(f"AugMix, own share {applied.values['share']:.2f}: ")
        for branch in applied.branches:
            assert f"{branch.weight:.0%} {branch.ops[0].caption}" in caption


@pytest.mark.slow
def test_keras_cv_runs_with_any_settings() -> None:
    from keras_cv import layers

    twin = augment.registry()["aug_mix"].twin
    assert twin is not None
    picture = photograph("small").astype(np.float32)[None]
    for given in (
        {"severity": 0.0, "num_chains": 1, "chain_depth": 1, "alpha": 0.1},
        {"severity": 1.0, "num_chains": 6, "chain_depth": 6, "alpha": 10.0},
    ):
        layer = getattr(layers, twin.layer)(**twin.arguments(given))
        assert np.asarray(layer(picture)).shape == picture.shape
