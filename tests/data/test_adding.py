from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from augment import DataError, data
from augment.data import adding, registry
from augment.data.images.decode import shown
from augment.data.store import inventory
from augment.data.store.place import Place, data_home
from augment.system import files
from tests.data.processes import until
from tests.data.sources import made_folders

HOSTILE = (
    "../../etc/passwd.zip",
    "/absolute.zip",
    "..",
    "",
    "\0.zip",
    "x" * 500 + ".zip",
    "new\nline ?*|.zip",
    "花.zip",
)


def archive(tmp_path: Path) -> bytes:
    folder = made_folders.flower_folder(tmp_path / "given")
    return made_folders.zipped(folder, tmp_path / "given.zip").read_bytes()


def uploaded(content: bytes, name: str = "my flowers.zip") -> str:
    return adding.zip_source(name, io.BytesIO(content))


def test_an_archive_is_saved_once_and_named_by_its_content(home: Path) -> None:
    content = b"PK and so on" * 200_000
    name = uploaded(content)
    path = adding.saved_zip(name)
    assert path is not None
    assert path.read_bytes() == content
    digest = hashlib.sha256(content).hexdigest()
    assert path.name == f"my-flowers-{digest[:8]}.zip"
    assert uploaded(content, "the same again.zip") == name
    assert uploaded(b"another") != name
    assert len(list(path.parent.iterdir())) == 2


def test_two_archives_whose_digests_begin_alike_are_two(home: Path) -> None:
    name = uploaded(b"mine")
    path = adding.saved_zip(name)
    assert path is not None
    path.write_bytes(b"of another user")
    other = adding.saved_zip(uploaded(b"mine"))
    assert other is not None
    assert (other.read_bytes(), path.read_bytes()) == (b"mine", b"of another user")


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_of_any_name_is_saved_in_the_folder_of_archives(home: Path, name: str) -> None:
    path = adding.saved_zip(uploaded(b"something", name))
    assert path is not None
    assert path.parent == data_home().resolve() / adding.ZIPS
    assert path.name.isascii()
    assert len(path.name) < 80
    assert [each.name for each in home.iterdir()] == ["data"]


def test_an_empty_archive_or_a_full_disk_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="is empty"):
        uploaded(b"")
    monkeypatch.setattr(adding, "free_bytes", lambda: 50_000_010)
    with pytest.raises(DataError, match=r"50\.0 MB must stay free"):
        uploaded(b"more than ten bytes")
    assert list((data_home() / adding.ZIPS).iterdir()) == []


def test_drafts_of_killed_uploads_are_deleted_after_a_day(home: Path) -> None:
    folder = data_home() / adding.ZIPS
    folder.mkdir()
    hours = {"left.part": 25, "of today.part": 23, "new.part": 0, "old.zip": 25}
    for name, age in hours.items():
        (folder / name).write_bytes(b"half of it")
        os.utime(folder / name, (time.time() - age * 3600,) * 2)
    (folder / "nowhere.part").symlink_to("nowhere")
    (folder / "folder.part").mkdir()
    os.utime(folder / "folder.part", (0, 0))
    uploaded(b"another")
    left = {each.name for each in folder.iterdir() if not each.name.startswith("my-flowers")}
    assert left == {*hours, "nowhere.part", "folder.part"} - {"left.part"}


def test_remotely_only_folders_below_the_shared_ones_may_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, secret = tmp_path / "shared", tmp_path / "secret"
    for folder in (shared / "roses", secret, tmp_path / "shared too"):
        folder.mkdir(parents=True)
    (shared / "way out").symlink_to(secret)

    def chosen(path: Path | str) -> str:
        return adding.folder_source(str(path), anywhere=False)

    with pytest.raises(DataError, match="not below a folder"):
        chosen(shared / "roses")
    monkeypatch.setenv(adding.FOLDERS, f"{shared}:{tmp_path / 'other'}:")
    assert chosen(shared / "roses") == f"folder:{shared / 'roses'}"
    assert chosen(f' "{shared / "roses"}" ') == f"folder:{shared / 'roses'}"
    for outside in (
        secret,
        shared / "way out",
        shared / ".." / "secret",
        tmp_path / "shared too",
        "/",
    ):
        with pytest.raises(DataError, match="not below a folder"):
            chosen(outside)
    assert adding.folder_source(str(secret), anywhere=True) == f"folder:{secret}"


@pytest.mark.parametrize("text", ["~nosuchuser/x", "/x\0y", "/loop"])
def test_an_impossible_path_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    text = text.replace("/loop", str(tmp_path / "loop"))
    for anywhere, words in ((True, "not a possible path"), (False, "not below a folder")):
        with pytest.raises(DataError, match=words) as caught:
            adding.folder_source(text, anywhere=anywhere)
        assert str(caught.value).startswith(shown(text))


def test_a_remote_user_does_not_learn_where_links_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (tmp_path / "link").symlink_to(secret)
    monkeypatch.setenv("HOME", str(secret))
    monkeypatch.chdir(secret)
    for text in ("~", "~/x", "/proc/self/cwd", str(tmp_path / "link" / "x")):
        with pytest.raises(DataError) as caught:
            adding.folder_source(text, anywhere=False)
        message = f"{shown(text)} is not below a folder that may be chosen remotely."
        assert str(caught.value) == message
    assert adding.folder_source("~/x", anywhere=True) == f"folder:{secret / 'x'}"


def test_an_impossible_shared_folder_allows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(adding.FOLDERS, os.pathsep.join(["~nosuchuser/x", "", str(tmp_path)]))
    assert adding.shared_folders() == [tmp_path.resolve()]


@pytest.mark.parametrize("text", ["", "  ", '""', "flowers", "./flowers", "tfds:mnist"])
def test_a_relative_path_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="whole path"):
        adding.folder_source(text, anywhere=True)


@pytest.mark.parametrize("text", ["C:\\Users\\me\\Bilder", "d:/x", "\\\\nas\\x", '"C:\\x"'])
def test_a_path_of_windows_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="is a path of Windows"):
        adding.folder_source(text, anywhere=True)


def test_a_tfds_set_is_added_by_its_name() -> None:
    assert adding.tfds_source(" mnist ") == adding.tfds_source("tfds:mnist") == "tfds:mnist"
    for text in ("", "tfds:", "a b", "../x", "x" * 1000):
        with pytest.raises(DataError, match="tfds"):
            adding.tfds_source(text)


def test_an_added_source_is_offered_prepared_and_forgotten(home: Path, tmp_path: Path) -> None:
    name = uploaded(archive(tmp_path))
    assert name not in data.names()
    adding.add(name, 32)
    assert name in data.names()
    until(lambda: data.preparation(name, 32).state != "running")
    assert data.preparation(name, 32).state == "done"
    assert not adding.can_be_forgotten(name)
    with pytest.raises(DataError, match="stays"):
        adding.forget(name)
    inventory.remove(name, 32)
    adding.forget(name)
    assert name not in data.names()
    assert adding.saved_zip(name) is None
    assert [each.name for each in data_home().rglob("*.json")] == []


def test_a_source_that_is_being_prepared_is_not_forgotten(home: Path) -> None:
    name = uploaded(b"anything")
    registry.remember(name)
    place = Place.of(name, 32)
    lock = files.acquire(place.lock)
    assert lock is not None
    with lock, pytest.raises(DataError, match="stop that"):
        adding.forget(name)
    assert adding.saved_zip(name) is not None
    adding.forget(name)
    assert adding.saved_zip(name) is None


def test_only_uploaded_archives_are_deleted(home: Path, tmp_path: Path) -> None:
    own = made_folders.zip_of(tmp_path / "own.zip", {"a/1.jpg": b"1"})
    name = data.source(f"zip:{own}").name
    registry.remember(name)
    assert adding.saved_zip(name) is None
    adding.forget(name)
    assert own.exists()
    assert not adding.can_be_forgotten("bundled")


def test_an_archive_that_is_also_offered_in_another_encoding_stays(
    home: Path, tmp_path: Path
) -> None:
    name = uploaded(archive(tmp_path))
    other = registry.with_names(name, "cp932")
    for each in (name, other):
        registry.remember(each)
    assert adding.saved_zip(name) == adding.saved_zip(other) is not None
    adding.forget(name)
    assert data.names()[-1] == other
    assert adding.saved_zip(other) is not None
    adding.forget(other)
    assert adding.saved_zip(other) is None


def posted(**files: bytes) -> list[tuple[str, io.BytesIO]]:
    return [(path, io.BytesIO(content)) for path, content in files.items()]


def test_an_uploaded_folder_is_one_archive_whatever_the_order_of_its_files(tmp_path: Path) -> None:
    rose, tulip = made_folders.picture("rose", 32), made_folders.picture("tulip", 32)
    files = {
        "My_flowers/rose/1.jpg": rose,
        "My_flowers/tulip/1.jpg": tulip,
        "My_flowers/a.txt": b"x",
    }
    name = adding.uploaded_folder(posted(**files))
    assert adding.uploaded_folder(posted(**files)[::-1]) == name
    found = data.source(name)
    assert found.title == "My flowers"
    listing = found.open(lambda *_: None)
    assert listing.class_names == ("rose", "tulip")
    assert "a.txt is left out" in "".join(listing.ignored)


def test_what_no_uploaded_folder_may_be_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(
        DataError, match="no picture in that folder; the pictures of each class must be"
    ):
        adding.uploaded_folder(posted(**{"flowers/notes.txt": b"x"}))
    two = {"flowers/rose/1.jpg": b"12", "flowers/rose/2.jpg": b"34"}
    monkeypatch.setattr(adding, "MOST_UPLOADED_BYTES", 3)
    with pytest.raises(DataError, match=r"have 0\.0 MB; at most 0\.0 MB are uploaded one by one"):
        adding.uploaded_folder(posted(**two))
    monkeypatch.setattr(adding, "MOST_UPLOADED", 1)
    with pytest.raises(
        DataError, match=r"2 files; at most 1 are uploaded one by one\. Pack it as a zip"
    ):
        adding.uploaded_folder(posted(**two))


def test_paths_of_an_uploaded_folder_lead_nowhere(tmp_path: Path) -> None:
    picture = made_folders.picture("rose", 32)
    name = adding.uploaded_folder(
        posted(
            **{
                "../../up/rose/1.jpg": picture,
                "\\\\x\\rose\\2.jpg": picture,
                "a/rose/3.jpg": picture,
            }
        )
    )
    listing = data.source(name).open(lambda *_: None)
    assert sum(listing.counts.values()) == 2
    assert "1.jpg" in "".join(listing.ignored)
