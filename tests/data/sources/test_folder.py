"""Folders of pictures: what is listed, read, noticed and refused; nothing outside, and no waiting."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from augment.data.images import decode
from augment.data.source import Listing, Original
from augment.data.sources import files, folder, layout
from augment.errors import DataError
from tests.data.sources.made_folders import filled, flower_folder, flower_names, picture

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with splits that no test changes."""
    return flower_folder(tmp_path_factory.mktemp("data") / "My flowers", splits=SPLITS)


def opened(root: Path) -> Listing:
    return folder.source(root).open(lambda *_: None)


def originals(found: Listing) -> list[Original]:
    return [original for split in found.counts for original in found.originals(split, 0)]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DataError) as caught:
        act()
    message = str(caught.value)
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 400
    return message


def test_a_source_is_made_without_reading(flowers: Path) -> None:
    source = folder.source(flowers / ".." / flowers.name)
    assert source.name == f"folder:{flowers.resolve()}"
    assert source.title == "My flowers"
    assert source.note.startswith(f"The pictures in the folder {flowers.name}, ")
    assert folder.source(flowers / "not there").title == "Not there"
    assert folder.source(Path("/")).title == "/"


def test_originals_with_their_names_labels_and_pictures(flowers: Path) -> None:
    found = opened(flowers)
    assert found.class_names == ("daisy", "rose")
    assert found.counts == dict.fromkeys(SPLITS, 6)
    assert found.ignored == ()
    everything = originals(found)
    assert [original.name for original in everything] == flower_names(splits=SPLITS)
    for original in everything:
        assert found.class_names[original.label] == original.name.split("/")[1]
        expected = decode.decode((flowers / original.name).read_bytes(), "x", least_side=32)
        np.testing.assert_array_equal(original.load(32), expected)


def test_originals_from_any_number_on(flowers: Path) -> None:
    found = opened(flowers)
    whole = [original.name for original in found.originals("train", 0)]
    for start in (1, 5, 6, 99):
        assert [original.name for original in found.originals("train", start)] == whole[start:]


def test_a_folder_without_splits_is_one_pool(tmp_path: Path) -> None:
    found = opened(flower_folder(tmp_path, classes=("a", "b", "c"), per_class=1))
    assert found.counts == {"all": 3}
    assert [original.label for original in originals(found)] == [0, 1, 2]


def test_a_large_jpeg_is_decoded_smaller(tmp_path: Path) -> None:
    found = opened(flower_folder(tmp_path, per_class=1, size=200))
    assert originals(found)[0].load(32).shape == (50, 75, 3)


def test_many_threads_read_at_once(flowers: Path) -> None:
    everything = originals(opened(flowers)) * 5
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda original: original.load(32), everything))
    for original, image in zip(everything, loaded, strict=True):
        np.testing.assert_array_equal(image, original.load(32))


@pytest.mark.parametrize(
    "name", ["with space", "it's", '"quoted"', "line\nbreak", "Blüte", "花", "🌸", "-rf", "%s{x}"]
)
def test_any_name_is_a_class(tmp_path: Path, name: str) -> None:
    data = {f"{name}/{name}.jpg": picture("a"), "rose/b.jpg": picture("b")}
    found = opened(filled(tmp_path / name, data))
    assert set(found.class_names) == {name, "rose"}
    assert {original.name for original in originals(found)} == set(data)
    assert all(original.load(32).shape == (40, 60, 3) for original in originals(found))
    assert json.loads(json.dumps(found.class_names)) == list(found.class_names)


def test_names_that_are_not_unicode_are_left_out(tmp_path: Path) -> None:
    flower_folder(tmp_path)
    (tmp_path / os.fsdecode(b"r\xffse")).mkdir()
    (tmp_path / os.fsdecode(b"rose/\xfe.jpg")).write_bytes(picture("a"))
    found = opened(tmp_path)
    assert [original.name for original in originals(found)] == flower_names()
    assert found.ignored == (
        r"rose/\udcfe.jpg is left out: its name is not Unicode text; rename it.",
        r"r\udcffse is left out: its name is not Unicode text; rename it.",
    )
    assert "not a possible path" in refusal(
        lambda: folder.source(tmp_path / os.fsdecode(b"r\xffse"))
    )


@pytest.mark.parametrize("name", ["a\0b", "~nobody-of-this-name/x"])
def test_impossible_paths(name: str) -> None:
    assert "not a possible path" in refusal(lambda: folder.source(Path(name)))


def test_what_is_not_a_folder_of_pictures_is_refused(tmp_path: Path) -> None:
    flower_folder(tmp_path / "one", classes=("daisy",))
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "name too long").mkdir()
    for name, words in {
        "nowhere": "nowhere cannot be read (no such file or directory)",
        "file": "file is a file, but must be a folder",
        "file/x": "cannot be read (not a directory)",
        "empty": "There are no pictures in",
        "one": "only one class, daisy, but there must be at least two",
        "x" * 300: "cannot be read (file name too long)",
    }.items():
        assert words in refusal(lambda name=name: opened(tmp_path / name))


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flower_folder(tmp_path)
    if os.geteuid():
        (tmp_path / "rose").chmod(0)
    else:
        real = os.scandir

        def scandir(path: str) -> object:
            if path.rstrip("/").endswith("rose"):
                raise PermissionError(13, "Permission denied", path)
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)
    message = refusal(lambda: opened(tmp_path))
    (tmp_path / "rose").chmod(0o700)
    assert message.startswith("The folder rose cannot be read (permission denied); choose")


def test_other_files_are_named_and_those_of_the_system_are_not(tmp_path: Path) -> None:
    flower_folder(tmp_path)
    filled(tmp_path, {"labels.csv": b"", "rose/notes.txt": b"", "top.png": b"", "rose/x.zip": b""})
    filled(
        tmp_path, {".DS_Store": b"", "rose/Thumbs.db": b"", ".git/a.jpg": b"", "@eaDir/b.jpg": b""}
    )
    (tmp_path / "tulip").mkdir()
    assert opened(tmp_path).ignored == (
        "rose/notes.txt is left out: its extension is not that of a picture.",
        "rose/x.zip is left out: it is an archive inside; unpack it first.",
        "top.png is left out: it is not in the folder of a class.",
        "labels.csv is left out: the folders already give the classes.",
        "tulip is left out: it is a folder without pictures.",
    )


def test_a_folder_of_far_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST_FILES", 7)
    assert "more than 7 files in" in refusal(lambda: opened(flower_folder(tmp_path)))


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flower_folder(tmp_path)
    with (tmp_path / "rose" / "0.jpg").open("ab") as file:
        file.truncate(layout.MOST_BYTES + 1_600_000)
    large = next(one for one in originals(opened(tmp_path)) if one.name == "rose/0.jpg")
    monkeypatch.setattr(files, "opened", None)
    message = "rose/0.jpg has 201.6 MB; at most 200.0 MB are read."
    assert refusal(lambda: large.load(32)) == message


def test_a_file_that_is_not_a_picture_is_refused(tmp_path: Path) -> None:
    filled(flower_folder(tmp_path), {"rose/0.jpg": b"%PDF-1.7\n", "rose/1.jpg": b""})
    bad = {one.name: one for one in originals(opened(tmp_path))}
    assert refusal(lambda: bad["rose/0.jpg"].load(32)).startswith("rose/0.jpg is a PDF document;")
    assert refusal(lambda: bad["rose/1.jpg"].load(32)).startswith("rose/1.jpg is empty;")


def test_changes_are_reported(tmp_path: Path) -> None:
    flower_folder(tmp_path, per_class=4)
    found = opened(tmp_path)
    assert found.changed() == ""
    assert opened(tmp_path).fingerprint == found.fingerprint
    before = {one.name: one for one in originals(found)}
    (tmp_path / "daisy" / "0.jpg").unlink()
    filled(
        tmp_path, {"daisy/1.jpg": picture("another"), "rose/new.jpg": picture("new"), "a.txt": b""}
    )
    words = ["daisy/0.jpg was removed", "daisy/1.jpg has changed", "rose/new.jpg is new"]
    assert found.changed() == ", ".join(words)
    assert "daisy/0.jpg cannot be read (no such file" in refusal(
        lambda: before["daisy/0.jpg"].load(32)
    )
    message = refusal(lambda: before["daisy/1.jpg"].load(32))
    assert message == "daisy/1.jpg cannot be read (it has changed since the folder was listed)."
    (tmp_path / "rose" / "0.jpg").rename(tmp_path / "daisy" / "0 of rose.jpg")
    assert found.changed() == ", ".join([*words[:2], "rose/0.jpg was removed", "and 2 more"])
    assert opened(tmp_path).fingerprint != found.fingerprint


def test_a_change_of_time_or_size_is_a_change(tmp_path: Path) -> None:
    found = opened(flower_folder(tmp_path))
    path = tmp_path / "rose" / "0.jpg"
    then = path.stat().st_mtime_ns
    os.utime(path, ns=(0, then + 1))
    assert found.changed() == "rose/0.jpg has changed"
    assert opened(tmp_path).fingerprint != found.fingerprint
    os.utime(path, ns=(0, then))
    assert found.changed() == ""
    path.write_bytes(path.read_bytes() + b"x")
    os.utime(path, ns=(0, then))
    assert found.changed() == "rose/0.jpg has changed"


def test_a_folder_that_was_removed(tmp_path: Path) -> None:
    root = flower_folder(tmp_path / "flowers")
    found = opened(root)
    root.rename(tmp_path / "elsewhere")
    assert "flowers cannot be read (no such file or directory)" in found.changed()
    assert not found.changed().endswith(".")


def test_a_sub_folder_that_vanishes_while_it_is_listed(tmp_path: Path) -> None:
    flower_folder(tmp_path, per_class=1, classes=("a", "b"))

    def progress(done: int, total: int, what: str) -> None:
        assert (done, total, what) == (0, 0, "listing the files")
        for name in ("a", "b"):
            (tmp_path / name).rename(tmp_path.with_name(f"{tmp_path.name} {name}"))

    message = refusal(lambda: folder.source(tmp_path).open(progress))
    assert "cannot be read (no such file or directory); choose a folder that may be read" in message


def test_listing_can_be_cancelled(flowers: Path) -> None:
    def progress(*_: object) -> None:
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        folder.source(flowers).open(progress)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def root(tmp_path: Path) -> Path:
    filled(tmp_path / "outside", {"secret.jpg": picture("secret"), "class/a.jpg": picture("a")})
    filled(tmp_path / "flowers and more", {"rose/c.jpg": picture("c")})
    return flower_folder(tmp_path / "flowers")


def test_links_are_followed_only_to_pictures_inside(root: Path) -> None:
    outside = root.parent / "outside"
    for name, target in {
        "rose/inside.jpg": "../daisy/0.jpg",
        "rose/whole path.jpg": root / "daisy" / "1.jpg",
        "rose/twice.jpg": "inside.jpg",
        "rose/secret.jpg": outside / "secret.jpg",
        "rose/up.jpg": "../../outside/secret.jpg",
        "rose/beside.jpg": root.parent / "flowers and more" / "rose" / "c.jpg",
        "rose/over two.jpg": "secret.jpg",
        "rose/notes.txt": "../daisy/0.jpg",
        "rose/device.jpg": "/dev/zero",
        "tulip": outside / "class",
        "rose/folder.jpg": "../daisy",
        "rose/loop": "..",
        "rose/self.jpg": "self.jpg",
        "rose/nothing.jpg": "nowhere.jpg",
    }.items():
        (root / name).symlink_to(target)
    found = opened(root)
    read = {original.name: original for original in originals(found)}
    new = {"rose/inside.jpg", "rose/whole path.jpg", "rose/twice.jpg"}
    assert set(read) == {*flower_names(), *new}
    for name, target in zip(
        sorted(new), ("daisy/0.jpg", "daisy/0.jpg", "daisy/1.jpg"), strict=True
    ):
        np.testing.assert_array_equal(read[name].load(32), read[target].load(32))
    assert found.ignored == (
        "rose/notes.txt is left out: its extension is not that of a picture.",
        "rose/nothing.jpg is left out: it is a link that leads nowhere.",
        "rose/self.jpg is left out: it is a link that leads nowhere.",
        "rose/beside.jpg is left out: it is a link to something outside the folder.",
        "rose/device.jpg is left out: it is a link to something outside the folder.",
        "rose/over two.jpg is left out: it is a link to something outside the folder.",
        "rose/secret.jpg is left out: it is a link to something outside the folder.",
        "rose/up.jpg is left out: it is a link to something outside the folder.",
        "1 more left out: it is a link to something outside the folder.",
        "rose/folder.jpg is left out: it is a link to a folder; only links to pictures are followed.",
        "rose/loop is left out: it is a link to a folder; only links to pictures are followed.",
    )


def test_a_folder_that_is_a_link_itself(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert opened(link).fingerprint == opened(root).fingerprint


def test_a_loop_as_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert refusal(lambda: opened(tmp_path / "a"))


def test_a_picture_replaced_by_a_link_is_not_followed(root: Path) -> None:
    outside = root.parent / "outside" / "secret.jpg"
    path = root / "rose" / "0.jpg"
    then = path.stat()
    outside.write_bytes(path.read_bytes())
    os.utime(outside, ns=(then.st_atime_ns, then.st_mtime_ns))
    original = next(one for one in originals(opened(root)) if one.name == "rose/0.jpg")
    path.unlink()
    path.symlink_to(outside)
    assert "rose/0.jpg cannot be read (too many levels" in refusal(lambda: original.load(32))


def test_pipes_and_sockets_are_never_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "rose" / "pipe.jpg")
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root / "rose")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")
        assert opened(root).ignored == (
            "pipe is left out: its extension is not that of a picture.",
            "rose/pipe.jpg is left out: it is not a regular file.",
            "rose/socket.jpg is left out: it is not a regular file.",
        )
    assert "pipe is a file, but must be a folder" in refusal(lambda: opened(root / "pipe"))


def test_a_picture_replaced_by_a_pipe_does_not_wait(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = originals(opened(root))[0]
    (root / original.name).unlink()
    os.mkfifo(root / original.name)
    real = os.open

    def without_waiting(path: str, flags: int) -> int:
        assert flags & os.O_NONBLOCK, "opening a pipe would never end"
        return real(path, flags)

    monkeypatch.setattr(os, "open", without_waiting)
    message = refusal(lambda: original.load(32))
    assert message == "daisy/0.jpg cannot be read (it is not a regular file)."
    with pytest.raises(OSError, match="not a regular file"):
        files.opened("/dev/zero")


def test_folders_too_deep_are_not_entered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = root / "rose" / "/".join("a" * 30)
    filled(deepest, {"b.jpg": picture("b"), "a/c.jpg": picture("c"), "a/a/d.jpg": picture("d")})
    looked = []
    real = os.scandir

    def counted(path: str) -> object:
        looked.append(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", counted)
    found = opened(root)
    within = deepest.relative_to(root).as_posix()
    assert {one.name for one in originals(found)} == {*flower_names(), f"{within}/b.jpg"}
    assert len(found.ignored) == 2  # not the file below them
    for message in found.ignored:
        assert message.endswith("is left out: its path has more than 32 parts.")
    assert len(looked) == 34


def test_folders_nested_deeper_than_a_path_may_be_long(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "rose")
    for _ in range(25):
        Path("x" * 200).mkdir()
        monkeypatch.chdir("x" * 200)
    message = refusal(lambda: opened(root))
    assert "cannot be read (file name too long)" in message
