"""Links, pipes and devices in a folder of pictures: nothing outside is read, and nothing waits."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from augment.data.files import plain_files
from tests.data.made_folders import filled, flower_folder, flower_names, picture
from tests.data.test_folders import opened, originals, refusal

if not hasattr(os, "mkfifo"):
    pytest.skip("needs a system with links and pipes", allow_module_level=True)


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
        "rose/notes.txt is no picture by its ending.",
        "rose/nothing.jpg is a link that leads nowhere.",
        "rose/self.jpg is a link that leads nowhere.",
        "rose/beside.jpg is a link that leaves the folder.",
        "rose/device.jpg is a link that leaves the folder.",
        "rose/over two.jpg is a link that leaves the folder.",
        "rose/secret.jpg is a link that leaves the folder.",
        "rose/up.jpg is a link that leaves the folder.",
        "One more is a link that leaves the folder.",
        "rose/folder.jpg is a link to a folder; only links to pictures are followed.",
        "rose/loop is a link to a folder; only links to pictures are followed.",
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
            "pipe is no picture by its ending.",
            "rose/pipe.jpg is no ordinary file.",
            "rose/socket.jpg is no ordinary file.",
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
    said = refusal(lambda: original.load(32))
    assert said == "daisy/0.jpg cannot be read (it is no ordinary file)."
    with pytest.raises(OSError, match="no ordinary file"):
        plain_files.opened("/dev/zero")


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
    for said in found.ignored:
        assert said.endswith("lies too deep: a path may have 32 parts at most.")
    assert len(looked) == 34


def test_folders_nested_deeper_than_a_path_may_be_long(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "rose")
    for _ in range(25):
        Path("x" * 200).mkdir()
        monkeypatch.chdir("x" * 200)
    said = refusal(lambda: opened(root))
    assert "cannot be read (file name too long)" in said
