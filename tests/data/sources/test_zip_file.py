"""Zip archives: the same set as the folder they were made of, whatever harm somebody intends."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import shutil
import stat
import struct
import subprocess
import tracemalloc
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from augment.data.images import decode
from augment.data.source import Listing
from augment.data.sources import folder, layout, zip_file
from augment.errors import DataError
from tests.data.sources.made_folders import (
    Unmarked,
    flower_folder,
    flower_names,
    picture,
    zip_of,
    zipped,
)
from tests.data.sources.test_folder import originals, refusal

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with splits that no test changes."""
    return flower_folder(tmp_path_factory.mktemp("data") / "flowers", splits=SPLITS)


def opened(path: Path) -> Listing:
    return zip_file.source(path).open(lambda *_: None)


def test_a_source_is_made_without_reading(tmp_path: Path) -> None:
    source = zip_file.source(tmp_path / "x" / ".." / "My flowers.zip")
    assert source.name == f"zip:{tmp_path.resolve()}/My flowers.zip"
    assert source.title == "My flowers"
    assert source.note.startswith("The pictures in the zip archive My flowers, ")


@pytest.mark.parametrize("within", ["", "flowers", "archive/flowers"])
def test_the_same_set_as_the_folder(flowers: Path, tmp_path: Path, within: str) -> None:
    found = opened(zipped(flowers, tmp_path / "flowers.zip", within))
    expected = folder.source(flowers).open(lambda *_: None)
    assert found.class_names == expected.class_names
    assert found.counts == expected.counts
    assert found.ignored == ()
    for one, other in zip(originals(found), originals(expected), strict=True):
        assert (one.name, one.label) == (other.name, other.label)
        np.testing.assert_array_equal(one.load(32), other.load(32))
    later = [original.name for original in found.originals("train", 4)]
    assert later == ["train/rose/1.jpg", "train/rose/2.jpg"]


def test_nothing_is_unpacked(flowers: Path, tmp_path: Path) -> None:
    path = zipped(flowers, tmp_path / "flowers.zip")
    for original in originals(opened(path)):
        original.load(32)
    assert list(tmp_path.iterdir()) == [path]


def test_many_threads_read_at_once(flowers: Path, tmp_path: Path) -> None:
    everything = originals(opened(zipped(flowers, tmp_path / "flowers.zip"))) * 8
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda original: original.load(32), everything))
    for original, image in zip(everything, loaded, strict=True):
        np.testing.assert_array_equal(image, original.load(32))


def test_files_of_systems_are_left_out_silently(tmp_path: Path) -> None:
    files = {name: picture(name) for name in flower_names()}
    others = {
        "__MACOSX/daisy/._0.jpg": b"",
        "daisy/.DS_Store": b"",
        "labels.csv": b"",
        "rose/inner.zip": b"PK",
        "cover.jpg": b"",
        "tulip/": b"",
    }
    found = opened(zip_of(tmp_path / "a.zip", {**files, **others}))
    assert found.ignored == (
        "rose/inner.zip is left out: it is an archive inside; unpack it first.",
        "cover.jpg is left out: it is not in the folder of a class.",
        "labels.csv is left out: the folders already give the classes.",
        "tulip is left out: it is a folder without pictures.",
    )


def test_backslashes_and_dots_are_what_other_programs_write(tmp_path: Path) -> None:
    names = ["rose\\deep\\a.jpg", "./daisy/b.jpg", "daisy//c.jpg"]
    found = opened(zip_of(tmp_path / "a.zip", {name: picture(name) for name in names}))
    assert [one.name for one in originals(found)] == [
        "daisy/b.jpg",
        "daisy/c.jpg",
        "rose/deep/a.jpg",
    ]
    for one, name in zip(originals(found), (names[1], names[2], names[0]), strict=True):
        np.testing.assert_array_equal(one.load(32), decode.decode(picture(name), "x"))


@pytest.mark.parametrize(("encoding", "second"), [("utf-8", "花"), ("cp437", "Ärmel")])
def test_names_that_are_not_marked_as_unicode(tmp_path: Path, encoding: str, second: str) -> None:
    names = [f"{name}/{number}.jpg" for name in ("Blüte", second) for number in range(2)]
    files = {Unmarked(name, encoding): picture(name) for name in names}
    found = opened(zip_of(tmp_path / "a.zip", files))
    assert {one.name for one in originals(found)} == set(names)
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))


NAMES = {
    "cp932": "ソバ ソバナ バラ 表 能面 ソーダ表",
    "gbk": "玫瑰 向日葵 郁金香 熊猫 健康 病害",
    "cp950": "功夫 許願 蓋子 閱讀 玫瑰 牛肉麵",
    "cp949": "장미 튤립 해바라기 고양이 강아지 벚꽃",
    "cp850": "Gänseblümchen Löwenzahn Mohnblüte Äpfel",
    "cp1252": "Gänseblümchen Löwenzahn Mohnblüte pâquerette",
    "cp1251": "роза тюльпан ромашка одуванчик",
    "cp866": "роза тюльпан ромашка одуванчик",
    "utf-8": "バラ 玫瑰 장미 Löwenzahn",
}


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize(("top", "slash"), [("", "/"), ("data/", "/"), ("data\\", "\\")])
def test_names_of_windows_are_read_in_their_encoding(
    tmp_path: Path, encoding: str, top: str, slash: str
) -> None:
    if (encoding, slash) == ("cp950", "\\"):
        pytest.skip("letters with a backslash in them: this is asked about, see below")
    names = [f"{name}{slash}{number}.jpg" for name in NAMES[encoding].split() for number in "01"]
    path = zip_of(
        tmp_path / "a.zip", {Unmarked(top + name, encoding): picture(name) for name in names}
    )
    found = opened(path)
    assert set(found.class_names) == set(NAMES[encoding].split())
    assert {one.name: found.class_names[one.label] for one in originals(found)} == {
        name.replace("\\", "/"): name.split(slash)[0] for name in names
    }
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))
    assert ("The names in the archive were read as" in "".join(found.notes)) == (
        encoding != "utf-8"
    )
    chosen = zip_file.source(path, encoding).open(lambda *_: None)
    assert chosen.class_names == found.class_names


def test_many_numbered_files_do_not_outweigh_the_names_of_folders(tmp_path: Path) -> None:
    names = [f"写真/{'バラ' if n % 2 else 'ソバ'}/画像{n}.jpg" for n in range(4000)]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(Unmarked(name, "cp932"), b"")
    found = opened(tmp_path / "a.zip")
    assert (found.class_names, found.counts) == (("ソバ", "バラ"), {"all": 4000})


def test_a_name_that_another_program_also_gives_in_unicode(tmp_path: Path) -> None:
    members = {}
    for name in ("ソバ/1.jpg", "表/2.jpg"):
        member = Unmarked(name, "cp932")
        raw = name.encode()
        checksum = zlib.crc32(name.encode("cp932"))
        member.extra = struct.pack("<HHBL", 0x7075, 5 + len(raw), 1, checksum) + raw
        members[member] = picture(name)
    found = opened(zip_of(tmp_path / "a.zip", members))
    assert found.class_names == ("ソバ", "表")
    assert found.notes == ()


def test_names_that_are_marked_as_unicode_and_are_not(tmp_path: Path) -> None:
    class Marked(Unmarked):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
            return super()._encodeFilenameFlags()[0], self.flag_bits | 0x800

    right = [f"Blumen/{name}/{n}.jpg" for name in ("Rose", "Gänseblümchen") for n in range(3)]
    wrong = [f"Blumen/{name}/{n}.jpg" for name in ("Löwenzahn", "Weißdorn") for n in range(3)]
    files = {Marked(name, "utf-8"): picture(name) for name in right}
    files |= {Marked(name, "cp1252"): picture(name) for name in wrong}
    found = opened(zip_of(tmp_path / "a.zip", files))
    assert found.class_names == ("Gänseblümchen", "Löwenzahn", "Rose", "Weißdorn")
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))


def test_marked_and_unmarked_names_in_one_archive(tmp_path: Path) -> None:
    files: dict[str | zipfile.ZipInfo, bytes] = {"バラ/1.jpg": picture("1")}
    for name in ("バラ/2.jpg", "ソバナ/3.jpg", "ソバ/4.jpg"):
        files[Unmarked(name, "cp932")] = picture(name)
    files[Unmarked("花/5.jpg", "utf-8")] = picture("5")
    found = opened(zip_of(tmp_path / "a.zip", files))
    assert found.class_names == ("ソバ", "ソバナ", "バラ", "花")
    assert found.counts == {"all": 5}


def test_an_encoding_that_was_chosen_is_part_of_the_name(tmp_path: Path) -> None:
    names = ("猫/1.jpg", "狗/1.jpg")
    path = zip_of(tmp_path / "a.zip", {Unmarked(name, "gbk"): picture(name) for name in names})
    guessed = opened(path)
    assert len(guessed.class_names) == 2
    assert "too few or too short to be sure" in guessed.warnings[0]
    source = zip_file.source(path, "gbk")
    assert source.name == f"zip:{path}#names=gb18030"
    assert source.title == "A, names as simplified Chinese (gb18030)"
    chosen = source.open(lambda *_: None)
    assert chosen.class_names == ("狗", "猫")
    assert chosen.warnings == ()
    assert chosen.fingerprint != guessed.fingerprint
    assert "is not Japanese (cp932)" not in "".join(chosen.notes)
    assert zip_file.parted(source.name.removeprefix("zip:")) == (str(path), "gb18030")
    assert zip_file.parted("/a.zip") == ("/a.zip", "")
    assert zip_file.parted("/#names=x/a.zip") == ("/#names=x/a.zip", "")
    assert "There is no encoding 'klingon'" in refusal(lambda: zip_file.source(path, "klingon"))
    wrong = refusal(lambda: zip_file.source(path, "utf-8").open(lambda *_: None))
    assert "is not Unicode (utf-8); choose another encoding" in wrong
    previews = {each.encoding: each.names for each in zip_file.previews(path, 2)}
    assert set(previews["gb18030"]) == {"狗", "猫"}
    assert "utf-8" not in previews
    assert zip_file.previews(zip_of(tmp_path / "b.zip", GOOD), 2) == []


def test_backslashes_that_may_be_letters_need_a_choice(tmp_path: Path) -> None:
    # The second byte of 功, 許, 蓋 and 閱 is that of a backslash.
    names = [f"data\\{name}\\{number}.jpg" for name in NAMES["cp950"].split() for number in "01"]
    path = zip_of(tmp_path / "a.zip", {Unmarked(name, "cp950"): picture(name) for name in names})
    assert "separate folders or are halves of letters" in refusal(lambda: opened(path))
    chosen = zip_file.source(path, "cp950").open(lambda *_: None)
    assert set(chosen.class_names) == set(NAMES["cp950"].split())


@pytest.mark.parametrize("start", [b"", b"BM", b"\x89PNG\r\n\x1a\n"])
def test_large_members_of_zeros_take_little_memory(tmp_path: Path, start: bytes) -> None:
    bombs = {f"{name}/{number}.png": start + bytes(30_000_000) for name in "ab" for number in "01"}
    found = originals(opened(zip_of(tmp_path / "b.zip", bombs)))
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            messages = list(pool.map(lambda one: refusal(lambda: one.load(32)), found))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(messages) == 4
    if not start:
        assert peak < 8_000_000


def test_members_that_share_their_bytes_are_refused(path: Path) -> None:
    size = path.stat().st_size
    patched(path, "rose/0.jpg", 20, struct.pack("<I", size))
    assert "its files together are larger than the archive" in refusal(lambda: opened(path))


def test_any_name_works_for_nothing_is_written_under_it(tmp_path: Path) -> None:
    names = ["line\nbreak/a.jpg", f"{'x' * 60_000}/{'y' * 300}.jpg", 'it\'s "quoted" 🌸/CON.jpg']
    found = opened(zip_of(tmp_path / "a.zip", {name: picture(name) for name in names}))
    assert {one.name for one in originals(found)} == set(names)
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))


def test_changes_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    files = {name: picture(name) for name in flower_names()}
    found = opened(zip_of(path, files))
    assert found.changed() == ""
    assert opened(path).fingerprint == found.fingerprint
    before = {one.name: one for one in originals(found)}
    path.unlink()
    zip_of(path, files)
    assert found.changed() == ""  # packed again, the same
    del files["daisy/0.jpg"]
    files |= {"daisy/1.jpg": picture("another"), "rose/new.jpg": picture("new")}
    path.unlink()
    zip_of(path, files)
    words = "daisy/0.jpg was removed, daisy/1.jpg has changed, rose/new.jpg is new"
    assert found.changed() == words
    assert opened(path).fingerprint != found.fingerprint
    # The archive that was opened is still there for whoever holds it.
    assert before["daisy/0.jpg"].load(32).shape == (40, 60, 3)
    path.unlink()
    assert "a.zip cannot be read (no such file or directory)" in found.changed()


def test_an_unchanged_archive_is_not_listed_again(
    flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = opened(zipped(flowers, tmp_path / "a.zip"))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert found.changed() == ""


def test_the_archive_is_closed_with_its_listing(flowers: Path, tmp_path: Path) -> None:
    found = opened(zipped(flowers, tmp_path / "a.zip"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del found
        gc.collect()
    assert not [each for each in caught if "a.zip" in str(each.message) or "Reader" in str(each)]
    assert str(tmp_path / "a.zip") not in {file.path for file in psutil.Process().open_files()}


def test_an_archive_that_is_written_over_while_it_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {name: picture(name) for name in flower_names()})
    found = opened(path)
    everything = originals(found)
    zip_of(path, {f"x/{number}": bytes(999) for number in range(99)})
    message = refusal(lambda: everything[-1].load(32))
    assert message == "rose/2.jpg cannot be read (it is damaged, or the zip archive has changed)."
    assert "There are no pictures in" in found.changed()
    path.write_bytes(b"")
    assert refusal(lambda: everything[0].load(32))
    assert "a.zip is empty" in found.changed()


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


def test_a_file_that_is_not_a_zip_archive_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for data in (
        b"PK\5\6",
        b"hello" * 9999,
        whole[:-40],
        whole[: len(whole) // 2],
        whole[99:-1],
    ):
        path.write_bytes(data)
        message = refusal(lambda: opened(path))
        assert "a.zip is not a zip archive, or a damaged or incomplete one; if it is" in message


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"", "is empty"),
        (b"Rar!\x1a\7\1\0", "is a RAR archive, which is not read; unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"\x1f\x8b\x08\0", "is a gzip archive"),
        (b"\n<!DOCTYPE html><html>", "is a web page"),
    ],
)
def test_what_a_file_is_that_is_no_zip_archive(path: Path, start: bytes, words: str) -> None:
    path.write_bytes(start and start + bytes(999))
    assert words in refusal(lambda: opened(path))


def test_what_cannot_be_opened(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "folder.zip").mkdir()
    for name, words in {
        "nowhere.zip": "(no such file or directory)",
        "pipe.zip": "(it is not a regular file)",
        "folder.zip": "(it is not a regular file)",
        "x" * 300: "(file name too long)",
    }.items():
        assert words in refusal(lambda name=name: opened(tmp_path / name))
    assert "not a possible path" in refusal(lambda: zip_file.source(Path("a\0.zip")))


def test_an_archive_without_classes(tmp_path: Path) -> None:
    for files, words in (
        ({}, "There are no pictures in"),
        ({"a.txt": b""}, "There are no pictures in"),
        ({"train.zip": b"", "test.zip": b""}, "but archives (2 .zip), which are not read; unpack"),
        ({"a.jpg": b""}, "no picture is in a class"),
        ({"a.jpg": b"", "b.xlsx": b""}, "b.xlsx is left out: it is a spreadsheet"),
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
    for message in found.ignored[:5]:
        assert message.endswith("is left out: its name points outside the archive.")
        assert message.isprintable()
    assert found.ignored[5] == "4 more left out: its name points outside the archive."
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
    assert "is left out: its path has more than 32 parts." in found.ignored[0]
    assert found.ignored[-1] == "4 more left out: its path has more than 32 parts."
    assert peak < 20_000_000


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_left_out(tmp_path: Path, kind: int) -> None:
    member = zipfile.ZipInfo("rose/link.jpg")
    member.external_attr = (kind | 0o777) << 16
    found = opened(zip_of(tmp_path / "a.zip", {**GOOD, member: b"/etc/passwd"}))
    assert [one.name for one in originals(found)] == flower_names()
    assert found.ignored == ("rose/link.jpg is left out: it is a link or special file.",)


def test_of_two_members_of_a_name_the_later_is_taken(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("rose/0.jpg", picture("later", size=80))
    found = opened(path)
    assert found.ignored == ("rose/0.jpg is left out: another file has the same name.",)
    sizes = {one.name: one.load(512).shape for one in originals(found)}
    assert sizes.pop("rose/0.jpg") == (80, 120, 3)
    assert set(sizes.values()) == {(40, 60, 3)}


def test_a_password(path: Path) -> None:
    for name in ("daisy/1.jpg", "rose/0.jpg"):
        patched(path, name, 8, struct.pack("<H", 1), local=6)
    message = refusal(lambda: opened(path))
    assert (
        "a.zip is protected by a password (daisy/1.jpg and 1 more); pack it without one." in message
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 93])
def test_compressions_that_hardly_anybody_uses(path: Path, method: int) -> None:
    patched(path, "rose/2.jpg", 10, struct.pack("<H", method))
    assert "is packed in an unusual way (rose/2.jpg); pack it as" in refusal(lambda: opened(path))


def test_a_bomb_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MOST_UNPACKED", 1_000_000)
    bombs = {f"{name}/{number}.bmp": bytes(400_000) for name in "ab" for number in range(2)}
    message = refusal(lambda: opened(zip_of(tmp_path / "b.zip", bombs)))
    assert re.search(r"b.zip claims to hold \d{3} times its own size; pictures cannot be", message)


def test_a_member_that_claims_to_be_too_large(path: Path) -> None:
    patched(path, "rose/0.jpg", 24, struct.pack("<I", layout.MOST_BYTES + 10**6))
    bad = next(one for one in originals(opened(path)) if one.name == "rose/0.jpg")
    assert refusal(lambda: bad.load(32)) == ("rose/0.jpg has 201.0 MB; at most 200.0 MB are read.")


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
        message = refusal(lambda: bomb.load(32))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (
        message == "rose/bomb.bmp cannot be read (it is damaged, or the zip archive has changed)."
    )
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
    assert "is protected by a password" in refusal(lambda: opened(tmp_path / "locked.zip"))
    assert (tmp_path / "part.z01").exists()
    assert refusal(lambda: opened(tmp_path / "part.zip"))
    shutil.copy(tmp_path / "part.z01", tmp_path / "first.zip")
    assert "is not a zip archive" in refusal(lambda: opened(tmp_path / "first.zip"))


def test_any_bytes_give_a_listing_or_a_sentence(path: Path) -> None:
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
