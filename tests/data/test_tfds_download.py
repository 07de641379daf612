"""A tfds set downloaded from a server on this computer, with all that can go wrong on the way."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

from augment.data import tfds
from augment.data.images import decode
from augment.data.source import Listing
from augment.data.tfds import download, fetching
from augment.errors import DataError
from tests.data import tiny_tfds
from tests.data.file_server import BUSY, STALLS, FileServer

pytestmark = pytest.mark.slow

HALF = tiny_tfds.PICTURES // 2
Told = list[tuple[int, int, str]]

IN_A_PROCESS = """
import sys
from augment.data import tfds
from tests.data import tiny_tfds
tiny_tfds.register(sys.argv[1], {})
tfds.source(tiny_tfds.NAME).open(lambda *told: None)
"""


class Enough(DataError):
    """What the caller of a cancelled download raises."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(fetching, "PAUSES", (0.01, 0.02, 0.03))
    with tiny_tfds.served() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


def fetch(told: Told | None = None) -> Listing:
    source = tfds.source(tiny_tfds.NAME)
    return source.open(lambda *now: told.append(now) if told is not None else None)


def names(listing: Listing) -> list[str]:
    return [row.name for split in listing.counts for row in listing.originals(split, 0)]


def test_it_is_downloaded_in_words_and_read(
    server: FileServer, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, told = tfds.source(tiny_tfds.NAME), Told()
    assert source.to_fetch() == (
        f"tiny_downloaded into {folder}; how large it is shows only once preparing has begun"
    )
    listing = source.open(lambda *now: told.append(now))
    assert source.to_fetch() == ""
    words = [what for _, _, what in told]
    assert words[0] == "starting TensorFlow"
    assert listing.class_names == ("daisy", "rose")
    assert listing.counts == {"train": HALF, "test": HALF}
    assert sorted(names(listing)) == tiny_tfds.PICTURE_NAMES
    row = next(listing.originals("train", 2))
    number = tiny_tfds.PICTURE_NAMES.index(row.name)
    assert row.label == number % 2
    assert (row.load(20) == decode.decode(tiny_tfds.picture(number), "it")).all()
    assert [path for path, _ in server.asked] == ["labels.txt", "pictures.zip"]
    assert tiny_tfds.left_over(folder) == []
    printed = capfd.readouterr()
    assert "Dataset" not in printed.out + printed.err
    assert "%|" not in printed.err


def test_a_server_that_fails_twice_is_tried_again(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.moods["pictures.zip"] = [BUSY, STALLS]
    told, heard = Told(), threading.Event()

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what.startswith("trying again"):
            heard.set()
        if server.stalling.is_set() and what.startswith("downloading"):
            server.closing.set()

    def until_heard(self: fetching.Fetcher, seconds: float) -> None:
        assert heard.wait(60)
        heard.clear()

    monkeypatch.setattr(fetching.Fetcher, "pause", until_heard)
    assert sorted(names(tfds.source(tiny_tfds.NAME).open(progress))) == tiny_tfds.PICTURE_NAMES
    words = {what for _, _, what in told}
    assert "trying again (2 of 4) in 0.01 s: the server answered 503 Service Unavailable" in words
    assert "trying again (3 of 4) in 0.02 s: the connection broke off" in words
    done = [now for now in told if now[2].startswith("downloading")]
    total = sum(map(len, server.files.values()))
    assert 0 < done[-1][0] <= done[-1][1] == total
    assert " of 0.3 MB" in done[-1][2]


@pytest.mark.parametrize("error", [Enough, KeyboardInterrupt])
def test_cancelled_while_downloading(
    server: FileServer, folder: Path, error: type[BaseException]
) -> None:
    server.moods["pictures.zip"] = [STALLS]

    def enough(done: int, total: int, what: str) -> None:
        if server.stalling.is_set():
            raise error

    with pytest.raises(error):
        tfds.source(tiny_tfds.NAME).open(enough)
    assert tiny_tfds.left_over(folder) == []
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    # What had come whole is not fetched again.
    assert [path for path, _ in server.asked] == ["labels.txt", "pictures.zip", "pictures.zip"]


def test_cancelled_while_writing_records(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, end = threading.Event(), fetching.Fetcher.end

    def end_and_tell(self: fetching.Fetcher) -> None:
        end(self)
        ended.set()

    def enough(done: int, total: int, what: str) -> None:
        if what == "writing the train records":
            raise Enough

    with monkeypatch.context() as patch:
        patch.setattr(fetching.Fetcher, "end", end_and_tell)
        patch.setattr(tiny_tfds, "before_second_row", lambda: ended.wait(60))
        with pytest.raises(Enough):
            tfds.source(tiny_tfds.NAME).open(enough)
    assert tiny_tfds.left_over(folder) == []
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    assert len(server.asked) == 2


def test_killed_half_way(server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.moods["pictures.zip"] = [STALLS]
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS, server.base])
    assert server.stalling.wait(60)
    process.kill()
    process.wait()
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert tiny_tfds.left_over(folder)
    monkeypatch.setattr(download, "SECONDS_UNTIL_LEFT_OVER", -1.0)
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    assert tiny_tfds.left_over(folder) == []
    assert [path for path, _ in server.asked] == ["labels.txt", "pictures.zip", "pictures.zip"]


def test_another_process_at_the_same_is_waited_for(server: FileServer, folder: Path) -> None:
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    held, told = filelock.FileLock(downloads / "tiny_downloaded.lock"), Told()
    held.acquire()

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what.startswith("waiting for another process"):
            held.release()

    tfds.source(tiny_tfds.NAME).open(progress)
    assert (0, 0, "waiting for another process that downloads the same data") in told
