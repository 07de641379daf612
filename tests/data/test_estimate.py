from __future__ import annotations

import io
from pathlib import Path

from augment.data.estimate import PER_SECOND, estimate
from augment.data.sources import zip_file
from augment.data.store.inventory import PreparedInfo
from tests.data.sources import made_folders


def info(per_second: float) -> PreparedInfo:
    return PreparedInfo(
        source="x", size=64, fit="crop", bytes=1, splits={}, prepared_at="", per_second=per_second
    )


def test_the_time_is_that_of_earlier_preparations_and_the_bytes_those_of_the_pixels() -> None:
    found = estimate(1360, 64, [info(30), info(0), info(34), info(500)])
    assert (found.seconds, found.bytes, found.measured) == (40, 1360 * 64 * 64 * 3, True)
    assert found.sentence == (
        "1,360 pictures: about 40 seconds, 16.7 MB on the disk (at the pace of earlier preparations "
        "here)."
    )


def test_what_is_not_known_is_said() -> None:
    found = estimate(None, 224, [info(0)])
    assert (found.seconds, found.measured) == (1000 / PER_SECOND, False)
    assert found.sentence == (
        "How many pictures there are is not known yet; 1,000 take about 5 seconds, 150.5 MB on the disk "
        "(as a rule of thumb)."
    )


def test_the_pictures_of_an_archive_are_counted_and_it_is_left_open(tmp_path: Path) -> None:
    folder = made_folders.flower_folder(tmp_path / "flowers", per_class=3)
    made_folders.filled(folder, {"__MACOSX/rose/._1.jpg": b"x", "notes.txt": b"x"})
    content = io.BytesIO(made_folders.zipped(folder, tmp_path / "x.zip").read_bytes())
    assert zip_file.pictures_in(content) == 6
    content.seek(0)
    assert content.read(2) == b"PK"
    assert zip_file.pictures_in(io.BytesIO(b"PK\x05\x06 nothing")) is None
    assert zip_file.pictures_in(io.BytesIO()) is None
