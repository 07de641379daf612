"""The files of a prepared set, also those of an earlier version of the program and of a newer one."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.store.file_format import (
    FORMAT,
    LINES,
    PICTURES,
    Journal,
    Line,
    NewerFormat,
    SampleNames,
)
from augment.data.store.place import Place
from augment.errors import DataError, NotPrepared

SIZE = 32
BYTES = SIZE * SIZE * 3
WRITTEN_BEFORE = Path(__file__).parent / "format_2" / "data"


def image(number: int) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), number, np.uint8)


def journal(version: int = 1, size: int = SIZE) -> Journal:
    return Journal(Place.of("bundled", size), version=version, originals="x")


def line(number: int, problem: str = "") -> Line:
    return Line(
        split="train",
        name=f"{number}.jpg",
        label=number % 2,
        sha256="" if problem else f"{number:064x}",
        likeness=2**64 - number,
        problem=problem,
    )


@pytest.fixture
def folder(home: Path) -> Path:
    """A journal of three pictures and a bad one, as a killed process leaves it."""
    work = journal()
    for number in (1, 2):
        work.add(line(number), image(number))
    work.add(line(3, "3.jpg is damaged."), None)
    work.add(line(4), image(4))
    return Place.of("bundled", SIZE).part


def lines(folder: Path) -> list[str]:
    work = journal()
    work.close()
    assert (folder / PICTURES).stat().st_size == BYTES * sum(not one.problem for one in work.lines)
    assert work._digest.digest() == hashlib.sha256((folder / PICTURES).read_bytes()).digest()
    return [one.name for one in work.lines]


def test_all_that_was_added_is_there_after_a_kill(folder: Path) -> None:
    work = journal()
    assert work.lines == [line(1), line(2), line(3, "3.jpg is damaged."), line(4)]
    work.add(line(5), image(5))
    work.close()
    assert (folder / PICTURES).read_bytes() == b"".join(image(n).tobytes() for n in (1, 2, 4, 5))
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"]


def test_pixels_without_a_line_are_cut_off(folder: Path) -> None:
    with (folder / PICTURES).open("ab") as file:
        file.write(bytes(BYTES + 5))
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


@pytest.mark.parametrize(
    "damaged",
    [
        b'{"split": "tra',
        b"[]\n",
        b'{"split": "train"}\n',
        b"\xff\n",
        b'{"split": "train", "name": "x", "label": 1, "sha256": "00"}\n',
        b'{"split": "train", "name": "x", "label": "1", "problem": "x"}\n',
        b'{"split": "train", "name": "x", "label": -1, "problem": "x"}\n',
        b'{"split": "train", "name": 5, "label": 1, "problem": "x"}\n',
        b'{"split": "train", "name": "x", "label": 1, "likeness": 1e400, "problem": "x"}\n',
        b'{"split": "train", "name": "x", "label": ' + b"[" * 950 + b"]" * 950 + b"}\n",
    ],
)
def test_a_damaged_line_and_what_follows_is_cut_off(folder: Path, damaged: bytes) -> None:
    file = folder / LINES
    complete = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(complete[:3]) + damaged + b"".join(complete[3:]))
    assert lines(folder) == ["1.jpg", "2.jpg"]
    assert lines(folder) == ["1.jpg", "2.jpg"]


def test_lines_without_pixels_are_cut_off(folder: Path) -> None:
    file = folder / PICTURES
    file.write_bytes(file.read_bytes()[: 2 * BYTES + 3])
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg"]


def test_the_journal_of_another_version_is_begun_anew(folder: Path) -> None:
    work = journal(version=2)
    work.close()
    assert work.lines == []
    assert (folder / PICTURES).read_bytes() == b""


@pytest.mark.parametrize("missing", [LINES, PICTURES])
def test_a_missing_file_begins_anew(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert lines(folder) == []


@pytest.fixture
def before(home: Path) -> Place:
    """A set, and one that was stopped, as an earlier version of the program wrote them."""
    shutil.copytree(WRITTEN_BEFORE, home / "data", dirs_exist_ok=True)
    return Place.of("tfds:tiny", SIZE)


def test_a_set_prepared_before_opens(before: Place) -> None:
    prepared = data.open_prepared("tfds:tiny", SIZE)
    assert {name: len(split) for name, split in prepared.splits.items()} == {
        "train": 24,
        "validation": 1,
        "test": 2,
    }
    stored = prepared.stored
    assert stored.class_names == ("daisy", "rose")
    assert list(stored.names)[:4] == ["a.png", "b.png", "copy of a.png", "c.png"]
    assert stored.ids[0] == data.stable_id("a.png")
    assert stored.labels[:4].tolist() == [0, 1, 0, 0]
    assert stored.duplicate_pairs.tolist() == [[0, 2, 1]]
    assert stored.groups[:4].tolist() == [0, 1, 0, 3]
    assert stored.enlarged[:4].tolist() == [False, False, False, True]
    assert stored.problems == ("bad.png is damaged.",)
    assert stored.ignored == ("notes.txt is no picture by its ending.",)
    assert stored.duplicates_complete
    data.verify("tfds:tiny", SIZE)


def test_sets_prepared_before_are_listed_and_offered(before: Place) -> None:
    complete, stopped = data.list_prepared()
    assert (complete.source, complete.problem, complete.unfinished) == ("tfds:tiny", "", False)
    assert (stopped.size, stopped.unfinished) == (48, True)
    assert data.preparation("tfds:tiny", 48).done == 3
    assert "tfds:tiny" in data.names()


def test_what_was_stopped_before_is_resumed(before: Place) -> None:
    place = Place.of("tfds:tiny", 48)
    work = Journal(place, version=2, originals="as of format 2")
    work.close()
    assert [line.name for line in work.lines] == ["a.png", "b.png", "copy of a.png"]
    assert work.images().shape == (3, 48, 48, 3)


@pytest.mark.parametrize("change", [{"format": FORMAT + 1}, {"version": 99}])
def test_a_set_of_a_newer_program_is_refused_and_left_alone(home: Path, change: dict) -> None:
    place = data.open_prepared("bundled", SIZE).stored.place
    index = json.loads(place.index.read_text(encoding="utf-8")) | change
    place.index.write_text(json.dumps(index), encoding="utf-8")
    there = place.index.read_bytes(), place.index.stat().st_mtime_ns
    for use in (data.open_prepared, data.prepare, data.verify):
        with pytest.raises(NewerFormat, match="made by a newer version of this program; update"):
            use("bundled", SIZE)
    assert "newer version" in data.preparation("bundled", SIZE).message
    (listed,) = data.list_prepared()
    assert "newer version" in listed.problem
    assert (place.index.read_bytes(), place.index.stat().st_mtime_ns) == there
    data.prepare("bundled", SIZE, again=True)
    data.open_prepared("bundled", SIZE)


@pytest.mark.parametrize("change", [{"format": FORMAT - 1}, {"version": 0}])
def test_a_set_of_an_older_program_is_prepared_again(home: Path, change: dict) -> None:
    place = data.open_prepared("bundled", SIZE).stored.place
    index = json.loads(place.index.read_text(encoding="utf-8")) | change
    place.index.write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(NotPrepared, match="another version of this program; run"):
        data.verify("bundled", SIZE)
    data.open_prepared("bundled", SIZE)
    data.verify("bundled", SIZE)


def test_a_version_that_is_not_a_number_is_damage(home: Path) -> None:
    place = data.open_prepared("bundled", SIZE).stored.place
    index = json.loads(place.index.read_text(encoding="utf-8")) | {"format": "new"}
    place.index.write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DataError, match="is damaged"):
        data.verify("bundled", SIZE)


ODD_NAMES = ["a.jpg", "", "rösé", "two\nlines", "b\udcff", "日本"]


def test_names_come_back_one_by_one(tmp_path: Path) -> None:
    text, ends = tmp_path / "names.bin", tmp_path / "ends.npy"
    SampleNames.write(ODD_NAMES, text, ends)
    names = SampleNames.open(text, ends)
    assert list(names) == ODD_NAMES
    assert names[-1] == "日本"
    assert names[1:3] == ["", "rösé"]
    assert list(names.of(np.array([5, 0]))) == ["日本", "a.jpg"]
    assert names.of(np.array([5, 0])).index("a.jpg") == 1
    with pytest.raises(IndexError):
        names[6]


@pytest.mark.parametrize("names", [[], [""]])
def test_there_may_be_no_text_at_all(tmp_path: Path, names: list[str]) -> None:
    text, ends = tmp_path / "names.bin", tmp_path / "ends.npy"
    SampleNames.write(names, text, ends)
    assert list(SampleNames.open(text, ends)) == names
