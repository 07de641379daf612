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


COUNTS = (3, 40, 0, 17, 1, 39)
LABELS = np.repeat(np.arange(6), COUNTS)[np.random.default_rng(0).permutation(100)]
SHUFFLED = np.random.default_rng(1).permutation(100)


def chosen(per_class: int, seed: int = 7) -> np.ndarray:
    return batches.per_class_rows(LABELS, IDS, per_class=per_class, seed=seed)


@pytest.mark.parametrize("per_class", [1, 2, 10, 39, 1000])
def test_so_many_of_each_class_are_chosen(per_class: int) -> None:
    rows = chosen(per_class)
    assert rows.dtype == np.int64
    assert (np.diff(rows) > 0).all()
    found = np.bincount(LABELS[rows], minlength=6)
    np.testing.assert_array_equal(found, np.minimum(COUNTS, per_class))


def test_zero_chooses_all() -> None:
    np.testing.assert_array_equal(chosen(0), np.arange(100))
    np.testing.assert_array_equal(chosen(40), np.arange(100))


def test_fewer_pictures_are_among_more() -> None:
    for number in range(1, 40):
        assert set(chosen(number)) < set(chosen(number + 1))


def test_the_choice_depends_on_the_seed_and_the_ids_of_the_class_alone() -> None:
    assert set(chosen(5)) != set(chosen(5, seed=8))
    of = {"per_class": 5, "seed": 7}
    rows = batches.per_class_rows(LABELS[SHUFFLED], IDS[SHUFFLED], **of)
    assert set(SHUFFLED[rows]) == set(chosen(5))
    without = np.flatnonzero(LABELS != 3)
    rows = batches.per_class_rows(LABELS[without], IDS[without], **of)
    assert set(without[rows]) == {row for row in chosen(5) if LABELS[row] != 3}


def test_every_picture_is_chosen_as_often_as_the_others_of_its_class() -> None:
    found = np.sum([np.bincount(chosen(4, seed), minlength=100) for seed in range(2000)], axis=0)
    for label, count in enumerate(COUNTS):
        if count > 4:
            expected = 2000 * 4 / count
            assert np.abs(found[label == LABELS] - expected).max() < 5 * np.sqrt(expected)


def test_an_old_run_keeps_its_pictures() -> None:
    # Replaying a finished run rests on these very numbers.
    labels, ids = np.arange(12) % 2, np.arange(12)
    rows = batches.per_class_rows(labels, ids, per_class=2, seed=7)
    assert rows.tolist() == [2, 3, 4, 5]
    rows, copies = batches.oversampled_rows(labels[:5], ids[:5], seed=7, epoch=0)
    assert rows.tolist() == [0, 1, 1, 2, 3, 4]
    assert copies.tolist() == [0, 0, 1, 0, 0, 0]
    assert batches.copy_ids(ids[rows], copies).tolist() == [0, 1, 8769582189931247, 2, 3, 4]


def test_oversampled_classes_are_equal_and_their_pictures_nearly() -> None:
    rows, copies = batches.oversampled_rows(LABELS, IDS, seed=7, epoch=0)
    assert rows.dtype == copies.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(LABELS[rows], minlength=6), [40, 40, 0, 40, 40, 40])
    times = np.bincount(rows, minlength=100)
    for label, count in enumerate(COUNTS):
        of_class = times[label == LABELS]
        assert of_class.sum() in (0, 40)
        if count:
            assert of_class.max() - of_class.min() <= 1
    for row in range(100):
        assert copies[rows == row].tolist() == list(range(times[row]))


def test_what_is_repeated_depends_on_seed_and_epoch_and_not_on_rows() -> None:
    def samples(labels: np.ndarray, ids: np.ndarray, seed: int, epoch: int) -> list[int]:
        rows, copies = batches.oversampled_rows(labels, ids, seed=seed, epoch=epoch)
        return sorted(batches.copy_ids(ids[rows], copies).tolist())

    first = samples(LABELS, IDS, 7, 0)
    assert samples(LABELS[SHUFFLED], IDS[SHUFFLED], 7, 0) == first
    assert samples(LABELS, IDS, 7, 1) != first
    assert samples(LABELS, IDS, 8, 0) != first
    assert set(IDS) < set(first)


def test_copies_are_samples_of_their_own() -> None:
    copies = np.tile(np.arange(50), 100)
    found = batches.copy_ids(np.repeat(IDS, 50), copies)
    assert len(np.unique(found)) == 5000
    assert found.min() >= 0
    assert found[copies > 0].max() < 2**53
    np.testing.assert_array_equal(found[copies == 0], IDS)


def test_even_classes_are_left_as_they_are() -> None:
    rows, copies = batches.oversampled_rows(np.arange(100) % 4, IDS, seed=7, epoch=3)
    np.testing.assert_array_equal(rows, np.arange(100))
    assert not copies.any()


def test_class_weights_count_every_class_alike() -> None:
    weights = batches.class_weights(LABELS, 7)
    assert (weights.shape, weights.dtype) == ((7,), np.float32)
    assert weights[2] == weights[6] == 0
    assert weights[LABELS].mean() == pytest.approx(1)
    totals = np.bincount(LABELS, minlength=7) * weights
    np.testing.assert_allclose(totals[[0, 1, 3, 4, 5]], 20, rtol=1e-6)
    np.testing.assert_array_equal(batches.class_weights(np.arange(8) % 4, 4), 1)
