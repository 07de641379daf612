"""The contender torchvision v2 of `throughput`: a `DataLoader` whose worker processes make batches.

A module of its own that imports only PyTorch, because each worker process imports it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms import v2


class _Endless(Dataset):
    """The images, uint8 (3, H, W), with their classes, again and again, each augmented alone."""

    def __init__(self, images: npt.NDArray[Any], classes: int, augment: v2.Transform) -> None:
        self._images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        self._classes = classes
        self._augment = augment

    def __len__(self) -> int:
        return 2**40

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        row = index % len(self._images)
        return self._augment(self._images[row]), row % self._classes


class _Mixed:
    """Collate samples into a batch and mix it, as the documentation of `CutMix` shows.

    `MixUp` refuses integers, so the images become float32 before it.
    """

    def __init__(self, classes: int) -> None:
        self._mix = v2.Compose(
            [
                v2.CutMix(alpha=1.0, num_classes=classes),
                v2.ToDtype(torch.float32, scale=True),
                v2.MixUp(alpha=0.2),
            ]
        )

    def __call__(self, samples: list[Any]) -> Any:
        return self._mix(*default_collate(samples))


def batches(
    images: npt.NDArray[Any], *, classes: int, ops: int, mixing: bool, batch: int, workers: int
) -> Callable[[], Any]:
    """Return a step that takes one batch from a loader.

    Args:
        images: uint8 (N, H, W, 3).
        classes: Number of classes.
        ops: How many ops `RandAugment` applies to each image.
        mixing: Whether `CutMix` and then `MixUp` follow.
        batch: Images in a batch.
        workers: Processes that make batches.
    """
    loader = DataLoader(
        _Endless(images, classes, v2.RandAugment(num_ops=ops)),
        batch_size=batch,
        num_workers=workers,
        collate_fn=_Mixed(classes) if mixing else default_collate,
        multiprocessing_context="spawn",  # a fork of a process with TensorFlow in it may hang
    )
    ready = iter(loader)
    return lambda: next(ready)
