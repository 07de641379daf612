"""Shared by the policies: choosing one of the children that a sample may have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def choose(
    which: npt.ArrayLike, allowed: npt.NDArray[np.bool_], *, or_nothing: bool = False
) -> npt.NDArray[np.int64]:
    """Return the index of one of the allowed children, each as likely as the others.

    Args:
        which: Uniform numbers of shape (slots, n).
        allowed: Whether a sample may have a child, shape (n, children).
        or_nothing: Whether nothing is one more choice, as likely as each child: the "identity" of
            some papers.

    Returns:
        Shape (slots, n); -1 for nothing, and where no child is allowed.
    """
    count = allowed.sum(axis=1)
    choices = count + or_nothing
    rank = np.clip((np.asarray(which) * choices).astype(np.int64), 0, np.maximum(choices - 1, 0))
    # The r-th allowed child is where the running count of allowed ones first reaches r + 1.
    reached = np.cumsum(allowed, axis=1)[None, :, :] > rank[:, :, None]
    return np.where(rank < count, reached.argmax(axis=2), -1)
