"""The contender DALI of `throughput`: a pipeline of its CPU backend, whose threads make batches ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt
from nvidia.dali import fn, pipeline_def
from nvidia.dali.auto_aug.rand_augment import rand_augment


def batches(
    images: npt.NDArray[Any], *, ops: int, batch: int, threads: int
) -> Callable[[], tuple[Any, ...]]:
    """Return a step that takes one batch of a pipeline without a GPU.

    Args:
        images: uint8 (N, H, W, 3).
        ops: How many ops `rand_augment` applies to each image.
        batch: Images in a batch.
        threads: How many threads make batches.
    """

    def rows(number: int) -> npt.NDArray[Any]:
        at = number * batch % len(images)
        return images[at : at + batch]

    @pipeline_def(
        enable_conditionals=True, batch_size=batch, num_threads=threads, device_id=None, seed=7
    )
    def pipeline() -> Any:
        given = fn.external_source(source=rows, layout="HWC")
        return rand_augment(given, n=ops, m=9, shape=images.shape[1:3])

    built = pipeline()
    built.build()
    return built.run
