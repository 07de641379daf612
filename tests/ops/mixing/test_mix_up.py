from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tests.ops.reference import (
    apply_mix,
    assert_distributed,
    assert_near,
    assert_rate,
    batch_of,
    drawn,
)

SHARES = [0.0, 0.013, 0.3, 0.5, 0.77, 0.9999, 1.0]
COUNT = len(SHARES)


@pytest.mark.parametrize("share", SHARES)
def test_blends_as_pillow_does_to_a_level(share: float) -> None:
    """Pillow truncates where we round."""
    own, partner = pictures = batch_of(2, 57, 91)
    pillows = Image.blend(Image.fromarray(partner), Image.fromarray(own), share)
    mixed = apply_mix("mix_up", pictures, np.eye(2), [1, 0], share=[share] * 2)
    assert_near(mixed.images[0], np.asarray(pillows), levels=1)


def test_blends_to_within_rounding() -> None:
    pictures, partners = batch_of(COUNT, 40, 33), np.roll(np.arange(COUNT), 1)
    mixed = apply_mix("mix_up", pictures, np.eye(COUNT), partners, share=SHARES)
    share = np.array(SHARES)[:, None, None, None]
    exact = share * pictures + (1.0 - share) * pictures[partners]
    assert np.abs(mixed.images - exact).max() <= 0.5 + 1e-4


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_the_share_is_beta(alpha: float) -> None:
    assert_distributed(drawn("mix_up", alpha=alpha)["share"], stats.beta(alpha, alpha))


def test_small_alphas_do_not_underflow() -> None:
    """At 0.01 a third of the shares round to exactly 1, so the distribution is checked at fixed points.

    keras_cv draws exactly one half for every sixth picture here.
    """
    shares = drawn("mix_up", alpha=0.01)["share"]
    for point in (1e-200, 1e-20, 0.5, 1.0 - 1e-10):
        assert_rate(shares <= point, stats.beta.cdf(point, 0.01, 0.01))
    assert np.mean(shares == 0.5) < 0.01


@pytest.mark.slow
def test_equals_keras_cv_within_one_level(keras: ModuleType) -> None:
    pictures, labels = batch_of(COUNT, 57, 91), np.eye(COUNT, dtype=np.float32)
    theirs = keras.mix_up(pictures, labels, SHARES)
    ours = apply_mix("mix_up", pictures, labels, theirs.partners, share=SHARES)
    for picture, expected in zip(ours.images, theirs.pictures, strict=True):
        assert_near(picture, expected, levels=1)
    np.testing.assert_allclose(ours.labels, theirs.labels, rtol=0, atol=1e-6)
