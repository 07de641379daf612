"""One picture alone has the bytes that it has in its batch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import augment
from augment.engine import limits, plan, render
from augment.engine.plan import Snapshot
from augment.inspect import subject
from augment.inspect.subject import Subject
from tests.inspect.looked import EPOCH, MIXES, PARTED, RECIPES, SEED, batch, whole


def subject_of(row: int, count: int = 12) -> Subject:
    return Subject(samples=batch(count), row=row)


def check(name: str, rows: range, epochs: range, count: int = 12) -> None:
    for epoch in epochs:
        for row in rows:
            one = subject_of(row, count).within(RECIPES[name])
            image, label = one.rendered(one.drawn(RECIPES[name], seed=SEED, epoch=epoch))
            np.testing.assert_array_equal(image, whole(name, epoch, count).images[row])
            np.testing.assert_array_equal(label, whole(name, epoch, count).labels[row])


@pytest.mark.parametrize("name", RECIPES)
def test_is_the_row_of_the_batch(name: str) -> None:
    check(name, range(12), range(EPOCH, EPOCH + 2))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", ["guide", "nested", "mixes", "nothing"])
def test_in_small_batches(name: str, count: int) -> None:
    check(name, range(count), range(6), count)


def rendered_rows(monkeypatch: pytest.MonkeyPatch, name: str, row: int) -> int:
    """Return how many rows are rendered for one."""
    counts = []
    real = render.render

    def counting(drawn: Any, *arrays: Any, **options: Any) -> Any:
        counts.append(len(drawn.rows))
        return real(drawn, *arrays, **options)

    monkeypatch.setattr(subject, "render", counting)
    one = subject_of(row).within(RECIPES[name])
    one.rendered(one.drawn(RECIPES[name], seed=SEED, epoch=EPOCH))
    return counts[0]


@pytest.mark.parametrize(("name", "most"), [("rand_augment", 1), ("puzzle_mix", 2), ("guide", 4)])
def test_renders_no_more_than_it_needs(
    monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    """Two mixes need the picture, its two partners, and the first partner of the second one."""
    assert max(rendered_rows(monkeypatch, name, row) for row in range(12)) <= most


def test_a_snapshot_is_the_picture_before_a_stage() -> None:
    one = subject_of(4)
    drawn = one.drawn(MIXES, seed=SEED, epoch=EPOCH)
    images, labels = batch().images, batch().labels
    stage = drawn.rows[5].ops[1].stage
    found_images, found_labels = one.snapshots(
        drawn, [Snapshot(5, stage), Snapshot(4, 0), Snapshot(5), Snapshot(5, stage)]
    )
    described = drawn.to_dict()
    for row in described["rows"]:
        row["ops"] = [applied for applied in row["ops"] if applied["stage"] < stage]
    before = augment.render(augment.Plan.from_json(json.dumps(described)), images, labels)
    for number, picture, label in [
        (0, before.images[5], before.labels[5]),
        (1, images[4], labels[4]),
        (2, whole("mixes").images[5], whole("mixes").labels[5]),
        (3, before.images[5], before.labels[5]),
    ]:
        np.testing.assert_array_equal(found_images[number], picture)
        np.testing.assert_array_equal(found_labels[number], label)


def test_rows_are_counted_from_the_end_too_and_no_further() -> None:
    assert subject_of(-1).row == 11
    with pytest.raises(IndexError):
        subject_of(12)


def test_planted_a_partner_as_it_is_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    real = plan._partners
    monkeypatch.setattr(
        plan, "_partners", lambda *given: {row: Snapshot(row, 0) for row in real(*given)}
    )
    with pytest.raises(AssertionError):
        check("mixes", range(12), range(1))


@pytest.mark.parametrize("name", ["parted", "parted at the start", "parted at the end", "nested"])
def test_planted_a_mix_elsewhere_that_parts_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(plan, "_mixes_between", lambda *given: [])
    with pytest.raises(AssertionError):
        check(name, range(12), range(4))


def test_planted_a_draw_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_may_mix", lambda recipe: recipe is PARTED)
    with pytest.raises(AssertionError):
        check("guide", range(12), range(1))


@pytest.mark.parametrize("name", ["rand_augment", "mixes"])
def test_after_the_last_epoch_there_can_be_comes_the_first(name: str) -> None:
    last = int(limits.EPOCH.high)
    rows, images, _ = subject_of(3).over_epochs(RECIPES[name], seed=SEED, epoch=last - 1, count=4)
    assert [row.epoch for row in rows] == [last - 1, last, 0, 1]
    assert len(images) == 4
