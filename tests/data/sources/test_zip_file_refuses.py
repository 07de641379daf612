"""Zip archives that somebody made to do harm, or that are damaged: a sentence each."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import struct
import subprocess
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from augment.data.sources import files as listed
from augment.data.sources import zip_file
from augment.errors import DataError
from tests.data.sources.made_folders import flower_folder, flower_names, picture, zip_of
from tests.data.sources.test_folder import originals, refusal
from tests.data.sources.test_zip_file import opened

GOOD = {name: picture(name) for name in flower_names()}
CENTRAL, LOCAL = b"PK\1\2", b"PK\3\4"


def patched(path: Path, name: str, field: int, value: bytes, local: int | None = None) -> Path:
    """Overwrite a field of a member's entry in the list, and in its own header, by their offsets."""
    data = bytearray(path.read_bytes())
    for signature, start, length in ((CENTRAL, field, 46), (LOCAL, local, 30)):
        if start is not None:
            entry = data.index(signature)
            while data[entry + length : entry + length + len(name)] != name.encode():
                entry = data.index(signature, entry + 1)
            data[entry + start : entry + start + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return zip_of(tmp_path / "a.zip", GOOD)


def test_what_is_no_zip_archive(path: Path) -> None:
    whole = path.read_bytes()
    for data in (
        b"",
        b"PK\5\6",
        b"hello" * 9999,
        whole[:-40],
        whole[: len(whole) // 2],
        whole[99:-1],
    ):
        path.write_bytes(data)
        said = refusal(lambda: opened(path))
        assert "a.zip is no zip archive, or a damaged or incomplete one; pack the folder" in said


def test_what_cannot_be_opened(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "folder.zip").mkdir()
    for name, words in {
        "nowhere.zip": "(no such file or directory)",
        "pipe.zip": "(it is no ordinary file)",
        "folder.zip": "(it is no ordinary file)",
        "x" * 300: "(file name too long)",
    }.items():
        assert words in refusal(lambda name=name: opened(tmp_path / name))
    assert "no possible path" in refusal(lambda: zip_file.source(Path("a\0.zip")))


def test_an_archive_without_classes(tmp_path: Path) -> None:
    for files, words in (
        ({}, "There are no pictures in"),
        ({"a.txt": b""}, "There are no pictures in"),
        ({"a.jpg": b""}, "no picture lies in a class"),
        ({"a/b.jpg": b""}, "only one class, a"),
    ):
        assert words in refusal(lambda files=files: opened(zip_of(tmp_path / "b.zip", files)))


def test_names_that_point_outside_are_left_out(tmp_path: Path) -> None:
    names = [
        *("../evil.jpg", "rose/../../evil.jpg", "/etc/evil.jpg", "C:/evil/evil.jpg", "rose/.."),
        *("..\\evil.jpg", "\\\\server\\share\\evil.jpg", "c:\\evil.jpg", "../\n/../evil.jpg"),
    ]
    found = opened(zip_of(tmp_path / "a.zip", {**GOOD, **dict.fromkeys(names, b"")}))
    assert [one.name for one in originals(found)] == flower_names()
    assert len(found.ignored) == 6
    for said in found.ignored[:5]:
        assert said.endswith("has a name that points outside the archive.")
        assert said.isprintable()
    assert found.ignored[5] == "4 more have names that point outside the archive."
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.zip"]


def test_names_of_very_many_folders_are_left_out_before_they_are_counted(tmp_path: Path) -> None:
    fits, deep = "rose/" + "a/" * 30 + "b.jpg", "rose/" + "a/" * 31 + "b.jpg"
    deepest = {f"rose/{number}{'/a' * 5_000}/": b"" for number in range(8)}
    path = zip_of(tmp_path / "a.zip", {**GOOD, fits: GOOD["rose/0.jpg"], deep: b"", **deepest})
    tracemalloc.start()
    try:
        found = opened(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {one.name for one in originals(found)} == {*flower_names(), fits}
    assert "lies too deep: a path may have 32 parts at most." in found.ignored[0]
    assert found.ignored[-1] == "4 more lie too deep: a path may have 32 parts at most."
    assert peak < 20_000_000


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_left_out(tmp_path: Path, kind: int) -> None:
    member = zipfile.ZipInfo("rose/link.jpg")
    member.external_attr = (kind | 0o777) << 16
    found = opened(zip_of(tmp_path / "a.zip", {**GOOD, member: b"/etc/passwd"}))
    assert [one.name for one in originals(found)] == flower_names()
    assert found.ignored == ("rose/link.jpg is a link or special file, which is not followed.",)


def test_of_two_members_of_a_name_the_later_is_taken(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("rose/0.jpg", picture("later", size=80))
    found = opened(path)
    assert found.ignored == ("rose/0.jpg is there twice; only one of them is taken.",)
    sizes = {one.name: one.load(512).shape for one in originals(found)}
    assert sizes.pop("rose/0.jpg") == (80, 120, 3)
    assert set(sizes.values()) == {(40, 60, 3)}


def test_a_password(path: Path) -> None:
    for name in ("daisy/1.jpg", "rose/0.jpg"):
        patched(path, name, 8, struct.pack("<H", 1), local=6)
    said = refusal(lambda: opened(path))
    assert "a.zip is locked by a password (daisy/1.jpg and 1 more); pack it without one." in said


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 93])
def test_compressions_that_hardly_anybody_uses(path: Path, method: int) -> None:
    patched(path, "rose/2.jpg", 10, struct.pack("<H", method))
    assert "is packed in an unusual way (rose/2.jpg); pack it as" in refusal(lambda: opened(path))


def test_a_bomb_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MOST_UNPACKED", 1_000_000)
    bombs = {f"{name}/{number}.bmp": bytes(400_000) for name in "ab" for number in range(2)}
    said = refusal(lambda: opened(zip_of(tmp_path / "b.zip", bombs)))
    assert re.search(r"b.zip claims to hold \d{3} times its own size; pictures cannot be", said)


def test_a_member_that_claims_to_be_too_large(path: Path) -> None:
    patched(path, "rose/0.jpg", 24, struct.pack("<I", listed.MOST_BYTES + 10**6))
    bad = next(one for one in originals(opened(path)) if one.name == "rose/0.jpg")
    assert refusal(lambda: bad.load(32)) == (
        "rose/0.jpg has 201 MB; files of at most 200 MB are read."
    )


@pytest.mark.parametrize("claimed", [0, 5000])
@pytest.mark.parametrize("checksum", ["of all", "of what it claims"])
def test_a_member_that_is_larger_than_it_claims(
    tmp_path: Path, claimed: int, checksum: str
) -> None:
    content = b"BM" + bytes(30_000_000)
    path = zip_of(tmp_path / "b.zip", {**GOOD, "rose/bomb.bmp": content})
    patched(path, "rose/bomb.bmp", 24, struct.pack("<I", claimed), local=22)
    if checksum == "of what it claims":
        crc = struct.pack("<I", zlib.crc32(content[:claimed]))
        patched(path, "rose/bomb.bmp", 16, crc, local=14)
    bomb = next(one for one in originals(opened(path)) if one.name == "rose/bomb.bmp")
    tracemalloc.start()
    try:
        said = refusal(lambda: bomb.load(32))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said == "rose/bomb.bmp cannot be read (it is damaged, or the zip archive has changed)."
    assert peak < 1_000_000


def test_a_member_that_is_smaller_than_it_claims(path: Path) -> None:
    patched(path, "rose/0.jpg", 24, struct.pack("<I", 10**6), local=22)
    bad = next(one for one in originals(opened(path)) if one.name == "rose/0.jpg")
    assert "it is damaged" in refusal(lambda: bad.load(32))


def test_a_damaged_member_is_refused_and_the_others_are_read(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"rose/0.jpg") + 200] ^= 0x55
    path.write_bytes(data)
    for one in originals(opened(path)):
        if one.name == "rose/0.jpg":
            assert "it is damaged" in refusal(lambda one=one: one.load(32))
        else:
            assert one.load(32).shape == (40, 60, 3)


def test_a_list_of_members_that_is_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MOST_LISTED", 300)
    assert "Its list of files has" in refusal(lambda: opened(path))


def test_a_part_of_a_split_archive(path: Path) -> None:
    patched(path, "rose/0.jpg", 34, struct.pack("<H", 1))
    assert "is one part of an archive that was split; join" in refusal(lambda: opened(path))


@pytest.mark.skipif(not shutil.which("zip"), reason="needs the program zip")
def test_archives_by_the_program_zip(tmp_path: Path) -> None:
    flower_folder(tmp_path / "flowers", size=400)
    for name, options in {"plain": [], "locked": ["-P", "secret"], "part": ["-s", "64k"]}.items():
        command = ["zip", "-q", "-r", *options, f"{name}.zip", "flowers"]
        subprocess.run(command, cwd=tmp_path, check=True)
    assert [one.name for one in originals(opened(tmp_path / "plain.zip"))] == flower_names()
    assert "is locked by a password" in refusal(lambda: opened(tmp_path / "locked.zip"))
    assert (tmp_path / "part.z01").exists()
    assert refusal(lambda: opened(tmp_path / "part.zip"))
    shutil.copy(tmp_path / "part.z01", tmp_path / "first.zip")
    assert "is no zip archive" in refusal(lambda: opened(tmp_path / "first.zip"))


def test_whatever_comes_is_a_listing_or_a_sentence(path: Path) -> None:
    random, whole = np.random.default_rng(8), path.read_bytes()
    outcomes = {"listed": 0, "refused": 0}
    for turn in range(300):
        data = bytearray(whole)
        start = data.index(CENTRAL) if turn % 3 else 0
        for place in random.integers(start, len(data), 1 + turn % 4):
            data[place] = random.integers(0, 256)
        path.write_bytes(data)
        with contextlib.suppress(DataError):
            outcomes["refused"] += 1
            found = opened(path)
            outcomes["refused"] -= 1
            outcomes["listed"] += 1
            for one in originals(found):
                with contextlib.suppress(DataError):
                    assert one.load(32).shape == (40, 60, 3)
    assert min(outcomes.values()) > 20
