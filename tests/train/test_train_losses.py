"""The loss of each training picture by epoch, in a file of less than 1 MB."""

from __future__ import annotations

import numpy as np
import pytest

from augment.runs.folders import RunFolder
from augment.train.train_losses import MOST_BYTES, TrainLosses, kept_epochs

IDS = np.array([7, 3, 11, 5])


def test_each_sample_has_its_loss_the_mean_of_its_copies_or_nan(folder: RunFolder) -> None:
    losses = TrainLosses(folder, IDS, epochs=3)
    losses.add(1, np.array([2, 0, 1]), np.array([3.0, 1.0, 2.0]))
    again = TrainLosses(folder, IDS, epochs=3, resumed=True)
    again.add(2, np.array([3, 3, 0]), np.array([1.0, 2.0, 4.0]))
    with np.load(folder.train_losses) as found:
        assert {name: found[name].dtype.name for name in found} == {
            "ids": "int64",
            "epochs": "int64",
            "losses": "float16",
        }
        np.testing.assert_array_equal(found["ids"], IDS)
        np.testing.assert_array_equal(found["epochs"], [1, 2])
        np.testing.assert_array_equal(
            found["losses"], [[1, 2, 3, np.nan], [4, np.nan, np.nan, 1.5]]
        )


@pytest.mark.filterwarnings("error")
def test_a_loss_that_float16_does_not_hold_is_infinite_without_a_warning(folder: RunFolder) -> None:
    TrainLosses(folder, IDS, epochs=1).add(1, np.arange(4), np.array([1.0, 2.0, 3.0, 1e6]))
    with np.load(folder.train_losses) as found:
        assert found["losses"].tolist() == [[1, 2, 3, np.inf]]


@pytest.mark.parametrize(
    ("samples", "epochs", "kept"),
    [
        (1_020, 100, range(1, 101)),
        (6_149, 100, range(2, 101, 2)),
        (50_000, 10, range(2, 11, 2)),
        (90_000, 10, range(10, 11)),
        (200_000, 3, ()),
    ],
)
def test_the_file_stays_small_and_has_the_last_epoch(
    folder: RunFolder, samples: int, epochs: int, kept: range
) -> None:
    assert list(kept_epochs(samples, epochs)) == list(kept)
    losses = TrainLosses(folder, np.arange(samples), epochs=epochs)
    for epoch in range(1, epochs + 1):
        losses.add(epoch, np.arange(samples), np.ones(samples))
    if not kept:
        assert not folder.train_losses.exists()
        return
    assert folder.train_losses.stat().st_size <= MOST_BYTES
    with np.load(folder.train_losses) as found:
        assert found["epochs"].tolist() == list(kept)
