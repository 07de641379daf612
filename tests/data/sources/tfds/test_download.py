"""A tfds set downloaded from a local server, and everything that can fail on the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from augment import data
from augment.data.images import decode
from augment.data.sources import tfds
from augment.data.sources.tfds import download
from augment.errors import DataError
from augment.system import files
from tests.data.processes import children
from tests.data.sources.tfds import tiny_tfds
from tests.data.sources.tfds.file_server import BREAKS, GONE, WAITS, FileServer

pytestmark = pytest.mark.slow

NAME = "tiny_downloaded"
FILES = ["labels.txt", "pictures.zip"]

IN_A_PROCESS = """
from augment.data.sources import tfds
from tests.data.sources.tfds import tiny_downloaded
tfds.source("tiny_downloaded").open(lambda *state: None)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(download, "POLL_INTERVAL", 0.02)
    with tiny_tfds.served() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


def failure(name: str = NAME) -> str:
    with pytest.raises(DataError) as raised:
        tfds.source(name).open(lambda *state: None)
    assert downloading() == []
    return str(raised.value)


def downloading() -> list[psutil.Process]:
    return children("download.main")


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for the end of processes that were killed; return, and kill, those that go on."""
    _, alive = psutil.wait_procs(processes, timeout=180)
    for process in alive:
        process.kill()
    return alive


def test_a_download_is_cancelled_resumed_and_read(
    server: FileServer, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.moods["pictures.zip"] = [WAITS]
    source = tfds.source(NAME)
    assert source.to_fetch() == (
        f"tiny_downloaded into {folder}; its size is shown once the download begins"
    )
    total = sum(len(tiny_tfds.files()[name]) for name in FILES)

    def cancel(done: int, all_: int, what: str) -> None:
        if done > 100_000:
            assert what == "downloading 0.1 MB of 0.3 MB"
            assert done < all_ == total
            data.stop_preparing(f"tfds:{NAME}", 32)

    with pytest.raises(DataError, match=r"was stopped while downloading 0\.1 MB of 0\.3 MB"):
        data.prepare(f"tfds:{NAME}", 32, cancel)
    assert downloading() == []
    assert data.preparation(f"tfds:{NAME}", 32).state == "stopped"
    assert tiny_tfds.left_over(folder) == []
    assert source.to_fetch()

    # The download waits after the training records.
    server.moods["hold"] = [""] * (tiny_tfds.PICTURES // 2) + [WAITS]
    monkeypatch.setenv("TINY_TFDS_HOLD", "1")
    texts: list[str] = []

    def progress(done: int, all_: int, what: str) -> None:
        texts.append(what)
        if what.startswith("writing the records, 0.0 MB so far"):
            server.going.set()

    server.halfway.clear()
    listing = source.open(progress)
    assert texts[0] == "starting TensorFlow"
    assert server.halfway.is_set()
    assert source.to_fetch() == ""
    # The file that was downloaded completely is not downloaded again.
    assert [name for name in server.requested if name != "hold"] == [*FILES, "pictures.zip"]
    assert tiny_tfds.left_over(folder) == []

    half = tiny_tfds.PICTURES // 2
    assert listing.class_names == ("daisy", "rose")
    assert listing.counts == {"train": half, "test": half}
    names = [row.name for split in listing.counts for row in listing.originals(split, 0)]
    assert sorted(names) == tiny_tfds.PICTURE_NAMES
    row = next(listing.originals("train", 2))
    number = tiny_tfds.PICTURE_NAMES.index(row.name)
    assert row.label == number % 2
    assert (row.load(20) == decode.decode(tiny_tfds.picture(number), "it")).all()


def test_the_child_ends_with_its_parent_and_the_next_try_tidies(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.moods["pictures.zip"] = [WAITS]
    monkeypatch.setenv("TINY_TFDS_HELPER", "1")
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS])
    assert server.halfway.wait(300)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert len(started) == 2
    assert still_running(started) == []
    monkeypatch.delenv("TINY_TFDS_HELPER")
    assert tfds.source(NAME).to_fetch()
    assert len(tiny_tfds.left_over(folder)) == 2
    (labels,) = (folder / "downloads" / NAME).glob("*.txt")
    others = [
        folder / "downloads" / "extracted" / f"incomplete.{'0' * 32}_ZIP.other.zip",
        folder / "other" / "incomplete.ABC123_1.0.0",
    ]
    for path in (*others, others[0].with_name(f"incomplete.{'0' * 32}_ZIP.{labels.name}")):
        path.mkdir(parents=True)
    server.refuse()
    assert "cannot be reached" in failure()
    assert sorted(tiny_tfds.left_over(folder)) == sorted(path.name for path in others)


def test_a_child_that_dies_is_reported(server: FileServer, folder: Path) -> None:
    server.moods["pictures.zip"] = [WAITS]
    killed: list[psutil.Process] = []

    def progress(done: int, total: int, what: str) -> None:
        if server.halfway.is_set() and not killed:
            killed.extend(downloading())
            killed[0].kill()

    with pytest.raises(DataError, match=r"ended without an answer \(killed by SIGKILL\): prepare"):
        tfds.source(NAME).open(progress)
    assert tiny_tfds.left_over(folder) == []


def test_a_download_by_another_process_is_awaited_and_used(
    server: FileServer, folder: Path
) -> None:
    import tensorflow_datasets as library

    builder = library.builder(NAME, data_dir=folder)
    (folder / "downloads").mkdir(parents=True)
    lock = files.acquire(folder / "downloads" / f"{NAME}.lock")
    assert lock is not None
    states = []

    def progress(*state: object) -> None:
        states.append(state)
        Path(builder.data_dir).mkdir(parents=True)
        lock.close()

    download.download(builder, progress)
    assert states == [(0, 0, "waiting for another process that downloads the same data")]
    assert server.requested == []


def test_without_network_the_message_lists_the_files_to_add(
    server: FileServer, folder: Path
) -> None:
    server.refuse()
    where = server.base.removeprefix("http://")
    assert failure() == (
        f"tiny_downloaded is not in {folder}, and its server {where} cannot be reached (connection "
        f"refused): connect to the network and prepare again, or save {server.base}/labels.txt, "
        f"{server.base}/pictures.zip in {folder}/downloads/manual, or set TFDS_DATA_DIR to a folder "
        "that contains tiny_downloaded/1.0.0 as tensorflow-datasets prepared it elsewhere."
    )


def test_without_network_complete_files_are_enough(
    server: FileServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_TFDS_FAILURE", "package")
    after_the_download = (
        "Making tiny_fails needs another package (ModuleNotFoundError: No module named "
        "'no_such_package'): install it and prepare again."
    )
    assert failure("tiny_fails") == after_the_download
    assert sorted(server.requested) == FILES
    server.refuse()
    assert failure("tiny_fails") == after_the_download

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "others"))
    manual = tmp_path / "others" / "downloads" / "manual"
    manual.mkdir(parents=True)
    for name in FILES:
        assert "cannot be reached" in failure("tiny_fails")
        (manual / name).write_bytes(server.files[name])
    assert failure("tiny_fails") == after_the_download
    (manual / "pictures.zip").write_bytes(b"half of it")
    assert (
        f"and {manual}/pictures.zip is not the expected file (checksum mismatch): delete it and "
        "prepare again, or save http"
    ) in failure("tiny_fails")


def test_a_server_with_another_file(server: FileServer, folder: Path) -> None:
    server.files["pictures.zip"] = b"sorry"
    assert (
        f"and {server.base}/pictures.zip is not the expected file (checksum mismatch): prepare again "
        f"later, or save {server.base}/labels.txt, {server.base}/pictures.zip in"
    ) in failure()
    assert tiny_tfds.left_over(folder) == []


def test_a_server_without_the_file(server: FileServer, folder: Path) -> None:
    server.moods["labels.txt"] = [GONE]
    assert (
        f"and its download failed (DownloadError: Failed to get url {server.base}/labels.txt. HTTP "
        "code: 404.): prepare again later, or save http"
    ) in failure()
    assert tiny_tfds.left_over(folder) == []


def test_a_connection_that_breaks_off(server: FileServer, folder: Path) -> None:
    server.moods["pictures.zip"] = [BREAKS]
    assert "and its download failed (connection broken off): prepare again later, or" in failure()
    assert tiny_tfds.left_over(folder) == []


def test_a_silent_server(server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.moods["pictures.zip"] = [WAITS]
    monkeypatch.setenv("TINY_TFDS_HELPER", "1")
    started: list[psutil.Process] = []

    def progress(done: int, total: int, what: str) -> None:
        if server.halfway.is_set() and not started:
            (child,) = downloading()
            assert os.getpgid(child.pid) == child.pid
            started.extend([child, *child.children(recursive=True)])
            monkeypatch.setattr(download, "SILENCE_LIMIT", 0.5)

    with pytest.raises(
        DataError, match=r"its server has sent nothing for 0\.5 s: prepare again later, or save"
    ):
        tfds.source(NAME).open(progress)
    assert len(started) == 2
    assert still_running(started) == []
    assert tiny_tfds.left_over(folder) == []


def test_a_full_disk_before_the_download(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2, 1, 10**6))
    assert failure() == (
        f"Downloading tiny_downloaded needs at least 50.6 MB in {folder}, where 1.0 MB are free; "
        "free some space or set TFDS_DATA_DIR to a folder on a larger disk."
    )
    assert server.requested == []


def test_a_full_disk_during_the_download(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_TFDS_FAILURE", "disk")
    assert failure("tiny_fails") == (
        f"tiny_fails cannot be written to {folder} (No space left on device); free some space there or "
        "set TFDS_DATA_DIR to another folder."
    )
    assert tiny_tfds.left_over(folder) == []


def test_a_folder_that_cannot_be_created(server: FileServer, folder: Path) -> None:
    folder.write_text("not a folder")
    assert failure().startswith(f"tiny_downloaded cannot be written to {folder} (")


def test_another_failure_is_reported_with_its_type(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_TFDS_FAILURE", "other")
    assert (
        "and making it failed (ValueError: These are no pictures.): prepare again, or save http"
    ) in failure("tiny_fails")


def test_the_instructions_of_the_authors_are_repeated(server: FileServer, folder: Path) -> None:
    assert failure("tiny_by_hand").startswith(
        f"tiny_by_hand is not in {folder}, and no program can download it: save in {folder}/downloads/"
        'manual what its authors require ("Sign the form and add all.tar"), or set TFDS_DATA_DIR'
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tiny_download", "has no set tiny_download; did you mean tiny_downloaded"),
        ("no_such_thing_at_all", "has no set no_such_thing_at_all; https://www.tensorflow.org/"),
        ("tiny_downloaded/large", "tiny_downloaded has no configuration large; it has none."),
        ("tiny_downloaded:9.9.9", "prepares version 1.0.0 of tiny_downloaded, not 9.9.9; set TFDS"),
    ],
)
def test_sets_that_do_not_exist(server: FileServer, folder: Path, name: str, message: str) -> None:
    assert message in failure(name)
    assert not folder.exists()
