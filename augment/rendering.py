"""Render: carry out a plan. Labels are mixed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from augment.fusing import Image, transformed
from augment.ops import registry
from augment.plan import Applied, Plan

Labels = npt.NDArray[np.float32]


class Batch(NamedTuple):
    """Augmented pictures and their labels.

    Attributes:
        images: uint8 (B, H, W, 3), RGB.
        labels: float32 (B, K), rows summing to 1; None where none were given.
    """

    images: Image
    labels: Labels | None


def render(
    plan: Plan, images: Image, labels: npt.NDArray[Any] | None = None, *, threads: int = 1
) -> Batch:
    """Carry out a plan. The inputs are never written to.

    Args:
        plan: What happens, one row per image.
        images: uint8 (B, H, W, 3), RGB.
        labels: float (B, K), rows summing to 1.
        threads: How many threads share the images; the result does not depend on it.

    Raises:
        ValueError: The images are of another shape or type, or are not as many as the plan's rows.
    """
    _check(plan, images, labels)
    pictures = list(images)
    shares = None if labels is None else labels.astype(np.float64)
    with _mapper(threads) as each:
        for mixes, stages in _segments(plan):
            if not mixes:
                pictures = each(transformed, pictures, stages)
                continue
            mixed = each(
                lambda picture, ops, before=pictures: _mixed(picture, ops, before), pictures, stages
            )
            pictures = [picture for picture, _ in mixed]
            if shares is not None:
                shares = _mixed_labels(shares, stages, [share for _, share in mixed])
    return Batch(
        np.stack(pictures) if pictures else images.copy(),
        None if shares is None else shares.astype(np.float32),
    )


def _check(plan: Plan, images: Image, labels: npt.NDArray[Any] | None) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape}; they must be uint8 of shape "
            "(B, H, W, 3)"
        )
    if len(plan.rows) != len(images):
        raise ValueError(f"the plan has {len(plan.rows)} rows, but there are {len(images)} images")
    if labels is not None and (labels.ndim != 2 or len(labels) != len(images)):
        raise ValueError(f"labels have shape {labels.shape}; it must be ({len(images)}, K)")


class _mapper:  # noqa: N801 - used as a function
    """Maps a function over pictures: in this thread, or in several."""

    def __init__(self, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __enter__(self) -> Any:
        return self.each

    def __exit__(self, *raised: object) -> None:
        if self.pool is not None:
            self.pool.shutdown()

    def each(self, function: Any, *columns: Iterable[Any]) -> list[Any]:
        """Return the function of each row of the columns."""
        return list((self.pool.map if self.pool else map)(function, *columns))


def _segments(plan: Plan) -> Iterator[tuple[bool, list[Sequence[Applied]]]]:
    """Yield the plan in parts that either mix or do not, each as one list of ops per row.

    All that comes before a mixing stage is finished over the whole batch before it, because the
    partner is taken as it is then.
    """
    ops = registry()
    mixing = sorted(
        {applied.stage for row in plan.rows for applied in row.ops if ops[applied.op].kind == "mix"}
    )
    taken = [0] * len(plan.rows)
    for stage in (*mixing, None):
        for is_mix in (False, True) if stage is not None else (False,):
            part: list[Sequence[Applied]] = []
            for index, row in enumerate(plan.rows):
                start = end = taken[index]
                while end < len(row.ops) and (
                    stage is None
                    or row.ops[end].stage < stage
                    or (is_mix and row.ops[end].stage == stage)
                ):
                    end += 1
                part.append(row.ops[start:end])
                taken[index] = end
            if any(part):
                yield is_mix, part


def _mixed(picture: Image, ops: Sequence[Applied], before: Sequence[Image]) -> tuple[Image, float]:
    """Return the picture of one mixing stage, and the share that is still its own."""
    if not ops:
        return picture, 1.0
    (applied,) = ops
    op = registry()[applied.op]
    if applied.partner is None:
        return transformed(picture, ops), 1.0
    image, share = op.function(picture, before[applied.partner], **applied.values)
    return image, float(share)


def _mixed_labels(
    labels: npt.NDArray[np.float64], stages: Sequence[Sequence[Applied]], shares: Sequence[float]
) -> npt.NDArray[np.float64]:
    partners = [
        index if not ops or ops[0].partner is None else ops[0].partner
        for index, ops in enumerate(stages)
    ]
    own = np.asarray(shares)[:, None]
    return np.asarray(own * labels + (1.0 - own) * labels[partners])
