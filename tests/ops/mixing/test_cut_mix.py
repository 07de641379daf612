from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import stats

import augment
from tests.ops.reference import (
    apply_mix,
    assert_distributed,
    batch_of,
    drawn,
)

COUNT = 24


def coded(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Return one picture per sample, with the number of the sample in every pixel."""
    numbers = np.arange(COUNT, dtype=np.uint8)[:, None, None, None]
    return np.tile(numbers, (1, height, width, 3))


def shares_of_samples(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return for each picture the fraction that comes from each sample."""
    return np.stack(
        [np.mean(pictures[..., 0] == sample, axis=(1, 2)) for sample in range(COUNT)], 1
    )


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0, 10.0])
@pytest.mark.parametrize("size", [(8, 8), (24, 32), (61, 33), (224, 224)])
def test_the_label_is_the_share_measured_after_clipping(
    size: tuple[int, int], alpha: float, seed: int
) -> None:
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "cut_mix", "alpha": alpha}]})
    labels = np.eye(COUNT, dtype=np.float32)
    batch = augment.apply(recipe, coded(*size), labels, ids=np.arange(COUNT), seed=seed)
    np.testing.assert_allclose(batch.labels, shares_of_samples(batch.images), rtol=0, atol=1e-6)
    if alpha >= 1.0:
        assert np.sum(batch.labels.max(axis=1) < 1.0) > COUNT / 2, "most were mixed"


@pytest.mark.parametrize("side", [40, 41])
def test_keeps_the_odd_pixel_that_the_authors_code_drops(side: int) -> None:
    """There a box reaches int(side) // 2 to both sides of its centre."""
    own, partner = np.zeros((2, 100, 100, 3), np.uint8) + np.uint8([[[[0]]], [[[255]]]])
    mixed = apply_mix(
        "cut_mix",
        np.stack([own, partner]),
        np.eye(2),
        [1, 0],
        share=[1.0 - (side / 100) ** 2] * 2,
        centre_x=[0.5, 0.5],
        centre_y=[0.5, 0.5],
    )
    pasted = np.flatnonzero(mixed.images[0, 50, :, 0])
    assert (pasted[0], pasted[-1] + 1) == (50 - side // 2, 50 - side // 2 + side)
    authors = 50 - side // 2, 50 + side // 2
    assert len(pasted) - (authors[1] - authors[0]) == side % 2


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.8, 0.999, 1.0])
@pytest.mark.parametrize("centre", [(0.5, 0.4), (0.01, 0.98), (0.999, 0.0)])
def test_pastes_as_pillow_does(share: float, centre: tuple[float, float]) -> None:
    """The box has the picture's aspect and the area 1 - share before it is clipped."""
    own, partner = pictures = batch_of(2, 57, 91)
    height, width = own.shape[:2]
    box_height, box_width = (math.floor(math.sqrt(1.0 - share) * side) for side in (height, width))
    left = math.floor(centre[0] * width) - box_width // 2
    top = math.floor(centre[1] * height) - box_height // 2
    box = (left, top, left + box_width, top + box_height)
    expected = Image.fromarray(own)
    expected.paste(Image.fromarray(partner).crop(box), box[:2])
    mixed = apply_mix(
        "cut_mix",
        pictures,
        np.eye(2),
        [1, 0],
        share=[share] * 2,
        centre_x=[centre[0]] * 2,
        centre_y=[centre[1]] * 2,
    )
    np.testing.assert_array_equal(mixed.images[0], np.asarray(expected))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_the_share_is_beta_and_the_place_uniform(alpha: float) -> None:
    values = drawn("cut_mix", alpha=alpha)
    assert_distributed(values["share"], stats.beta(alpha, alpha))
    assert_distributed(values["centre_x"], stats.uniform())
    assert_distributed(values["centre_y"], stats.uniform())


@pytest.mark.slow
def test_equals_keras_cv_except_for_the_label(keras: ModuleType) -> None:
    """keras_cv weights the label by the box before clipping, so it is only right inside the picture."""
    pictures, labels = coded(57, 91), np.eye(COUNT, dtype=np.float32)
    shares = np.linspace(0.03, 0.97, COUNT)
    theirs = keras.cut_mix(pictures, labels, shares)
    ours = apply_mix(
        "cut_mix",
        pictures,
        labels,
        theirs.partners,
        share=shares,
        centre_x=(theirs.centres_x + 0.5) / 91,
        centre_y=(theirs.centres_y + 0.5) / 57,
    )
    np.testing.assert_array_equal(ours.images, theirs.pictures)
    pasted = shares_of_samples(ours.images)
    error = np.abs(theirs.labels - pasted).max(axis=1)
    clipped = error > 1e-6
    assert 0 < clipped.sum() < COUNT
    assert error[clipped].mean() > 0.05
    np.testing.assert_allclose(ours.labels, pasted, rtol=0, atol=1e-6)
