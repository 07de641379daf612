from __future__ import annotations

import numpy as np
import pytest

from augment import data
from augment.data import Prepared, overview
from tests.data.sources import made_folders


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Daisies and roses with splits, where some stand in two and one has two names."""
    root = tmp_path_factory.mktemp("overview")
    folder = made_folders.flower_folder(root / "given", splits=("train", "validation", "test"))
    daisy = (folder / "train/daisy/0.jpg").read_bytes()
    made_folders.filled(
        folder,
        {"test/daisy/again.jpg": daisy, "train/rose/daisy.jpg": daisy, "train/daisy/1b.jpg": daisy},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(root / "home"))
        return data.prepare(f"folder:{folder}", 32)


def names(prepared: Prepared, rows: np.ndarray) -> list[list[str]]:
    return [[prepared.stored.names[int(row)] for row in pair] for pair in rows]


def test_the_counts_are_those_of_the_splits(flowers: Prepared) -> None:
    counts = {split: list(found) for split, found in overview.class_counts(flowers).items()}
    assert counts == {"train": [4, 4], "validation": [3, 3], "test": [4, 3]}


def test_duplicates_in_two_splits_are_found(flowers: Prepared) -> None:
    repeated = overview.duplicates(flowers)
    [(where, pairs)] = repeated.across.items()
    assert where == ("train", "test")
    assert names(flowers, pairs.rows) == [["train/daisy/0.jpg", "test/daisy/again.jpg"]]
    assert pairs.exact.all()
    assert len(repeated.within["train"]) == 2
    assert names(flowers, repeated.labels.rows) == [["train/daisy/0.jpg", "train/rose/daisy.jpg"]]


def test_pictures_under_two_labels_are_counted_and_warned_of(flowers: Prepared) -> None:
    # The copies in train and test have the label that one in train has not.
    assert overview.conflicts(flowers) == 4
    assert "4 pictures are there under two labels" in "".join(overview.warnings(flowers))
    found = overview.faults(flowers)
    assert {fault.what for fault in found} == {"two labels"}
    assert len(found) == 4


def test_examples_are_of_their_class_and_spread_over_it(flowers: Prepared) -> None:
    stored = flowers.stored
    rows = overview.examples(stored, 1, 4)
    assert set(stored.labels[rows]) == {1}
    every = np.flatnonzero(stored.labels == 1)
    assert (rows[0], rows[-1]) == (every[0], every[-1])
    assert len(set(rows)) == 4
    assert list(overview.examples(stored, 1, 100)) == list(every)


def test_small_pictures_are_the_same_but_smaller(flowers: Prepared) -> None:
    rows = np.array([3, 0])
    same = overview.small(flowers.stored, rows, 96)
    assert np.array_equal(same, flowers.stored.images[rows])
    half = overview.small(flowers.stored, rows, 16)
    assert half.shape == (2, 16, 16, 3)
    means = flowers.stored.images[rows].reshape(2, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    assert np.abs(half - means).max() <= 1
    assert overview.small(flowers.stored, rows[:0], 16).shape == (0, 16, 16, 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [("", [0, 1, 2]), ("ROSE", [0, 1]), ("rose wild", [1]), ("ß", [2]), ("SS", [2]), ("x", [])],
)
def test_search_takes_every_word_in_any_case(text: str, found: list[int]) -> None:
    assert overview.search(["Rose", "wild rose", "Weißdorn"], text) == found
