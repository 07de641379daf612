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


@pytest.fixture(scope="session")
def keras() -> ModuleType:
    """keras_cv as a reference; TensorFlow is imported once, when the first test asks for it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tests.ops import keras_reference

    return keras_reference
