"""Fixtures of the reference tests."""

from __future__ import annotations

import os
from types import ModuleType

import pytest

from tests.ops.reference import PICTURES, Picture, photograph


@pytest.fixture(params=PICTURES)
def picture(request: pytest.FixtureRequest) -> Picture:
    """A photograph, read-only."""
    return photograph(request.param)


@pytest.fixture
def keras() -> ModuleType:
    """keras_cv as a reference, its draws the same in every run; TensorFlow is imported by the first test.

    Where a draw is compared with a distribution at a significance of one in a thousand, a few hundred
    unseeded comparisons fail once in some runs although nothing is wrong.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tests.ops import keras_reference

    keras_reference.seed(7)
    return keras_reference
