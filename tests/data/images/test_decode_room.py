from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from augment.data.images import colour, decode
from augment.data.images.decode import Room
from augment.errors import DataError
from tests.data.images import picture_files as files
from tests.data.images.given_pictures import COLOURED, LOSSLESS, LOSSY, PHOTOGRAPH
from tests.data.processes import until

PIXELS = PHOTOGRAPH.shape[0] * PHOTOGRAPH.shape[1]


class Watched(Room):
    """A room that remembers what was asked for, and what has not been given back."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.asked: list[int] = []
        self.held = 0

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        self.asked.append(size)
        with super().taken(size):
            self.held += 1
            try:
                yield
            finally:
                self.held -= 1


def test_small_ones_share_it_and_a_large_one_has_it_alone() -> None:
    room = Room(10)
    inside: list[str] = []
    leave = {name: threading.Event() for name in ("small", "other", "large", "late", "all")}

    def stay(name: str, size: int) -> None:
        with room.taken(size):
            inside.append(name)
            leave[name].wait()
            inside.remove(name)

    def waiting() -> bool:
        return room._first.locked()

    def start(name: str, size: int) -> None:
        threading.Thread(target=stay, args=(name, size), daemon=True).start()

    for name in ("small", "other"):
        start(name, 5)
    until(lambda: len(inside) == 2)
    start("large", 1000)
    until(lambda: waiting() or "large" in inside)
    start("late", 1)
    leave["small"].set()
    until(lambda: "small" not in inside)
    assert inside == ["other"]  # though there is room for the late one, who came after the large
    leave["other"].set()
    until(lambda: "large" in inside)
    assert inside == ["large"]
    leave["large"].set()
    until(lambda: "late" in inside)
    leave["late"].set()
    start("all", 10)
    until(lambda: inside == ["all"])


def test_it_is_given_back_when_something_goes_wrong() -> None:
    room = Room(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), room.taken(1):
            _ = 1 / 0


@pytest.mark.parametrize(
    ("data", "least", "bytes_a_pixel"),
    [
        (LOSSLESS["PNG"], None, 4 + 3),
        (LOSSLESS["PNG"], 24, 4 + 3 / 16),
        (LOSSLESS["TIFF"], 24, 4 + 3 / 16),
        (LOSSLESS["WebP"], 24, 16),
        (LOSSY["JPEG"], None, 4 + 3),
        (LOSSY["JPEG"], 24, (4 + 3) / 16),
        (LOSSY["JPEG, progressive"], 24, 6 + (4 + 3) / 16),
    ],
)
def test_room_is_taken_for_what_a_picture_needs(
    data: bytes, least: int | None, bytes_a_pixel: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Watched(10)
    held = []
    monkeypatch.setattr(decode, "_ROOM", room)

    def loading(picture: Image.Image, **options: object) -> np.ndarray:
        held.append(room.held)
        return real(picture, **options)

    real = colour.srgb
    monkeypatch.setattr(colour, "srgb", loading)
    decode.decode(data, "x", least_side=least)
    assert room.asked == [int(PIXELS * bytes_a_pixel)]
    assert held == [1]
    assert room.held == 0


def test_a_damaged_picture_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Watched(1)
    monkeypatch.setattr(decode, "_ROOM", room)
    for data in (LOSSY["JPEG"], LOSSY["WebP, lossy"], LOSSLESS["WebP"], LOSSLESS["BMP"]):
        with pytest.raises(DataError):
            decode.decode(data[: len(data) // 2], "x")
    assert len(room.asked) == 4
    assert room.held == 0
    decode.decode(LOSSLESS["PNG"], "x")


def test_of_two_large_pictures_the_second_waits_and_small_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "_ROOM", room := Room(PIXELS * 7 + 10_000))
    inside: list[tuple[int, int]] = []
    go = threading.Event()
    real = colour.srgb

    def stopping(picture: Image.Image, **options: object) -> np.ndarray:
        inside.append(picture.size)
        if picture.size == COLOURED.size:
            go.wait()
        return real(picture, **options)

    monkeypatch.setattr(colour, "srgb", stopping)
    small = files.saved(PHOTOGRAPH[:20, :20], "PNG")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(decode.decode, LOSSLESS["PNG"], "first")
        until(lambda: len(inside) == 1)
        assert decode.decode(small, "small").shape == (20, 20, 3)
        second = pool.submit(decode.decode, LOSSLESS["BMP"], "second")
        until(lambda: room._first.locked() or len(inside) == 3)
        assert inside == [COLOURED.size, (20, 20)]
        go.set()
        for picture in (first, second):
            np.testing.assert_array_equal(picture.result(), PHOTOGRAPH)


MANY = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from augment.data.images import decode
decode.give_memory_back()
decode._ROOM = decode.Room(1)
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(8) as pool:
    for found in pool.map(lambda name: decode.decode(data, name, least_side=448), "abcdefgh"):
        assert found.shape == (500, 500, 3)
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KB on Linux only")
def test_large_pictures_of_many_threads_need_the_memory_of_one() -> None:
    data = files.png((4000, 4000, 8, 2, 0), bytes((1 + 3 * 4000) * 4000))
    ended = subprocess.run(
        [sys.executable, "-c", MANY], input=data, capture_output=True, check=True
    )
    before, after = map(int, ended.stdout.split())
    assert after - before < 200 << 10  # eight at a time, or what eight threads kept, is 512 MB
