"""A tfds set downloaded from a server on this computer, with all that can go wrong on the way."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

from augment.data import decoding, fetching, tfds, tfds_download
from augment.data.spec import Listing
from augment.errors import DataError
from tests.data import tiny_tfds
from tests.data.file_server import BUSY, GONE, STALLS, FileServer, serving

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
    with serving() as server:
        server.files["labels.txt"] = b"daisy rose " * HALF
        server.files["pictures.zip"] = tiny_tfds.archive()
        tiny_tfds.register(server.base, server.files)
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


def fetch(told: Told | None = None) -> Listing:
    source = tfds.source(tiny_tfds.NAME)
    return source.open(lambda *now: told.append(now) if told is not None else None)


def files_left(folder: Path) -> list[str]:
    """Return what lies about that nobody needs: all but locks, whole files and what they say of them."""
    return [
        path.name
        for path in folder.rglob("*")
        if "incomplete" in path.name or ".tmp." in path.name or path.name == "part"
    ]


def names(listing: Listing) -> list[str]:
    return [row.name for split in listing.counts for row in listing.originals(split, 0)]


ALL_NAMES = [f"{number:02}.jpg" for number in range(tiny_tfds.PICTURES)]


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
    assert sorted(names(listing)) == ALL_NAMES
    row = next(listing.originals("train", 2))
    number = ALL_NAMES.index(row.name)
    assert row.label == number % 2
    assert (row.load(20) == decoding.decode(tiny_tfds.picture(number), "it")).all()
    assert [path for path, _ in server.asked] == ["labels.txt", "pictures.zip"]
    assert files_left(folder) == []
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
    assert sorted(names(tfds.source(tiny_tfds.NAME).open(progress))) == ALL_NAMES
    words = {what for _, _, what in told}
    assert "trying again (2 of 4) in 0.01 s: the server answered 503 Service Unavailable" in words
    assert "trying again (3 of 4) in 0.02 s: the connection broke off" in words
    done = [now for now in told if now[2].startswith("downloading")]
    total = sum(map(len, server.files.values()))
    assert all(0 < now[0] <= now[1] == total for now in done)
    assert " of 0.3 MB" in done[0][2]


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
    assert files_left(folder) == []
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert sorted(names(fetch())) == ALL_NAMES
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
    assert files_left(folder) == []
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert sorted(names(fetch())) == ALL_NAMES
    assert len(server.asked) == 2


def test_killed_half_way(server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.moods["pictures.zip"] = [STALLS]
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS, server.base])
    assert server.stalling.wait(60)
    process.kill()
    process.wait()
    assert tfds.source(tiny_tfds.NAME).to_fetch()
    assert files_left(folder)
    monkeypatch.setattr(tfds_download, "SECONDS_UNTIL_LEFT_OVER", -1.0)
    assert sorted(names(fetch())) == ALL_NAMES
    assert files_left(folder) == []
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


def test_another_file_than_the_library_knows(server: FileServer, folder: Path) -> None:
    server.files["pictures.zip"] = b"sorry"
    with pytest.raises(DataError) as raised:
        fetch()
    known = len(tiny_tfds.archive())
    assert str(raised.value) == (
        f"tiny_downloaded is not in {folder}, and {server.base}/pictures.zip cannot be downloaded "
        "(what comes is not the file that tensorflow-datasets knows: 5 bytes came, "
        f"{known:,} with another checksum should): prepare again later, or save labels.txt and "
        f"pictures.zip from {server.base}/ in {folder}/downloads/manual, or set TFDS_DATA_DIR to a "
        "folder that holds tiny_downloaded/1.0.0 as tensorflow-datasets prepared it elsewhere."
    )
    assert files_left(folder) == []
    assert tfds.source(tiny_tfds.NAME).to_fetch()


def test_a_failure_while_unpacking_leaves_nothing(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tensorflow_datasets.core.download import extractor

    def no_copy(*arguments: object) -> None:
        assert list((folder / "downloads" / "extracted").glob("incomplete.*"))
        raise RuntimeError("half-way")

    monkeypatch.setattr(extractor, "_copy", no_copy)
    with pytest.raises(
        DataError, match=r"and making it failed \(RuntimeError: half-way\): prepare"
    ):
        fetch()
    assert files_left(folder) == []


def test_a_file_that_is_gone(server: FileServer, folder: Path) -> None:
    server.moods["labels.txt"] = [GONE]
    with pytest.raises(
        DataError, match=r"labels.txt cannot be downloaded \(the server answered 404"
    ):
        fetch()
    assert files_left(folder) == []


def test_without_network_one_sentence_and_files_by_hand(server: FileServer, folder: Path) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(DataError) as raised:
        fetch()
    where = server.base.removeprefix("http://")
    assert str(raised.value).startswith(
        f"tiny_downloaded is not in {folder}, and its server {where} cannot be reached (it refuses "
        "the connection): connect to the network and prepare again, or save labels.txt and "
        f"pictures.zip from {server.base}/ in {folder}/downloads/manual, or set TFDS_DATA_DIR to"
    )
    assert files_left(folder) == []
    by_hand = folder / "downloads" / "manual"
    by_hand.mkdir()
    (by_hand / "labels.txt").write_bytes(server.files["labels.txt"])
    (by_hand / "pictures.zip").write_bytes(b"half of it")
    with pytest.raises(
        DataError, match=r"pictures\.zip is not the file that tensorflow-datasets kno"
    ):
        fetch()
    (by_hand / "pictures.zip").write_bytes(server.files["pictures.zip"])
    assert sorted(names(fetch())) == ALL_NAMES
    assert server.asked == []


def test_a_full_disk_is_said_before_and_while(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2, 1, 1_000_000))
        with pytest.raises(DataError) as raised:
            fetch()
    assert str(raised.value) == (
        f"Downloading tiny_downloaded needs at least 51 MB in {folder}, where 1.0 MB are free; free "
        "some space or set TFDS_DATA_DIR to a folder on a larger disk."
    )
    assert server.asked == []
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def no_space(*arguments: object) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(fetching.Fetcher, "fetch", no_space)
        with pytest.raises(DataError) as raised:
            fetch()
    assert str(raised.value) == (
        f"tiny_downloaded cannot be written to {folder} (No space left on device); free some space "
        "there or set TFDS_DATA_DIR to another folder."
    )
    assert files_left(folder) == []


def test_a_folder_that_cannot_be_made(server: FileServer, folder: Path) -> None:
    folder.write_text("no folder")
    with pytest.raises(DataError, match=r"^tiny_downloaded cannot be written to .*sets \("):
        fetch()
