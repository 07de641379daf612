"""Handwritten digits that come with the project: the test part of UCI's set, split by form.

The file has no writers, but its order shows them: every person filled in the same form, so the labels
repeat every 130 pictures or a few fewer, fourteen times. A picture's nearest neighbour is of its own form
in 54 % of the cases (7 % by chance), so a random split leaks handwriting: the nearest neighbour then
classifies 98.5 % of the pictures rightly, and 96.2 % by form. Hence the splits are whole forms.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from augment.data.source import TEST, TRAIN, VALIDATION, Listing, Original, Pixels, Progress, Source
from augment.errors import DataError

FILE = Path(__file__).resolve().parents[3] / "assets" / "digits" / "digits.csv.gz"
COUNT, SIDE, LEVELS = 1797, 8, 16
"""How many pictures, their side in pixels, and the level of white; black is 0."""
CLASS_NAMES = tuple(f"digit {digit}" for digit in range(10))
"""Not digits alone, which nobody could tell from the percentages beside them."""

FORM_STARTS = (0, 130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545, 1667)
"""The first row of each form. At 906 and 1545 the labels before and after agree best with the text."""
SPLITS = {TRAIN: range(1029), VALIDATION: range(1029, 1415), TEST: range(1415, COUNT)}
"""The rows of each split: forms 1 to 8, 9 to 11, 12 to 14."""

NOTE = (
    "1,797 handwritten digits, white on black, of 8 x 8 pixels, which is enough for a small model to "
    "learn in half a minute. They are from fourteen forms, each filled in by one person, and no form is "
    "in two splits: eight are for training (1,029 pictures, at least 101 of each digit), three for "
    "validation (386) and three for test (382). The split is that of this program; figures are not "
    "comparable with those of random splits, which are higher because they know the handwriting."
)


@functools.cache
def source() -> Source:
    """Return the source `digits`."""
    return Source(
        name="digits",
        title="Handwritten digits",
        note=NOTE,
        licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/; the program shows the pictures "
        "enlarged and augmented.",
        citation="E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine "
        "Learning Repository, 1998, https://doi.org/10.24432/C50P49; the file is that of scikit-learn.",
        version=1,
        prepares_itself=True,
        open=_open,
        class_names=CLASS_NAMES,
    )


def _open(progress: Progress) -> Listing:
    progress(0, 0, "reading the digits")
    content, pictures, labels = _read(FILE)

    def originals(split: str, start: int) -> Iterator[Original]:
        for row in SPLITS[split][start:]:
            form = bisect_right(FORM_STARTS, row)
            yield Original(
                name=f"form {form}, line {row + 1}",
                label=int(labels[row]),
                load=functools.partial(_unchanged, pictures[row]),
            )

    return Listing(
        class_names=CLASS_NAMES,
        counts={split: len(rows) for split, rows in SPLITS.items()},
        originals=originals,
        fingerprint=hashlib.sha256(content).hexdigest(),
    )


def _unchanged(picture: Pixels, least_side: int) -> Pixels:
    return picture


def _read(file: Path) -> tuple[bytes, Pixels, Pixels]:
    """Return the bytes of the file, its pictures, uint8 (N, 8, 8, 3), and its labels, uint8 (N,)."""
    try:
        content = file.read_bytes()
        table = np.loadtxt(io.BytesIO(gzip.decompress(content)), np.uint8, delimiter=",")
        levels, labels = table[:, :-1].reshape(COUNT, SIDE, SIDE), table[:, -1]
        if levels.max() > LEVELS or labels.max() >= len(CLASS_NAMES):
            raise ValueError("a number is too large")
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise DataError(
            f"The file of the digits, {file}, cannot be read ({error}); install the project again."
        ) from error
    grey = np.rint(levels * (255 / LEVELS)).astype(np.uint8)
    return content, np.repeat(grey[..., np.newaxis], 3, axis=-1), labels
