"""What the tests of the compiled calls share: a plan rendered in both ways."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import augment
from augment.engine import compiled

Compare = Callable[..., npt.NDArray[np.uint8]]


@pytest.fixture
def same(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Return a function that demands the same bits of both ways, and returns the pictures."""

    def check(
        plan: augment.Plan, images: npt.NDArray[np.uint8], *, threads: int = 1, words: Any = ""
    ) -> npt.NDArray[np.uint8]:
        rows = np.arange(len(images))
        labels = np.eye(3, dtype=np.float32)[rows % 3] * np.float32(0.9) + np.float32(0.1 / 3)
        monkeypatch.setattr(compiled, "is_used", lambda: False)
        expected = augment.render(plan, images, labels)
        monkeypatch.setattr(compiled, "is_used", lambda: True)
        given = images.copy()
        got = augment.render(plan, images, labels, threads=threads)
        np.testing.assert_array_equal(images, given, "the input is written to")
        np.testing.assert_array_equal(got.images, expected.images, f"{words} {images.shape}")
        np.testing.assert_array_equal(got.labels, expected.labels, f"{words} {images.shape}")
        return got.images

    return check


def noise(count: int, height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return pictures, each with levels from another range: all, few, or a single one."""
    rng = np.random.default_rng((seed, count, height, width))
    images = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    images[1::3] = images[1::3] // 8 + np.uint8(100)
    images[2::6] = (0, 200, 255)
    images[5::6] = 255
    return images
