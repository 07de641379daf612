"""Zip archives of pictures: the same set as the folder they were made of, read where they are."""

from __future__ import annotations

import gc
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from augment.data.images import decode
from augment.data.source import Listing
from augment.data.sources import folder, zip_file
from tests.data.sources.made_folders import flower_folder, flower_names, picture, zip_of, zipped
from tests.data.sources.test_folder import originals, refusal

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with splits that no test changes."""
    return flower_folder(tmp_path_factory.mktemp("data") / "flowers", splits=SPLITS)


def opened(path: Path) -> Listing:
    return zip_file.source(path).open(lambda *_: None)


def test_a_source_is_made_without_looking(tmp_path: Path) -> None:
    source = zip_file.source(tmp_path / "x" / ".." / "My flowers.zip")
    assert source.name == f"zip:{tmp_path.resolve()}/My flowers.zip"
    assert source.title == "My flowers.zip"
    assert decode.shown(str(tmp_path.resolve() / "My flowers.zip")) in source.note


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


def test_files_of_systems_are_passed_over_and_others_named(tmp_path: Path) -> None:
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
        "labels.csv is no picture by its ending.",
        "rose/inner.zip is no picture by its ending.",
        "cover.jpg lies in no class folder.",
        "tulip is a folder without pictures.",
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


class _Unmarked(zipfile.ZipInfo):
    """A member whose name is written in an encoding that the archive does not tell."""

    def __init__(self, name: str, encoding: str) -> None:
        super().__init__(name)
        self._encoding = encoding

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode(self._encoding), 0


@pytest.mark.parametrize(("encoding", "second"), [("utf-8", "花"), ("cp437", "Ärmel")])
def test_names_that_are_not_marked_as_unicode(tmp_path: Path, encoding: str, second: str) -> None:
    names = [f"{name}/{number}.jpg" for name in ("Blüte", second) for number in range(2)]
    files = {_Unmarked(name, encoding): picture(name) for name in names}
    found = opened(zip_of(tmp_path / "a.zip", files))
    assert {one.name for one in originals(found)} == set(names)
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))


def test_any_name_works_for_nothing_is_written_under_it(tmp_path: Path) -> None:
    names = ["line\nbreak/a.jpg", f"{'x' * 60_000}/{'y' * 300}.jpg", 'it\'s "quoted" 🌸/CON.jpg']
    found = opened(zip_of(tmp_path / "a.zip", {name: picture(name) for name in names}))
    assert {one.name for one in originals(found)} == set(names)
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))


def test_what_changes_is_said(tmp_path: Path) -> None:
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
    words = "daisy/0.jpg has gone, daisy/1.jpg is another, rose/new.jpg is new"
    assert found.changed() == words
    assert opened(path).fingerprint != found.fingerprint
    # The archive that was opened is still there for whoever holds it.
    assert before["daisy/0.jpg"].load(32).shape == (40, 60, 3)
    path.unlink()
    assert "a.zip cannot be read (no such file or directory)" in found.changed()


def test_an_archive_nobody_touched_is_not_listed_again(
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
    said = refusal(lambda: everything[-1].load(32))
    assert said == "rose/2.jpg cannot be read (it is damaged, or the zip archive has changed)."
    assert "There are no pictures in" in found.changed()
    path.write_bytes(b"")
    assert refusal(lambda: everything[0].load(32))
    assert "is no zip archive" in found.changed()
