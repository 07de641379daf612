from __future__ import annotations

import numpy as np
import pytest

from augment import data
from augment.data import batches
from augment.errors import DataError

IDS = np.array([data.stable_id(f"picture {number}") for number in range(100)])


def test_every_row_comes_once() -> None:
    rows = batches.order(IDS, seed=7, epoch=0)
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(np.sort(rows), np.arange(100))


def test_seed_and_epoch_change_the_order_and_nothing_else_does() -> None:
    first = batches.order(IDS, seed=7, epoch=0)
    np.testing.assert_array_equal(first, batches.order(IDS, seed=7, epoch=0))
    for other in ({"seed": 7, "epoch": 1}, {"seed": 8, "epoch": 0}):
        assert (first == batches.order(IDS, **other)).mean() < 0.1


def test_an_old_run_keeps_its_order() -> None:
    # Replaying a finished run rests on these very numbers.
    ids = np.arange(8)
    assert batches.order(ids, seed=7, epoch=0).tolist() == [5, 6, 7, 3, 4, 2, 0, 1]
    assert batches.order(ids, seed=7, epoch=1).tolist() == [0, 5, 1, 4, 3, 2, 6, 7]


def test_the_order_of_samples_does_not_depend_on_their_rows() -> None:
    shuffled = np.random.default_rng(1).permutation(IDS)
    np.testing.assert_array_equal(
        IDS[batches.order(IDS, seed=7, epoch=3)],
        shuffled[batches.order(shuffled, seed=7, epoch=3)],
    )


def test_all_orders_are_equally_likely() -> None:
    first = [batches.order(IDS[:5], seed=0, epoch=epoch)[0] for epoch in range(5000)]
    counts = np.bincount(first, minlength=5)
    # Each of five is first 1,000 times, with a standard deviation of 28.
    assert np.abs(counts - 1000).max() < 5 * 28


def test_batches_are_full_and_disjoint() -> None:
    found = batches.batch_rows(IDS, batch_size=32, seed=7, epoch=2)
    assert [len(rows) for rows in found] == [32, 32, 32]
    np.testing.assert_array_equal(np.concatenate(found), batches.order(IDS, seed=7, epoch=2)[:96])


def test_what_is_left_over_changes_with_the_epoch() -> None:
    left = [
        set(range(100))
        - set(np.concatenate(batches.batch_rows(IDS, batch_size=32, seed=7, epoch=e)))
        for e in range(20)
    ]
    assert len(set.union(*left)) > 40


@pytest.mark.parametrize("size", [100, 101, 5000])
def test_a_split_that_fits_into_one_batch_is_one_batch(size: int) -> None:
    found = batches.batch_rows(IDS, batch_size=size, seed=7, epoch=0)
    assert [len(rows) for rows in found] == [100]


@pytest.mark.parametrize("size", [0, -1, 2.0, "32", None, True])
def test_a_batch_size_that_is_not_allowed_is_refused(size: object) -> None:
    with pytest.raises(DataError, match="whole number from 1"):
        batches.batch_rows(IDS, batch_size=size, seed=7, epoch=0)


def test_no_samples_are_refused() -> None:
    with pytest.raises(DataError, match="no samples"):
        batches.batch_rows(IDS[:0], batch_size=2, seed=7, epoch=0)


@pytest.mark.parametrize(("count", "size"), [(1, 4), (4, 4), (7, 4), (8, 4), (22, 4), (3, 1)])
def test_in_their_order_no_row_is_left_out(count: int, size: int) -> None:
    rows = batches.rows_in_order(count, batch_size=size)
    together = batches.all_in_order(count, batch_size=size)
    for found in (rows, together):
        np.testing.assert_array_equal(np.concatenate(found), np.arange(count))
    assert [len(one) for one in rows[:-1]] == [size] * (len(rows) - 1)
    assert 1 <= len(rows[-1]) <= size
    drawn = batches.batch_rows(np.arange(count), batch_size=size, seed=7, epoch=0)
    assert len(together) == len(drawn)


def test_no_rows_make_no_batch() -> None:
    with pytest.raises(DataError, match="no samples"):
        batches.rows_in_order(0, batch_size=4)


@pytest.mark.parametrize("whole", [np.uint8, np.int16, np.int64])
def test_numpy_counts_too(whole: type) -> None:
    assert len(batches.batch_rows(IDS, batch_size=whole(50), seed=7, epoch=0)) == 2
