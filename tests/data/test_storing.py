from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.spec import Listing, Original, Pixels
from augment.data.store import reading, stored, storing
from augment.data.store.journal import LINES, Journal
from augment.data.store.place import Place
from augment.errors import DataError
from tests.data.made_folders import filled, flower_folder, picture


@pytest.fixture
def flowers(home: Path, tmp_path: Path) -> Path:
    return flower_folder(tmp_path / "flowers", ("daisy", "rose", "tulip"), per_class=10)


def prepare(flowers: Path, **options: object) -> data.Prepared:
    return data.prepare(f"folder:{flowers}", 32, **options)


def test_rows_are_in_the_order_of_the_names_whoever_is_first(flowers: Path) -> None:
    one = prepare(flowers, workers=1).stored
    assert list(one.names) == sorted(one.names)
    assert one.labels.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert one.class_names == ("daisy", "rose", "tulip")
    many = prepare(flowers, workers=7, again=True).stored
    assert many.index["sha256"] == one.index["sha256"]


def test_the_same_pictures_anywhere_else_have_the_same_ids(flowers: Path, tmp_path: Path) -> None:
    here = prepare(flowers).stored
    there = prepare(flower_folder(tmp_path / "moved", here.class_names, per_class=10)).stored
    np.testing.assert_array_equal(here.ids, there.ids)


def test_a_bad_file_is_skipped_and_its_place_closed(flowers: Path) -> None:
    whole = prepare(flowers)
    (flowers / "rose" / "4.jpg").write_bytes(picture("rose/4.jpg")[:300])
    found = prepare(flowers, again=True)
    (problem,) = found.stored.problems
    assert problem.startswith("rose/4.jpg ")
    names = list(found.stored.names)
    assert names == [name for name in whole.stored.names if name != "rose/4.jpg"]
    rows = [list(whole.stored.names).index(name) for name in names]
    np.testing.assert_array_equal(found.stored.images, whole.stored.images[rows])
    np.testing.assert_array_equal(found.stored.labels, whole.stored.labels[rows])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda root: (root / "rose" / "7.jpg").unlink(), r"rose/7\.jpg has gone"),
        (lambda root: filled(root, {"rose/new.jpg": picture("new")}), r"rose/new\.jpg is new"),
        (
            lambda root: (root / "daisy" / "0.jpg").write_bytes(picture("x", 50)),
            r"daisy/0\.jpg is another",
        ),
    ],
    ids=["gone", "new", "another"],
)
def test_a_folder_that_changes_meanwhile_is_not_prepared_half(flowers: Path, change, said) -> None:
    changed = threading.Event()

    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("preparing") and not changed.is_set():
            changed.set()
            change(flowers)

    with pytest.raises(DataError, match=rf"changed while it was being read \({said}\)"):
        prepare(flowers, progress=progress)
    assert data.list_prepared() == []
    assert not Place.of(f"folder:{flowers}", 32).part.exists()
    assert len(prepare(flowers).stored.names) in (29, 30, 31)


def test_a_source_that_is_away_for_a_moment_costs_nothing(flowers: Path, tmp_path: Path) -> None:
    name = f"folder:{flowers}"

    def stop(done: int, total: int, what: str) -> None:
        if done:
            data.stop_preparing(name, 32)

    with pytest.raises(DataError, match="was stopped at"):
        prepare(flowers, progress=stop)
    done = len((Place.of(name, 32).part / LINES).read_bytes().splitlines()) - 1
    flowers.rename(tmp_path / "away")
    with pytest.raises(DataError):
        prepare(flowers)
    (tmp_path / "away").rename(flowers)
    told = []
    prepare(flowers, progress=lambda done, total, what: told.append((done, what)))
    assert min(there for there, what in told if what.startswith("preparing")) == done > 0


def test_the_old_set_stays_where_preparing_again_fails(flowers: Path) -> None:
    before = prepare(flowers)
    filled(flowers, {f"rose/{number}.jpg": b"rubbish" for number in range(5)})
    with pytest.raises(DataError, match="2 of the first 12 pictures"):
        prepare(flowers, again=True)
    assert data.open_prepared(before.source, 32) is before


def test_what_is_there_twice_is_in_one_group(flowers: Path) -> None:
    twin = (flowers / "tulip" / "3.jpg").read_bytes()
    filled(flowers, {"tulip/copy of 3.jpg": twin})
    held = prepare(flowers).stored
    names = list(held.names)
    pair = names.index("tulip/3.jpg"), names.index("tulip/copy of 3.jpg")
    assert held.alike.tolist() == [[*pair, 1]]
    assert held.groups[pair[0]] == held.groups[pair[1]] == pair[0]
    assert len(np.unique(held.groups)) == 30
    for seed in range(5):
        dealt = data.open_prepared(f"folder:{flowers}", 32, scheme="re-split", seed=seed)
        assert len({name for name, split in dealt.splits.items() if {*pair} & {*split.rows}}) == 1


def listing(names: list[str], load=lambda side: np.zeros((40, 40, 3), np.uint8)) -> Listing:
    def originals(split: str, start: int) -> Iterator[Original]:
        for name in names[start:]:
            yield Original(name=name, label=0, load=load)

    return Listing(class_names=("a", "b"), counts={"all": 3}, originals=originals, fingerprint="x")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "b", "a"], "Two pictures of bundled at 32 px have the same name"),
        (["a", "b"], "should be 3, but 2 came"),
        (["a", "b", "c", "d"], "should be 3, but 4 came"),
    ],
)
def test_a_source_that_is_not_what_it_said_is_refused(
    home: Path, names: list[str], said: str
) -> None:
    place = Place.of("bundled", 32)
    with pytest.raises(DataError, match=said):
        storing.store(place, listing(names), 1, lambda *what: None, 2)
    assert not (place.part / stored.LABELS).exists()


def test_few_originals_are_read_ahead_and_none_after_the_end(home: Path, tmp_path: Path) -> None:
    lock, begun = threading.Lock(), []

    def load(side: int) -> Pixels:
        with lock:
            begun.append(side)
        return np.zeros((40, 40, 3), np.uint8)

    many = listing([str(number) for number in range(1000)], load)
    wanted = reading.Wanted(size=32, fit="crop")
    rows = reading.read(many, "all", 0, wanted, workers=2)
    next(rows)
    assert len(begun) <= 2 * reading.AHEAD
    rows.close()
    assert len(begun) <= 2 * reading.AHEAD
    assert Journal(tmp_path, {}, 32 * 32 * 3).lines == []
