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
        *("auto_contrast", "equalize", "solarize", "color_degeneration", "contrast", "brightness"),
        *("shear_x", "shear_y", "translate_x", "translate_y", "grid_mask", "grayscale", "cutout"),
        *("flip", "cut_mix", "mix_up", "rand_augment", "random_pipeline", "one_of"),
    }
    assert taught <= set(augment.registry())
