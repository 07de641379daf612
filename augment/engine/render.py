"""Render: carry out a plan. Labels are mixed here and nowhere else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from augment.engine import arrays, compiled, memory, plain
from augment.engine.colour import Image
from augment.engine.plan import Plan
from augment.engine.samples import Labels
from augment.errors import ArrayError


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
    if len(plan) != len(given):
        raise ArrayError(
            f"The plan has {len(plan)} rows, but there are {len(given)} images; render the images "
            "that it was drawn for."
        )
    soft_labels = None
    if labels is not None:
        soft_labels = arrays.read_labels(labels, len(given)).astype(np.float64)
    threads = arrays.read_count("number of threads", threads)
    if out is not None:
        arrays.check_out(out, given)
    result = memory.array(given.shape) if out is None else out
    mixes = _run(plan, np.ascontiguousarray(given), result, threads)
    if soft_labels is None:
        return Batch(result, None)
    for partners, shares in mixes:
        own = shares[:, None]
        soft_labels = own * soft_labels + (1.0 - own) * soft_labels[partners]
    return Batch(result, soft_labels.astype(np.float32))


def _run(plan: Plan, images: Image, out: Image, threads: int) -> plain.Mixes:
    """Carry out a plan in the way of this process."""
    if compiled.is_used():
        from augment.engine.compiled import program

        return program.run(plan, images, out, threads=threads)
    return plain.run(plan, images, out, threads=threads)
