"""A tfds set downloaded from a server on this computer, with all that can go wrong on the way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock
import psutil
import pytest

from augment import data
from augment.data.images import decode
from augment.data.source import Listing
from augment.data.sources import tfds
from augment.data.sources.tfds import download
from augment.errors import DataError
from tests.data.sources.tfds import tiny_tfds
from tests.data.sources.tfds.file_server import BREAKS, GONE, WAITS, FileServer

pytestmark = pytest.mark.slow

NAME = "tiny_downloaded"
HALF = tiny_tfds.PICTURES // 2
FILES = ["labels.txt", "pictures.zip"]
Told = list[tuple[int, int, str]]

IN_A_PROCESS = """
from augment.data.sources import tfds
from tests.data.sources.tfds import tiny_downloaded
tfds.source("tiny_downloaded").open(lambda *now: None)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(download, "SECONDS_BETWEEN_REPORTS", 0.05)
    monkeypatch.setattr(download, "SECONDS_OF_SILENCE", 30.0)
    with tiny_tfds.served() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


def fetch(name: str = NAME) -> Listing:
    return tfds.source(name).open(lambda *now: None)


def names(listing: Listing) -> list[str]:
    return [row.name for split in listing.counts for row in listing.originals(split, 0)]


def failure(name: str = NAME) -> str:
    with pytest.raises(DataError) as raised:
        fetch(name)
    return str(raised.value)


def children() -> list[psutil.Process]:
    """Return the processes that download, as this one started them."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if any("download.main" in word for word in child.cmdline())
    ]


def test_it_is_downloaded_in_words_and_read(
    server: FileServer, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server.moods["pictures.zip"] = [WAITS]
    source, told = tfds.source(NAME), Told()
    total = sum(len(tiny_tfds.files()[name]) for name in FILES)

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what.startswith("downloading 0.1 MB of 0.3 MB"):
            server.going.set()

    assert source.to_fetch() == (
        f"tiny_downloaded into {folder}; how large it is shows only once preparing has begun"
    )
    listing = source.open(progress)
    assert source.to_fetch() == ""
    assert told[0] == (0, 0, "starting TensorFlow")
    downloading = [now for now in told if now[2].startswith("downloading")]
    assert {all_ for _, all_, _ in downloading} == {total}
    assert 100_000 < downloading[-1][0] <= total
    assert listing.class_names == ("daisy", "rose")
    assert listing.counts == {"train": HALF, "test": HALF}
    assert sorted(names(listing)) == tiny_tfds.PICTURE_NAMES
    row = next(listing.originals("train", 2))
    number = tiny_tfds.PICTURE_NAMES.index(row.name)
    assert row.label == number % 2
    assert (row.load(20) == decode.decode(tiny_tfds.picture(number), "it")).all()
    assert server.asked == FILES
    assert tiny_tfds.left_over(folder) == []
    printed = capfd.readouterr()
    assert "Dataset" not in printed.out + printed.err
    assert "%|" not in printed.err


def test_stopped_while_downloading(server: FileServer, folder: Path, home: Path) -> None:
    server.moods["pictures.zip"] = [WAITS]
    source = f"tfds:{NAME}"
    # Another set unpacks meanwhile, into the same folder.
    other = folder / "downloads" / "extracted" / f"incomplete.{'0' * 32}_ZIP.other.zip"

    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("downloading 0.1 MB of 0.3 MB"):
            other.mkdir(exist_ok=True)
            data.stop_preparing(source, 32)

    with pytest.raises(DataError, match=r"was stopped while downloading 0\.1 MB of 0\.3 MB"):
        data.prepare(source, 32, progress)
    assert children() == []
    assert data.preparation(source, 32).state == "stopped"
    assert tiny_tfds.left_over(folder) == [other.name]
    assert tfds.source(NAME).to_fetch()
    assert sum(map(len, data.prepare(source, 32).splits.values())) == tiny_tfds.PICTURES
    # The file that had been downloaded completely is not downloaded again.
    assert server.asked == [*FILES, "pictures.zip"]


def test_interrupted_while_writing_records(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.moods["hold"] = [WAITS]

    def progress(done: int, total: int, what: str) -> None:
        if server.halfway.is_set():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setenv("TINY_TFDS_HOLD", "1")
        with pytest.raises(KeyboardInterrupt):
            tfds.source(NAME).open(progress)
    assert children() == []
    assert tiny_tfds.left_over(folder) == []
    assert tfds.source(NAME).to_fetch()
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    assert server.asked == [*FILES, "hold"]


def test_killed_while_downloading(server: FileServer, folder: Path) -> None:
    server.moods["pictures.zip"] = [WAITS]
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS])
    assert server.halfway.wait(300)
    (child,) = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    psutil.wait_procs([child], timeout=60)
    assert not child.is_running()
    assert tfds.source(NAME).to_fetch()
    assert tiny_tfds.left_over(folder)
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    assert tiny_tfds.left_over(folder) == []
    assert server.asked == [*FILES, "pictures.zip"]


def test_the_child_is_killed(server: FileServer, folder: Path) -> None:
    server.moods["pictures.zip"] = [WAITS]

    def progress(done: int, total: int, what: str) -> None:
        if server.halfway.is_set():
            for child in children():
                child.kill()

    with pytest.raises(DataError, match=r"ended without an answer \(killed by SIGKILL\): prepare"):
        tfds.source(NAME).open(progress)
    assert tiny_tfds.left_over(folder) == []


def test_what_another_program_has_not_finished_stays(server: FileServer, folder: Path) -> None:
    theirs = folder / NAME / "incomplete.ABC123_1.0.0"
    theirs.mkdir(parents=True)
    fetch()
    assert tiny_tfds.left_over(folder) == [theirs.name]


def test_another_process_at_the_same_is_waited_for(server: FileServer, folder: Path) -> None:
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    held, told = filelock.FileLock(downloads / f"{NAME}.lock"), Told()
    held.acquire()

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what.startswith("waiting for another process"):
            assert children() == []
            held.release()

    tfds.source(NAME).open(progress)
    assert (0, 0, "waiting for another process that downloads the same data") in told


def test_without_network_one_sentence_and_files_by_hand(server: FileServer, folder: Path) -> None:
    server.shutdown()
    server.server_close()
    where = server.base.removeprefix("http://")
    assert failure() == (
        f"tiny_downloaded is not in {folder}, and its server {where} cannot be reached (it refuses "
        "the connection): connect to the network and prepare again, or save labels.txt and "
        f"pictures.zip from {server.base}/ in {folder}/downloads/manual, or set TFDS_DATA_DIR to a "
        "folder that holds tiny_downloaded/1.0.0 as tensorflow-datasets prepared it elsewhere."
    )
    assert tiny_tfds.left_over(folder) == []
    manual = folder / "downloads" / "manual"
    manual.mkdir()
    (manual / "labels.txt").write_bytes(server.files["labels.txt"])
    (manual / "pictures.zip").write_bytes(b"half of it")
    assert (
        f"and {manual}/pictures.zip is not the file that is expected (checksum mismatch): delete it and "
        "prepare again, or save labels.txt"
    ) in failure()
    (manual / "pictures.zip").write_bytes(server.files["pictures.zip"])
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
    assert server.asked == []


def test_another_file_than_the_library_knows(server: FileServer, folder: Path) -> None:
    server.files["pictures.zip"] = b"sorry"
    expected = len(tiny_tfds.archive())
    assert (
        f"tiny_downloaded is not in {folder}, and {server.base}/pictures.zip cannot be downloaded "
        f"(checksum mismatch: 5 bytes came, {expected:,} are expected): prepare again later, or save "
        f"labels.txt and pictures.zip from {server.base}/ in {folder}/downloads/manual, or set"
    ) in failure()
    assert tiny_tfds.left_over(folder) == []
    assert tfds.source(NAME).to_fetch()


def test_a_file_that_is_gone(server: FileServer, folder: Path) -> None:
    server.moods["labels.txt"] = [GONE]
    assert (
        f"and {server.base}/labels.txt cannot be downloaded (the server answered 404): prepare again "
        "later, or save labels.txt"
    ) in failure()
    assert tiny_tfds.left_over(folder) == []


def test_a_connection_that_breaks_off(server: FileServer, folder: Path) -> None:
    server.moods["pictures.zip"] = [BREAKS]
    assert (
        "and its download failed (the connection broke off): prepare again later, or" in failure()
    )
    assert tiny_tfds.left_over(folder) == []
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES


def test_a_server_that_sends_no_more(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SECONDS_OF_SILENCE", 0.5)
    server.moods["pictures.zip"] = [WAITS]
    assert "and its server has sent nothing for 0.5 s: prepare again later, or save" in failure()
    assert server.halfway.is_set()
    assert children() == []
    assert tiny_tfds.left_over(folder) == []


def test_an_archive_that_is_damaged(server: FileServer, folder: Path) -> None:
    assert (
        "and making it failed (BadZipFile: File is not a zip file): prepare again, or save"
        in failure("tiny_broken")
    )
    assert tiny_tfds.left_over(folder) == []


def test_a_full_disk_is_said_before_and_while(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2, 1, 1_000_000))
        assert failure() == (
            f"Downloading tiny_downloaded needs at least 50.6 MB in {folder}, where 1.0 MB are free; "
            "free some space or set TFDS_DATA_DIR to a folder on a larger disk."
        )
    assert server.asked == []
    assert failure("tiny_full") == (
        f"tiny_full cannot be written to {folder} (No space left on device); free some space there or "
        "set TFDS_DATA_DIR to another folder."
    )
    assert tiny_tfds.left_over(folder) == []


def test_a_folder_that_cannot_be_made(server: FileServer, folder: Path) -> None:
    folder.write_text("no folder")
    assert failure().startswith(f"tiny_downloaded cannot be written to {folder} (")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("tiny_download", "has no set tiny_download; perhaps tiny_downloaded "),
        ("no_such_thing_at_all", "has no set no_such_thing_at_all; https://www.tensorflow.org/"),
        ("tiny_downloaded/large", "tiny_downloaded has no part large; it has none."),
        ("tiny_downloaded:9.9.9", "makes version 1.0.0 of tiny_downloaded, not 9.9.9; an older"),
    ],
)
def test_sets_that_there_are_not(
    server: FileServer, folder: Path, asked: str, sentence: str
) -> None:
    assert sentence in failure(asked)
    assert not folder.exists()


def test_what_its_makers_ask_for_is_repeated(server: FileServer, folder: Path) -> None:
    assert failure("tiny_by_hand").startswith(
        f"tiny_by_hand is not in {folder}, and no program may download it: save in "
        f'{folder}/downloads/manual what its makers ask for ("Sign the form and bring all.tar"), or '
    )
