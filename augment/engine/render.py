"""Render: carry out a plan. Labels are mixed here and nowhere else."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine import arrays
from augment.engine.colour import Image
from augment.engine.fuse import transform
from augment.engine.geometry import Box
from augment.engine.op import Op, registry
from augment.engine.plan import Applied, Plan
from augment.engine.samples import Labels
from augment.errors import ArrayError

Shares = npt.NDArray[np.float64]
Part = list[Sequence[Applied]]
"""For each row, what happens to it in one part of a plan."""

# Pictures that go through their ops together: many enough for the loops, few enough for the caches.
_BLOCK = 16
_STAGE = attrgetter("stage")
# A larger array is not reused: what a thread holds would be too much.
_LARGEST_SCRATCH = 512 * 2**20
_scratch_of_thread = threading.local()


class Batch(NamedTuple):
    """Augmented pictures and their labels.

    Attributes:
        images: uint8 (B, H, W, 3), RGB.
        labels: float32 (B, K), rows summing to 1; None where none were given.
    """

    images: Image
    labels: Labels | None


def render(
    plan: Plan,
    images: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    threads: int = 1,
    out: Image | None = None,
) -> Batch:
    """Carry out a plan. The inputs are never written to.

    A new array costs a page fault for every 4 KB that is written. Code that renders batch after batch
    and is done with one before the next can pass the same `out` each time. Not where something still
    reads the batch before: `tf.data` and Keras hold several at once, without copying them.

    Args:
        plan: What happens, one row per image.
        images: uint8 (B, H, W, 3), RGB.
        labels: float (B, K), shares from 0, rows summing to 1.
        threads: How many threads share the images; the result does not depend on it.
        out: Where the pictures go, and what is then the batch's `images`: uint8, C-contiguous, of the
            shape of the images and apart from them in memory. A new array if not given.

    Raises:
        ArrayError: The images, the labels or `out` are something else, or are not as many as the
            plan has rows; it is a ValueError.
    """
    given = arrays.read_images(images)
    if not isinstance(plan, Plan):
        raise ArrayError(
            f"The plan is of type {type(plan).__name__}; make it by augment.draw, or use augment.apply."
        )
    if len(plan.rows) != len(given):
        raise ArrayError(
            f"The plan has {len(plan.rows)} rows, but there are {len(given)} images; render the images "
            "that it was drawn for."
        )
    soft_labels = None
    if labels is not None:
        soft_labels = arrays.read_labels(labels, len(given)).astype(np.float64)
    threads = arrays.read_count("number of threads", threads)
    if out is not None:
        arrays.check_out(out, given)
    # Each part reads from one array and writes into another, the last into the result.
    result = np.empty(given.shape, np.uint8) if out is None else out
    pictures = np.ascontiguousarray(given)
    parts = list(_parts(plan))
    blocks = [
        slice(first, min(first + _BLOCK, len(given))) for first in range(0, len(given), _BLOCK)
    ]
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        each = pool.map if pool else map
        for number, part in enumerate(parts):
            to_result = (len(parts) - number) % 2 == 1
            target = result if to_result else _scratch("between", given.shape)
            own = np.ones(len(given))
            list(each(partial(_render_block, pictures, part, target, own), blocks))
            if soft_labels is not None:
                soft_labels = _mixed_labels(soft_labels, part, own)
            pictures = target
    if not parts:
        np.copyto(result, given)
    return Batch(result, None if soft_labels is None else soft_labels.astype(np.float32))


def _scratch(name: str, shape: tuple[int, ...]) -> Image:
    """Return an array of this thread's own with any content, the same one while the shape is."""
    array: Image | None = getattr(_scratch_of_thread, name, None)
    if array is None or array.shape != shape:
        array = np.empty(shape, np.uint8)
        setattr(_scratch_of_thread, name, array if array.nbytes <= _LARGEST_SCRATCH else None)
    return array


def _parts(plan: Plan) -> Iterator[Part]:
    """Yield the plan in parts, in each of which a row mixes once or not at all.

    All that comes before a mixing stage is finished over the whole batch before it, because the
    partner is taken as it is then.
    """
    ops = registry()
    mixing = {applied.stage for row in plan.rows for applied in row.ops if ops[applied.op].mixes}
    taken = [0] * len(plan.rows)
    for stage in sorted(mixing):
        yield from filter(any, (_until(plan, taken, end) for end in (stage, stage + 1)))
    yield from filter(any, [_until(plan, taken, None)])


def _until(plan: Plan, taken: list[int], stage: int | None) -> Part:
    """Return for each row the ops not yet taken that come before a stage, and take them."""
    part: Part = []
    for index, row in enumerate(plan.rows):
        start, end = taken[index], len(row.ops)
        if stage is not None:
            end = bisect_left(row.ops, stage, lo=start, key=_STAGE)
        part.append(row.ops[start:end])
        taken[index] = end
    return part


def _render_block(pictures: Image, part: Part, target: Image, own: Shares, block: slice) -> None:
    """Write the pictures of a block, and the share of each that is still its own."""
    ops = registry()
    apart: dict[int, Sequence[Applied]] = {}
    for row in range(block.start, block.stop):
        applied = part[row][0] if part[row] else None
        if applied is None or applied.partner is None:
            apart[row - block.start] = part[row]
            continue
        partner = pictures[applied.partner]
        own[row] = _mix(ops[applied.op], pictures[row], partner, target[row], applied.values)
    if apart:
        scratch = _scratch("block", (min(_BLOCK, len(pictures)), *pictures.shape[1:]))
        transform(pictures[block], target[block], scratch, apart)


def _mix(op: Op, picture: Image, partner: Image, out: Image, values: Mapping[str, Any]) -> float:
    """Write a picture mixed with its partner, and return the share that is still its own."""
    if op.kind == "paste":
        height, width, _ = picture.shape
        box: Box = op.function(height, width, **values)
        top, bottom, left, right = box
        np.copyto(out, picture)
        out[top:bottom, left:right] = partner[top:bottom, left:right]
        return 1.0 - (bottom - top) * (right - left) / float(height * width)
    if op.kind == "blend":
        share: float = op.function(**values)
        cv2.addWeighted(picture, share, partner, 1.0 - share, 0.0, dst=out)
        return share
    return op.picture(picture, partner, out=out, values=values)


def _mixed_labels(
    labels: npt.NDArray[np.float64], part: Part, shares: Shares
) -> npt.NDArray[np.float64]:
    partners = [
        index if not ops or ops[0].partner is None else ops[0].partner
        for index, ops in enumerate(part)
    ]
    own = shares[:, None]
    return np.asarray(own * labels + (1.0 - own) * labels[partners])
