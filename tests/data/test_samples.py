from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from augment import DataError, NotPrepared, data
from augment.data import samples, uploads
from tests.data.sources.made_folders import flower_folder

SIZE = 32


def test_pictures_of_a_split_are_found_by_their_ids(home: Path) -> None:
    held = data.open_prepared("bundled", SIZE).split("train")
    rows = [40, 3, 17, 99, 8, 61]
    found = samples.of_split("bundled", split="train", size=SIZE, ids=held.ids[rows].tolist())
    np.testing.assert_array_equal(found.images, held.images[rows])
    np.testing.assert_array_equal(found.labels, held.one_hot(rows))
    np.testing.assert_array_equal(found.ids, held.ids[rows])
    assert found.names == tuple(found.class_names[label] for label in held.labels[rows])
    assert found.origin == "bundled, train, 32 px"


def test_pictures_are_found_wherever_they_are_dealt_to(home: Path, tmp_path: Path) -> None:
    folder = flower_folder(tmp_path / "flowers", splits=("train", "validation", "test"))
    name = f"folder:{folder}"
    for fit in ("crop", "stretch"):
        data.prepare(name, SIZE, fit=fit)
    dealt = data.open_prepared(name, SIZE, "stretch", scheme="re-split", seed=3)
    held = dealt.split("train")
    ids = held.ids[[5, 1, 9]].tolist()
    found = samples.of_split(name, split="train", size=SIZE, ids=ids, fit="stretch")
    for one in (found, samples.of_rows(dealt, "train", [5, 1, 9])):
        np.testing.assert_array_equal(one.images, held.images[[5, 1, 9]])
        np.testing.assert_array_equal(one.labels, held.one_hot([5, 1, 9]))
        assert one.ids.tolist() == ids
        assert one.origin == f"{name}, train, stretch, 32 px"
    cropped = samples.of_split(name, split="train", size=SIZE, ids=ids)
    assert cropped.origin == f"{name}, train, 32 px"
    assert (cropped.images != found.images).any()


@pytest.mark.parametrize(
    ("source", "split", "ids", "error", "message"),
    [
        (
            "bundled",
            "train",
            [1, 2],
            DataError,
            "2 of the 2 pictures are not among those of bundled",
        ),
        ("roses", "train", [1], DataError, "no data source 'roses'"),
        ("tfds:oxford_flowers102", "train", [1], NotPrepared, "not prepared"),
    ],
)
def test_what_is_not_there_is_said(
    home: Path, source: str, split: str, ids: list[int], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        samples.of_split(source, split=split, size=SIZE, ids=ids)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three pictures and something that is none."""
    found = []
    for number in range(3):
        picture = np.random.default_rng(number).integers(0, 256, (50, 70, 3), np.uint8)
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), picture)
        found.append(path)
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    return [*found, tmp_path / "notes.txt"]


def test_pictures_are_found_among_files_in_any_order(files: list[Path]) -> None:
    brought = uploads.take([(path.name, path.read_bytes()) for path in files[:3]], SIZE)
    found = samples.of_files(
        [str(path) for path in reversed(files)],
        size=SIZE,
        ids=brought.ids[[2, 0]].tolist(),
        classes=[2, 0],
        class_names=["a", "b", "c", "d"],
    )
    np.testing.assert_array_equal(found.images, brought.pictures[[2, 0]])
    np.testing.assert_array_equal(found.labels, np.eye(4, dtype=np.float32)[[2, 0]])
    assert found.names == ("c", "a")
    assert found.origin == "own pictures, 32 px"


def test_a_file_that_is_missing_is_named(files: list[Path], tmp_path: Path) -> None:
    wanted = {"size": SIZE, "ids": [1, 2], "classes": [0, 1], "class_names": ["rose", "aster"]}
    with pytest.raises(DataError, match=r"not among the files: rose, aster\. notes\.txt "):
        samples.of_files(files, **wanted)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"gone\.png cannot be read: No such file"):
        samples.of_files([tmp_path / "gone.png"], **wanted)  # type: ignore[arg-type]
