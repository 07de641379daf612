"""Render: carry out a plan. Fusing, clipping and the mixing of labels live here and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.ops import registry
from augment.ops._geometry import Matrix, compose
from augment.ops._tone import Histogram, Table
from augment.plan import Applied, Plan

Image = npt.NDArray[np.uint8]
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
                pictures = each(_transformed, pictures, stages)
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
        return _transformed(picture, ops), 1.0
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


def _transformed(picture: Image, ops: Sequence[Applied]) -> Image:
    """Return the picture after ops that do not mix, neighbours of one kind in one go."""
    known = registry()
    for kind, run in itertools.groupby(ops, key=lambda applied: known[applied.op].kind):
        if kind == "tone":
            picture = _toned(picture, list(run))
        elif kind == "affine":
            picture = _warped(picture, list(run))
        else:
            for applied in run:
                picture = known[applied.op].function(picture, **applied.values)
    return picture


def _toned(picture: Image, ops: Sequence[Applied]) -> Image:
    """Return the picture after tone ops: one table, and so one lookup, for all of them."""
    known = registry()
    histogram: Histogram | None = None
    table: Table | None = None
    for applied in ops:
        op = known[applied.op]
        if op.reads:
            if histogram is None:
                histogram = _histogram(picture)
            seen = histogram if table is None else _pushed(histogram, table)
            following = op.function(seen, **applied.values)
        else:
            following = op.function(**applied.values)
        table = following if table is None else _chained(table, following)
    if table is None:
        return picture
    return np.asarray(cv2.LUT(picture, table.reshape(1, 256, -1)), np.uint8)


def _histogram(picture: Image) -> Histogram:
    """Return how often each level occurs in each channel, shape (256, 3)."""
    channels = [cv2.calcHist([picture], [channel], None, [256], [0, 256]) for channel in range(3)]
    return np.stack([counts.ravel() for counts in channels], axis=1).astype(np.int64)


def _pushed(histogram: Histogram, table: Table) -> Histogram:
    """Return the histogram that the picture has after the table."""
    columns = np.broadcast_to(table.reshape(256, -1), (256, 3))
    pushed = [
        np.bincount(columns[:, channel], histogram[:, channel], minlength=256)
        for channel in range(3)
    ]
    return np.stack(pushed, axis=1).astype(np.int64)


def _chained(first: Table, then: Table) -> Table:
    """Return the table of `first` followed by `then`, per channel where either is."""
    if then.ndim == 1:
        return then[first]
    columns = np.broadcast_to(first.reshape(256, -1), (256, 3))
    return np.take_along_axis(then, columns.astype(np.intp), axis=0)


def _warped(picture: Image, ops: Sequence[Applied]) -> Image:
    """Return the picture after affine ops: one matrix, and so one interpolation, for all of them."""
    height, width = picture.shape[:2]
    matrix: Matrix | None = None
    for applied in ops:
        following = registry()[applied.op].function(height, width, **applied.values)
        matrix = following if matrix is None else compose(matrix, following)
    if matrix is None:
        return picture
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        ),
        np.uint8,
    )
