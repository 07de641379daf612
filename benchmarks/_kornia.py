"""The contender Kornia of `throughput`: ops on whole batches of float tensors, by PyTorch's threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt
import torch
from kornia.augmentation.auto import RandAugment


def batches(
    images: npt.NDArray[Any], *, ops: int, batch: int, threads: int
) -> Callable[[], torch.Tensor]:
    """Return a step that makes one batch, float32 (B, 3, H, W) from 0 to 1.

    Args:
        images: uint8 (N, H, W, 3).
        ops: How many ops `RandAugment` applies.
        batch: Images in a batch.
        threads: How many threads PyTorch uses within an op.
    """
    torch.set_num_threads(threads)
    augment = RandAugment(n=ops, m=9)
    channels_first = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    at = 0

    def step() -> torch.Tensor:
        nonlocal at
        given = channels_first[at : at + batch].float() / 255.0
        at = (at + batch) % len(channels_first)
        return augment(given)

    return step
