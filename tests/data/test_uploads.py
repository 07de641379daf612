from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment.data import uploads
from augment.data.images import decode, squares
from augment.errors import DataError
from tests.data.images import picture_files as files

FLOWERS = [files.photograph(seed=seed) for seed in range(4)]
ROSE = ("rose.png", files.saved(FLOWERS[0], "PNG"))
DAISY = ("daisy.bmp", files.saved(FLOWERS[1], "BMP"))
FOURTH = ("fourth.png", files.saved(FLOWERS[3], "PNG"))
LILY = ("lily.webp", files.saved(FLOWERS[2], "WEBP", lossless=True))


def test_good_pictures_become_squares() -> None:
    taken = uploads.take([ROSE, DAISY, LILY], 64)
    assert len(taken) == 3
    assert taken.names == ("rose.png", "daisy.bmp", "lily.webp")
    assert taken.problems == ()
    assert taken.ids.dtype == np.int64
    for found, image in zip(taken.pictures, FLOWERS, strict=False):
        np.testing.assert_array_equal(found, squares.cut(image, (16, 0, 112, 96), 64))


def test_bad_files_are_reported_and_the_others_used() -> None:
    bad = [
        ("notes.txt", b"Dear diary"),
        ("half.png", ROSE[1][:2000]),
        ("empty.jpg", b""),
        ("dot.png", files.saved(FLOWERS[0][:5, :5], "PNG")),
        ("bomb.png", files.png((60_000, 60_000, 8, 2, 0), b"")),
        ("new\nline.jpg", b"\xff\xd8\xff"),
    ]
    taken = uploads.take([bad[0], ROSE, *bad[1:3], DAISY, *bad[3:]], 64)
    assert taken.names == ("rose.png", "daisy.bmp")
    starts = (
        *(
            "notes.txt is not a picture",
            "half.png is a damaged or incomplete PNG",
            "empty.jpg is empty",
        ),
        *("dot.png is 5 x 5 pixels", "bomb.png is 60,000 x 60,000", r"new\nline.jpg is a damaged"),
    )
    assert len(taken.problems) == len(starts)
    for message, start in zip(taken.problems, starts, strict=True):
        assert message.startswith(start)
        assert "\n" not in message


def test_no_good_file_is_not_an_error() -> None:
    for given in ([], [("a", b"b")]):
        taken = uploads.take(given, 96)
        assert taken.pictures.shape == (0, 96, 96, 3)
        assert taken.pictures.dtype == np.uint8
        assert taken.ids.shape == (0,)
        assert (taken.names, len(taken.problems)) == ((), len(given))


def test_duplicates_are_left_out() -> None:
    again = ("copy of rose.bmp", files.saved(FLOWERS[0], "BMP"))
    turned = files.lying(FLOWERS[0], 6)
    third = ("turned.png", files.saved(turned, "PNG", exif=files.exif(6)))
    taken = uploads.take([ROSE, again, DAISY, third], 64)
    assert taken.names == ("rose.png", "daisy.bmp")
    assert taken.problems == (
        "copy of rose.bmp is left out: it is the same picture as rose.png.",
        "turned.png is left out: it is the same picture as rose.png.",
    )


def test_pictures_of_one_name_are_two_pictures() -> None:
    taken = uploads.take([ROSE, ("rose.png", DAISY[1])], 64)
    assert taken.names == ("rose.png", "rose.png")
    assert len(set(taken.ids.tolist())) == 2


def test_each_picture_is_a_class_named_as_its_file_without_the_extension() -> None:
    given = [ROSE, ("rose.jpg", DAISY[1]), (".png", LILY[1]), ("a.b.c", FOURTH[1])]
    assert uploads.take(given, 32).class_names == ("rose", "rose (2)", ".png", "a.b")
    again = [("rose (2).png", ROSE[1]), ("rose.png", DAISY[1]), ("rose.bmp", LILY[1])]
    assert uploads.take(again, 32).class_names == ("rose (2)", "rose", "rose (3)")
    assert uploads.take([("Mr. Long Ending", ROSE[1])], 32).class_names[0] == "Mr. Long Ending"
    assert uploads.take([ROSE], 32).class_names == ("rose", "no other picture")


def test_earlier_pictures_are_not_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = uploads.take([ROSE, DAISY, ("a", b"b")], 64)
    whole = uploads.take([("new name", DAISY[1]), LILY], 64)
    decoded: list[str] = []
    square = uploads._square

    def counted(name: str, *args: Any) -> tuple[np.ndarray, int]:
        decoded.append(name)
        return square(name, *args)

    monkeypatch.setattr(uploads, "_square", counted)
    taken = uploads.take([("new name", DAISY[1]), LILY], 64, earlier=earlier)
    assert decoded == ["lily.webp"]
    assert (taken.names, taken.ids.tolist()) == (whole.names, whole.ids.tolist())
    np.testing.assert_array_equal(taken.pictures, whole.pictures)
    uploads.take([DAISY], 32, earlier=earlier)
    assert decoded == ["lily.webp", "daisy.bmp"]


def test_a_stretched_picture_has_what_is_cut_off_of_the_middle_square() -> None:
    halves = np.zeros((40, 80, 3), np.uint8)
    halves[:, 60:] = 255
    file = [("halves.png", files.saved(halves, "PNG"))]
    cropped, stretched = (uploads.take(file, 32, fit=fit) for fit in ("crop", "stretch"))
    assert cropped.pictures.max() < 16  # the resampling reaches over the edge
    assert stretched.pictures[0, :, 26:].min() > 250
    assert stretched.pictures[0, :, :20].max() == 0
    assert stretched.ids.tolist() == cropped.ids.tolist()


def test_ids_depend_on_the_picture_alone() -> None:
    large = ("large.jpg", files.saved(files.photograph(1200, 1100), "JPEG"))
    given = [ROSE, DAISY, large]
    known = dict(zip(("rose", "daisy", "large"), uploads.take(given, 64).ids.tolist(), strict=True))
    assert len(set(known.values())) == 3
    assert all(0 <= number < 2**53 for number in known.values())
    for size in (32, 512):
        assert uploads.take(given, size).ids.tolist() == list(known.values())
    assert uploads.take([("other name", DAISY[1])], 64).ids.tolist() == [known["daisy"]]


def test_ids_stay_the_same_for_ever() -> None:
    """Recipes and seeds that were shared draw by these ids."""
    assert uploads.picture_id(files.smooth()) == 8967483260512473
    assert uploads.picture_id(files.smooth()[:, ::-1]) != uploads.picture_id(files.smooth())
    flat = np.zeros((8, 32, 3), np.uint8)
    assert uploads.picture_id(flat) != uploads.picture_id(flat.reshape(16, 16, 3))


def test_too_many_files_are_left_out() -> None:
    small = np.zeros((8, 8, 3), np.uint8)
    given = []
    for number in range(70):
        small[0, 0] = number
        given.append((f"{number}.png", files.saved(small.copy(), "PNG")))
    taken = uploads.take(given, 32)
    assert taken.names == tuple(f"{number}.png" for number in range(64))
    assert taken.problems == (
        "Only the first 64 of the 70 files are used; add the others after them.",
    )


def test_files_are_too_large_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", len(DAISY[1]) + 100)
    assert len(ROSE[1]) + len(LILY[1]) < len(DAISY[1])
    taken = uploads.take([ROSE, DAISY, LILY], 64)
    assert taken.names == ("rose.png", "lily.webp")
    (message,) = taken.problems
    assert message.startswith(
        "daisy.bmp is left out: all files together may have 0.0 MB, and it has 0.0 MB"
    )


@pytest.mark.parametrize("size", [31, 513, 64.0, "64", True, None])
def test_a_size_that_no_set_has_is_refused(size: object) -> None:
    with pytest.raises(DataError, match="must be a whole number of pixels from 32 to 512"):
        uploads.take([ROSE], size)


def test_progress_is_reported_file_by_file() -> None:
    reports: list[tuple[int, int, str]] = []
    uploads.take([ROSE, ("a\nb", b""), DAISY], 64, lambda *now: reports.append(now))
    assert reports == [
        (0, 3, "reading rose.png"),
        (1, 3, r"reading a\nb"),
        (2, 3, "reading daisy.bmp"),
    ]


def test_one_large_picture_at_a_time_is_in_memory() -> None:
    flat = np.zeros((2000, 2000, 3), np.uint8)
    given = []
    for number in range(6):
        flat[0, 0] = number
        given.append((f"{number}.png", files.saved(flat, "PNG")))
    tracemalloc.start()
    try:
        uploads.take(given, 32)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 2 * flat.nbytes


def test_nothing_is_written(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "def watch(event, given):\n"
        "    if event == 'open' and given[1] and set(given[1]) & set('wax+'):\n"
        "        raise SystemExit(f'wrote {given}')\n"
        "from augment.data import uploads\n"
        "files = [('x', sys.stdin.buffer.read()), ('y', b'no picture')]\n"
        "sys.addaudithook(watch)\n"
        "taken = uploads.take(files, 64)\n"
        "sys.exit((len(taken), len(taken.problems)) != (1, 1))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-B", "-c", code],
        input=files.saved(FLOWERS[0], "TIFF", compression="tiff_lzw"),
        env={**environment, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr, list(tmp_path.iterdir())) == (0, b"", [])


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_with_a_fit_a_picture_has_the_pixels_that_preparing_gives(fit: str) -> None:
    name, content = LILY
    [found] = uploads.take([LILY], 64, fit=fit).pictures
    decoded = decode.decode(content, name, least_side=squares.least_side(64))
    np.testing.assert_array_equal(found, squares.fit(decoded, 64, fit))
    assert uploads.take([LILY], 64, fit=fit).ids == uploads.take([LILY], 32).ids
