"""What a person reads where a tfds set cannot be had, and how its files can be brought by hand."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from augment.data import tfds
from augment.data.source import Listing
from augment.data.tfds import fetching
from augment.errors import DataError
from tests.data import tiny_tfds
from tests.data.file_server import GONE, FileServer

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[FileServer]:
    with tiny_tfds.served() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


def fetch() -> Listing:
    return tfds.source(tiny_tfds.NAME).open(lambda *now: None)


def names(listing: Listing) -> list[str]:
    return [row.name for split in listing.counts for row in listing.originals(split, 0)]


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
    assert tiny_tfds.left_over(folder) == []
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
    assert tiny_tfds.left_over(folder) == []


def test_a_file_that_is_gone(server: FileServer, folder: Path) -> None:
    server.moods["labels.txt"] = [GONE]
    with pytest.raises(
        DataError, match=r"labels.txt cannot be downloaded \(the server answered 404"
    ):
        fetch()
    assert tiny_tfds.left_over(folder) == []


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
    assert tiny_tfds.left_over(folder) == []
    by_hand = folder / "downloads" / "manual"
    by_hand.mkdir()
    (by_hand / "labels.txt").write_bytes(server.files["labels.txt"])
    (by_hand / "pictures.zip").write_bytes(b"half of it")
    with pytest.raises(
        DataError, match=r"pictures\.zip is not the file that tensorflow-datasets kno"
    ):
        fetch()
    (by_hand / "pictures.zip").write_bytes(server.files["pictures.zip"])
    assert sorted(names(fetch())) == tiny_tfds.PICTURE_NAMES
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
    assert tiny_tfds.left_over(folder) == []


def test_a_folder_that_cannot_be_made(server: FileServer, folder: Path) -> None:
    folder.write_text("no folder")
    with pytest.raises(DataError, match=r"^tiny_downloaded cannot be written to .*sets \("):
        fetch()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "tiny_download",
            "has no set tiny_download; perhaps tiny_downloaded ",
        ),
        ("no_such_thing_at_all", "has no set no_such_thing_at_all; https://www.tensorflow.org/"),
        ("tiny_downloaded/large", "tiny_downloaded has no part large; it has none."),
        ("tiny_downloaded:9.9.9", "makes version 1.0.0 of tiny_downloaded, not 9.9.9; an older"),
    ],
)
def test_sets_that_there_are_not(server: FileServer, folder: Path, asked: str, said: str) -> None:
    with pytest.raises(DataError) as raised:
        tfds.source(asked).open(lambda *now: None)
    assert said in str(raised.value)
    assert not folder.exists()


def test_what_its_makers_ask_for_is_repeated(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow_datasets as library

    made = library.builder_cls(tiny_tfds.NAME)
    asked = "Sign the form\n and bring all.tar."
    monkeypatch.setattr(made, "MANUAL_DOWNLOAD_INSTRUCTIONS", asked)
    monkeypatch.setattr(made, "_split_generators", lambda self, manager: manager.manual_dir)
    with pytest.raises(DataError) as raised:
        fetch()
    assert str(raised.value).startswith(
        f"tiny_downloaded is not in {folder}, and no program may download it: save in "
        f'{folder}/downloads/manual what its makers ask for ("Sign the form and bring all.tar"), or '
    )
