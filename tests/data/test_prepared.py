from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.prepared import read_prepared
from augment.errors import DataError, NotPrepared


@pytest.fixture
def folder(home: Path) -> Path:
    data.open_prepared("bundled", 32)
    return home / "data" / "bundled" / "32px"


def truncate(folder: Path) -> None:
    file = folder / "train.npy"
    file.write_bytes(file.read_bytes()[:-1000])


def empty(folder: Path) -> None:
    (folder / "validation.npy").write_bytes(b"")


def other_size(folder: Path) -> None:
    np.save(folder / "train.npy", np.zeros((176, 31, 31, 3), np.uint8))


def other_type(folder: Path) -> None:
    np.save(folder / "train.npy", np.zeros((176, 32, 32, 3), np.float32))


def pickled(folder: Path) -> None:
    np.save(folder / "train.npy", np.array([{}], object), allow_pickle=True)


def no_pictures(folder: Path) -> None:
    (folder / "train.npy").unlink()


def torn_index(folder: Path) -> None:
    file = folder / "index.json"
    file.write_text(file.read_text(encoding="utf-8")[:40], encoding="utf-8")


def list_for_index(folder: Path) -> None:
    (folder / "index.json").write_text("[]", encoding="utf-8")


def empty_index(folder: Path) -> None:
    (folder / "index.json").write_text("{}", encoding="utf-8")


def wrong_label(folder: Path) -> None:
    rewrite(folder / "train.json", lambda rows: rows["labels"].__setitem__(3, 11))


def lost_id(folder: Path) -> None:
    rewrite(folder / "train.json", lambda rows: rows["ids"].pop())


def no_names(folder: Path) -> None:
    rewrite(folder / "train.json", lambda rows: rows.pop("names"))


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
]
each_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)


@each_damage
def test_damage_is_said_in_one_sentence_with_the_way_out(folder: Path, damage) -> None:
    damage(folder)
    with pytest.raises(DataError) as caught:
        read_prepared("bundled", 32)
    message = str(caught.value)
    assert message.startswith("The prepared set bundled at 32 px in ")
    assert "is damaged" in message
    assert message.endswith('run "python -m augment data prepare bundled --size 32".')
    assert "\n" not in message


@each_damage
def test_damaged_photographs_are_prepared_again(folder: Path, damage) -> None:
    whole = np.array(data.open_prepared("bundled", 32).split("train").images)
    damage(folder)
    again = data.open_prepared("bundled", 32)
    np.testing.assert_array_equal(again.split("train").images, whole)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["32.lock", "32px"]


@each_damage
def test_a_damaged_set_is_listed_with_its_problem(folder: Path, damage) -> None:
    data.open_prepared("bundled", 40)
    damage(folder)
    damaged, whole = data.list_prepared()
    assert (damaged.source, damaged.size) == ("bundled", 32)
    assert "is damaged" in damaged.problem
    assert (whole.size, whole.problem) == (40, "")


def test_what_is_listed(folder: Path) -> None:
    (found,) = data.list_prepared()
    assert found.source == "bundled"
    assert found.size == 32
    assert found.splits == {"photographs": 11, "train": 176, "validation": 88}
    assert found.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert found.bytes > 275 * 32 * 32 * 3
    assert found.prepared_at.endswith("+00:00")


def test_a_foreign_folder_is_listed_as_a_problem(folder: Path) -> None:
    (folder.parent / "picturespx").mkdir()
    foreign = next(info for info in data.list_prepared() if info.size == 0)
    assert foreign.problem


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


def test_an_unknown_split_is_answered_with_those_that_there_are(folder: Path) -> None:
    with pytest.raises(DataError, match=r"'test'.* photographs, train, validation"):
        data.open_prepared("bundled", 32).split("test")


def test_a_set_of_another_version_is_not_used(folder: Path) -> None:
    rewrite(folder / "index.json", lambda index: index.update(version=0))
    with pytest.raises(NotPrepared, match="another version"):
        read_prepared("bundled", 32)
    data.open_prepared("bundled", 32)
    read_prepared("bundled", 32)


def test_what_is_not_prepared_says_the_command(home: Path) -> None:
    with pytest.raises(NotPrepared) as caught:
        data.open_prepared("tfds:oxford_flowers102", 64)
    assert str(caught.value) == (
        "tfds:oxford_flowers102 is not prepared at 64 px; "
        'run "python -m augment data prepare tfds:oxford_flowers102 --size 64".'
    )


def test_opening_again_reads_nothing_again(folder: Path) -> None:
    assert data.open_prepared("bundled", 32) is data.open_prepared("bundled", 32)


@pytest.mark.parametrize("size", [16, 1000, "64"])
def test_sizes_are_checked_first(home: Path, size: object) -> None:
    for call in (data.open_prepared, data.prepare, data.preparation, data.start_preparing):
        with pytest.raises(DataError, match="from 32 to 512"):
            call("bundled", size)
