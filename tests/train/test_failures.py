"""A machine without enough memory or disk is named in words, whoever noticed it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from augment.train.failures import reason_of


def of_tensorflow() -> Exception:
    """Without the allocation, which TensorFlow tries again for ten seconds."""
    tf = pytest.importorskip("tensorflow")
    error: Exception = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    return error


def of_numpy() -> Exception:
    np = pytest.importorskip("numpy")
    with pytest.raises(MemoryError) as caught:
        np.ones(1 << 50)
    return caught.value


def of_a_full_disk() -> Exception:
    with pytest.raises(OSError, match="No space") as caught:
        Path("/dev/full").write_bytes(b"x")
    return caught.value


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        (of_tensorflow, "needs more memory than there is; try a smaller batch_size"),
        (of_numpy, "needs more memory than there is"),
        (lambda: RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying"), "more memory"),
        (
            of_a_full_disk,
            "The disk is full; free some space, then python -m augment runs resume r1",
        ),
        (
            lambda: OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "/runs/r1/best.keras"),
            "The disk is full while /runs/r1/best.keras was written; free some space",
        ),
        (
            lambda: OSError("Can't write data (file write failed: 'No space left on device')"),
            "full",
        ),
        (lambda: OSError(errno.EACCES, "Permission denied"), ""),
        (lambda: ValueError("of our own"), ""),
    ],
)
def test_the_reason_is_given_in_words_with_advice(
    fail: Callable[[], Exception], words: str
) -> None:
    reason = reason_of(fail(), "r1")
    assert words in reason
    assert bool(reason) is bool(words)
