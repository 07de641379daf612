"""A recipe by the real layers of keras_cv 0.9, to compare with this package's own result.

TensorFlow takes 0.7 GB and seconds to load, so the layers run in the helper process of the server
(`augment.helper`). Importing this package imports no TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from augment import helper
from augment.engine.draw import check_recipe
from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels, Samples
from augment.export.with_keras_cv import differences

__all__ = [
    "MAX_BYTES",
    "MAX_PICTURES",
    "KerasCVError",
    "Reference",
    "Stage",
    "ask",
    "differences",
    "render",
    "timed",
]

T = TypeVar("T")

MAX_PICTURES = 64
MAX_BYTES = 32 * 1024 * 1024
"""Of the pictures as uint8. The layers hold several copies as float32, four times as large each."""

TIMED_CALLS = 5
TIMED_S = 0.5

Stage = Literal["starting", "building", "rendering"]
"""What the helper process does for a request: load TensorFlow, make the layers, apply them."""

KerasCVError = helper.HelperError
"""The layers of keras_cv gave no result: one sentence says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """A batch by the layers of keras_cv.

    Attributes:
        images: uint8 (B, H, W, 3), rounded from the layers' float32.
        labels: float32 (B, K).
        seconds: What the layers alone took, as a compiled function that is warm: see `timed`.
        building: Seconds of making and tracing the layers; 0 where they were cached.
        starting: Seconds of loading TensorFlow and keras_cv; 0 where they were loaded.
        differs: The ids of steps, each with a sentence on what differs from this package's own result.
    """

    images: Images
    labels: Labels
    seconds: float
    building: float
    starting: float
    differs: tuple[tuple[str, str], ...]


def ask(
    recipe: Recipe,
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    timeout: float = helper.TIMEOUT_S,
) -> helper.Job[Reference]:
    """Begin what `render` does, and return at once.

    Raises:
        KerasCVError: Too many requests are waiting, or the pictures are too many.
        DataError: The recipe, pictures or labels are not as they must be.
    """
    check_recipe(recipe)
    samples = Samples.of_arrays(images, labels)
    pictures = np.asarray(samples.images)
    if not 1 <= len(pictures) <= MAX_PICTURES or pictures.nbytes > MAX_BYTES:
        raise KerasCVError(
            f"keras_cv is given 1 to {MAX_PICTURES} pictures of together {MAX_BYTES // 2**20} MB at "
            f"most; these are {len(pictures)} with {pictures.nbytes / 2**20:,.1f} MB."
        )
    shares = np.asarray(samples.labels)
    return helper.HELPER.submit("keras_cv", recipe.to_dict(), pictures, shares, timeout=timeout)


def render(
    recipe: Recipe,
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    timeout: float = helper.TIMEOUT_S,
) -> Reference:
    """Return a batch by the layers of keras_cv 0.9, as `augment.export.to_keras_cv` has them.

    Any number of threads may ask at once: requests are served one at a time, in the order in which they
    came, and `augment.helper.MAX_WAITING` may wait. The first one waits 5 to 15 s for TensorFlow; new
    layers or a new shape cost 0.1 to 4 s more, and the last eight of them are cached.

    The draws are keras_cv's own and each request has others. There is no seed: ``seed=`` makes
    neither CutMix, MixUp, GridMask nor RandAugment of keras_cv repeatable, nor several of its tone and
    warp layers.

    Args:
        recipe: What may happen; what keras_cv has no layer for is left out.
        images: uint8 (B, H, W, 3), RGB; 64 pictures and 32 MB at most.
        labels: Shares (B, K), rows summing to 1, or class numbers (B,).
        timeout: Seconds to wait for a turn at most, and again for the result. A process that has no
            result by then is ended.

    Raises:
        KerasCVError: No result: too many wait, it took too long, the process crashed, keras_cv is not
            installed, or its layers cannot do this.
        DataError: The pictures or labels are not as above.
    """
    job = ask(recipe, images, labels, timeout=timeout)
    try:
        return job.result()
    finally:
        job.cancel()  # where the wait itself was interrupted


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Call something up to five times, and return the last result and the seconds of the fastest call.

    The fastest tells most, because what else the machine does only ever adds. It is called no more once
    the calls have taken half a second together. What is slow only the first time has to be called before.
    """
    seconds: list[float] = []
    while True:
        started = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - started)
        if len(seconds) == TIMED_CALLS or sum(seconds) >= TIMED_S:
            return result, min(seconds)
