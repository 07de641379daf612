"""Every registered op keeps the contract."""

from __future__ import annotations

import pytest

import augment
from tests import contract


@pytest.mark.parametrize("check", contract.CHECKS)
@pytest.mark.parametrize("name", augment.registry())
def test_op_keeps(name: str, check: str) -> None:
    contract.CHECKS[check](name)


def test_the_ops_are_there() -> None:
    taught = {
        *("auto_contrast", "equalize", "solarize", "posterize", "invert", "brightness", "contrast"),
        *("gamma", "color_degeneration", "saturation", "hue", "channel_shift", "channel_shuffle"),
        *("grayscale", "gaussian_blur", "sharpness", "gaussian_noise", "jpeg_quality", "flip"),
        *("rotate", "shear_x", "shear_y", "translate_x", "translate_y", "zoom", "random_crop"),
        *("random_resized_crop", "perspective", "elastic", "cutout", "random_erasing", "grid_mask"),
        *("cut_mix", "mix_up", "puzzle_mix", "rand_augment", "random_pipeline", "one_of"),
        *("trivial_augment", "aug_mix"),
    }
    assert taught <= set(augment.registry())
