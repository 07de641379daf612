from __future__ import annotations

import gc
import json
import os
import weakref
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data import Prepared
from augment.data.store import cache
from augment.data.store.prepared import check_prepared, read_prepared
from augment.errors import DataError, NotPrepared


@pytest.fixture
def folder(home: Path) -> Path:
    data.open_prepared("bundled", 32)
    return home / "data" / "bundled" / "32px"


def truncate(folder: Path) -> None:
    file = folder / "pictures.bin"
    file.write_bytes(file.read_bytes()[:-1000])


def empty(folder: Path) -> None:
    (folder / "labels.npy").write_bytes(b"")


def other_size(folder: Path) -> None:
    (folder / "pictures.bin").write_bytes(bytes(275 * 31 * 31 * 3))


def other_type(folder: Path) -> None:
    np.save(folder / "ids.npy", np.load(folder / "ids.npy").astype(np.float64))


def pickled(folder: Path) -> None:
    np.save(folder / "labels.npy", np.array([{}], object), allow_pickle=True)


def no_pictures(folder: Path) -> None:
    (folder / "pictures.bin").unlink()


def torn_index(folder: Path) -> None:
    file = folder / "index.json"
    file.write_text(file.read_text(encoding="utf-8")[:40], encoding="utf-8")


def list_for_index(folder: Path) -> None:
    (folder / "index.json").write_text("[]", encoding="utf-8")


def empty_index(folder: Path) -> None:
    (folder / "index.json").write_text("{}", encoding="utf-8")


def wrong_label(folder: Path) -> None:
    labels = np.load(folder / "labels.npy")
    labels[3] = 11
    np.save(folder / "labels.npy", labels)


def lost_id(folder: Path) -> None:
    np.save(folder / "ids.npy", np.load(folder / "ids.npy")[:-1])


def no_names(folder: Path) -> None:
    (folder / "names.bin").unlink()


def cut_names(folder: Path) -> None:
    file = folder / "names.bin"
    file.write_bytes(file.read_bytes()[:-1])


def other_counts(folder: Path) -> None:
    rewrite(folder / "index.json", lambda index: index["splits"].update(train=175))


def rewrite(file: Path, change) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


DAMAGES = [
    truncate,
    empty,
    other_size,
    other_type,
    pickled,
    no_pictures,
    torn_index,
    list_for_index,
    empty_index,
    wrong_label,
    lost_id,
    no_names,
    cut_names,
    other_counts,
]
each_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)


@each_damage
def test_damage_is_reported_with_the_command_that_repairs_it(folder: Path, damage) -> None:
    damage(folder)
    with pytest.raises(DataError) as caught:
        read_prepared("bundled", 32)
    message = str(caught.value)
    assert message.startswith("The prepared set bundled at 32 px in ")
    assert "is damaged" in message
    assert message.endswith('run "python -m augment data prepare bundled --size 32".')
    assert "\n" not in message
    (listed,) = data.list_prepared()
    assert (listed.source, listed.size) == ("bundled", 32)
    assert "is damaged" in listed.problem


@each_damage
def test_damaged_photographs_are_prepared_again(folder: Path, damage) -> None:
    whole = np.array(data.open_prepared("bundled", 32).split("train").images)
    damage(folder)
    again = data.open_prepared("bundled", 32)
    np.testing.assert_array_equal(again.split("train").images, whole)
    assert {path.name for path in folder.parent.iterdir()} == {
        *("32px", "32px.lock", "32px.used", "source.json", "source.lock")
    }


WRONG_ENTRIES = [
    ("class_names", "abc"),
    ("class_names", [1, 2]),
    ("splits", {"photographs": -5}),
    ("splits", {"photographs": 10**12}),
    ("splits", {"photographs": 10**400}),
    ("splits", {"photographs": 1.5}),
    ("splits", None),
    ("problems", None),
    ("ignored", {"a": 1}),
    ("alike_complete", "yes"),
    ("prepared_at", "yesterday"),
    ("prepared_at", "2026-01-01T00:00:00"),
    ("prepared_at", None),
    ("version", None),
    ("format", "2"),
    ("source", 7),
]


def test_every_entry_of_an_index_is_checked(folder: Path) -> None:
    index = folder / "index.json"
    good = json.loads(index.read_text(encoding="utf-8"))
    for name, value in WRONG_ENTRIES:
        index.write_text(json.dumps({**good, name: value}), encoding="utf-8")
        if name != "source":
            with pytest.raises(DataError, match=r"is damaged \(") as caught:
                read_prepared("bundled", 32)
            assert "\n" not in str(caught.value)
        (listed,) = data.list_prepared()
        assert "is damaged" in listed.problem, name
        assert not listed.prepared_at or datetime.fromisoformat(listed.prepared_at).tzinfo


def test_every_number_of_an_array_is_checked(folder: Path) -> None:
    for file, spoil in (
        ("alike.npy", lambda pairs: pairs + 10_000),
        ("name_ends.npy", lambda ends: ends[::-1].copy()),
        ("name_ends.npy", lambda ends: ends.astype(np.float64)),
        ("name_ends.npy", lambda ends: ends.reshape(-1, 1)),
        ("labels.npy", lambda labels: np.array(0)),
        ("groups.npy", lambda groups: np.concatenate([groups, groups])),
    ):
        path = folder / file
        good = path.read_bytes()
        np.save(path, spoil(np.load(path)))
        with pytest.raises(DataError, match="is damaged"):
            read_prepared("bundled", 32)
        path.write_bytes(good)
    # NumPy reads the head of the file as Python.
    path.write_bytes(good.replace(b"}", b"(", 1))
    with pytest.raises(DataError, match="is damaged"):
        read_prepared("bundled", 32)


def test_what_is_listed(folder: Path) -> None:
    (found,) = data.list_prepared()
    assert found.source == "bundled"
    assert found.size == 32
    assert found.splits == {"photographs": 11, "train": 176, "validation": 88}
    assert found.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert found.bytes > 275 * 32 * 32 * 3
    assert found.prepared_at.endswith("+00:00")


def test_other_folders_are_not_listed(folder: Path) -> None:
    for name in ("picturespx", "32px-tall", "x32px"):
        (folder.parent / name).mkdir()
    assert [info.size for info in data.list_prepared()] == [32]


def test_pictures_stay_on_disk_and_cannot_be_written(folder: Path) -> None:
    split = data.open_prepared("bundled", 32).split("train")
    assert isinstance(split.images, np.memmap)
    assert split.images.dtype == np.uint8
    assert split.labels.dtype == split.ids.dtype == np.int64
    for array in (split.images, split.labels, split.ids):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_one_hot(folder: Path) -> None:
    split = data.open_prepared("bundled", 32).split("train")
    labels = split.one_hot([0, 16, 175])
    assert labels.dtype == np.float32
    assert labels.shape == (3, 11)
    assert labels.argmax(axis=1).tolist() == [0, 1, 10]
    assert labels.sum(axis=1).tolist() == [1, 1, 1]
    assert split.one_hot([]).shape == (0, 11)


def test_the_last_use_is_listed(folder: Path) -> None:
    (never,) = data.list_prepared()
    used = folder.with_name("32px.used")
    os.utime(used, (10**9, 10**9))
    (info,) = data.list_prepared()
    assert info.last_used == "2001-09-09T01:46:40+00:00"
    data.open_prepared("bundled", 32)
    (again,) = data.list_prepared()
    assert again.last_used >= never.last_used > info.last_used


def test_a_fit_is_a_set_of_its_own(folder: Path) -> None:
    cropped, stretched = (data.open_prepared("bundled", 32, fit) for fit in data.FITS)
    assert (cropped.fit, stretched.fit) == ("crop", "stretch")
    whole = [prepared.split("photographs").images for prepared in (cropped, stretched)]
    # The bundled photographs are cut square before they are fitted.
    np.testing.assert_array_equal(*whole)
    assert [(info.size, info.fit) for info in data.list_prepared()] == [
        (32, "crop"),
        (32, "stretch"),
    ]


def test_a_re_split_leaves_the_pictures_where_they_are(folder: Path) -> None:
    own = data.open_prepared("bundled", 32)
    dealt = data.open_prepared("bundled", 32, scheme="re-split", seed=3)
    assert (own.scheme, dealt.scheme) == ("official", "re-split")
    assert own.comparable
    assert not dealt.comparable
    assert sum(len(dealt.split(name)) for name in ("train", "validation", "test")) == 264
    for split in dealt.splits.values():
        rows = [own.stored.ids.tolist().index(one) for one in split.ids.tolist()]
        np.testing.assert_array_equal(rows, split.rows)
        np.testing.assert_array_equal(split.images[np.arange(len(split))], own.stored.images[rows])
        np.testing.assert_array_equal(split.labels, own.stored.labels[rows])
        assert split.sample_names[0] == own.stored.names[rows[0]]
    assert dealt is data.open_prepared("bundled", 32, scheme="re-split", seed=3)


def test_an_unknown_split_is_refused_with_the_names_of_the_splits(folder: Path) -> None:
    with pytest.raises(DataError, match=r"'test'.* photographs, train, validation"):
        data.open_prepared("bundled", 32).split("test")


def test_a_missing_set_is_reported_with_the_command_that_prepares_it(home: Path) -> None:
    with pytest.raises(NotPrepared) as caught:
        data.open_prepared("tfds:oxford_flowers102", 64)
    assert str(caught.value) == (
        "tfds:oxford_flowers102 at 64 px is not prepared; "
        'run "python -m augment data prepare tfds:oxford_flowers102 --size 64".'
    )


def test_opening_again_reads_nothing_again(folder: Path) -> None:
    assert data.open_prepared("bundled", 32) is data.open_prepared("bundled", 32)


def replace_labels(folder: Path) -> None:
    """Replace a file of a set by another of the same size, as another process may."""
    labels = np.load(folder / "labels.npy")
    labels[0] = (labels[0] + 1) % 11
    np.save(folder / "new.npy", labels)
    (folder / "new.npy").replace(folder / "labels.npy")


def test_a_set_that_changed_on_the_disk_is_opened_anew(folder: Path) -> None:
    before = data.open_prepared("bundled", 32)
    first = int(before.stored.labels[0])
    replace_labels(folder)
    after = data.open_prepared("bundled", 32)
    assert after is not before
    assert int(after.stored.labels[0]) == (first + 1) % 11
    assert int(before.stored.labels[0]) == first, "whoever has the old one open keeps it"
    assert data.open_prepared("bundled", 32) is after


def test_damage_that_leaves_the_time_as_it_was_is_noticed_in_an_open_set(folder: Path) -> None:
    read_prepared("bundled", 32)
    time = (folder / "pictures.bin").stat().st_mtime_ns
    truncate(folder)
    os.utime(folder / "pictures.bin", ns=(time, time))
    with pytest.raises(DataError, match="is damaged"):
        read_prepared("bundled", 32)


def test_a_set_that_was_checked_is_checked_again_when_it_changed(folder: Path) -> None:
    check_prepared("bundled", 32)
    truncate(folder)
    with pytest.raises(DataError, match="is damaged"):
        check_prepared("bundled", 32)


@pytest.mark.parametrize("look", [lambda: data.open_prepared("bundled", 32), data.list_prepared])
def test_nothing_stays_in_memory_of_a_set_as_it_was_before(folder: Path, look) -> None:
    old = weakref.ref(data.open_prepared("bundled", 32).stored)
    gc.collect()
    assert old() is not None
    replace_labels(folder)
    look()
    gc.collect()
    assert old() is None


def test_many_sets_can_be_open_at_once(folder: Path) -> None:
    def dealt(seed: int) -> Prepared:
        return data.open_prepared("bundled", 32, scheme="re-split", seed=seed)

    first = [dealt(seed) for seed in range(12)]
    assert all(dealt(seed) is first[seed] for seed in range(12))


def test_the_cache_has_fewer_sets_of_many_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_ROWS", 20)
    opened = cache.Cache[str](3)

    def get(name: str, rows: int) -> list[str]:
        made = []
        opened.get(folder, (), name, lambda: made.append(name) or name, lambda _: rows)
        return made

    assert [get(name, 5) for name in "abcab"] == [["a"], ["b"], ["c"], [], []]
    assert get("d", 5) == ["d"]
    assert get("c", 5) == ["c"], "the one that was not used for longest had to go"
    assert get("huge", 100) == ["huge"]
    assert get("huge", 100) == []
    assert get("c", 5) == ["c"]


@pytest.mark.parametrize("size", [16, 1000, "64"])
def test_sizes_are_checked_first(home: Path, size: object) -> None:
    for call in (data.open_prepared, data.prepare, data.preparation, data.start_preparing):
        with pytest.raises(DataError, match="from 32 to 512"):
            call("bundled", size)
