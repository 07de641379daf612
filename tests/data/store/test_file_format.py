from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from augment.data.store.file_format import LINES, PICTURES, Journal, Line

HEADER = {"source": "bundled", "size": 2}
BYTES = 2 * 2 * 3


def image(number: int) -> np.ndarray:
    return np.full((2, 2, 3), number, np.uint8)


def line(number: int, problem: str = "") -> Line:
    return Line(
        split="train",
        name=f"{number}.jpg",
        label=number % 2,
        likeness=2**64 - number,
        problem=problem,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal of three pictures and a bad one, as a process leaves it that is killed."""
    work = Journal(tmp_path, HEADER, BYTES)
    for number in (1, 2):
        work.add(line(number), image(number))
    work.add(line(3, "3.jpg is damaged."), None)
    work.add(line(4), image(4))
    return tmp_path


def lines(folder: Path) -> list[str]:
    work = Journal(folder, HEADER, BYTES)
    work.close()
    assert (folder / PICTURES).stat().st_size == BYTES * sum(not one.problem for one in work.lines)
    assert work.sha256 == hashlib.sha256((folder / PICTURES).read_bytes()).hexdigest()
    return [one.name for one in work.lines]


def test_all_that_was_added_is_there_after_a_kill(folder: Path) -> None:
    work = Journal(folder, HEADER, BYTES)
    assert work.lines == [line(1), line(2), line(3, "3.jpg is damaged."), line(4)]
    work.add(line(5), image(5))
    work.close()
    assert (folder / PICTURES).read_bytes() == b"".join(image(n).tobytes() for n in (1, 2, 4, 5))
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"]


def test_pixels_without_a_line_are_cut_off(folder: Path) -> None:
    with (folder / PICTURES).open("ab") as file:
        file.write(bytes(BYTES + 5))
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


@pytest.mark.parametrize("torn", [b'{"split": "tra', b"[]\n", b'{"split": "train"}\n', b"\xff\n"])
def test_a_torn_line_and_what_follows_is_cut_off(folder: Path, torn: bytes) -> None:
    file = folder / LINES
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(whole[:3]) + torn + b"".join(whole[3:]))
    assert lines(folder) == ["1.jpg", "2.jpg"]
    assert lines(folder) == ["1.jpg", "2.jpg"]


def test_lines_whose_pixels_are_missing_are_done_again(folder: Path) -> None:
    file = folder / PICTURES
    file.write_bytes(file.read_bytes()[: 2 * BYTES + 3])
    assert lines(folder) == ["1.jpg", "2.jpg", "3.jpg"]


def test_the_journal_of_other_work_is_begun_anew(folder: Path) -> None:
    work = Journal(folder, HEADER | {"size": 3}, BYTES)
    work.close()
    assert work.lines == []
    assert (folder / PICTURES).read_bytes() == b""
    assert lines(folder) == []


@pytest.mark.parametrize("missing", [LINES, PICTURES])
def test_a_missing_file_begins_anew(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert lines(folder) == []
