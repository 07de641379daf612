from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from augment import data
from augment.data import registry
from augment.errors import DataError

WRONG = [
    "",
    "bundle",
    "digits:",
    "tfds:",
    "folder:",
    "zip: ",
    "ftp:flowers",
    "folder:a\0b",
    "BUNDLED",
]


@pytest.mark.parametrize("name", [*WRONG, "x" * 10_000, "a\nb", None, 7])
def test_an_unknown_source_is_refused_with_the_kinds_of_names(name: object) -> None:
    calls = (
        lambda: data.source(name),
        lambda: data.open_prepared(name, 64),
        lambda: data.prepare(name, 64),
        lambda: data.preparation(name, 64),
        lambda: data.start_preparing(name, 64),
    )
    for call in calls:
        with pytest.raises(DataError, match="tfds:NAME, folder:PATH or zip:PATH") as caught:
            call()
        assert len(str(caught.value)) < 200
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/data/flowers", "~/flowers.zip", "./flowers"])
def test_a_path_alone_is_refused_with_what_is_missing(path: str) -> None:
    with pytest.raises(DataError, match="Write folder: or zip: before a path"):
        data.source(path)


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to(tmp_path / "flowers")
    for path in (
        "flowers",
        "./flowers/",
        "~/flowers",
        str(tmp_path / "x" / ".." / "flowers"),
        "link",
    ):
        assert data.source(f"folder:{path}").name == f"folder:{tmp_path}/flowers"
    assert data.source("zip:a.zip").name == f"zip:{tmp_path}/a.zip"


@pytest.mark.parametrize("name", data.names())
def test_every_source_says_what_it_is(name: str) -> None:
    source = data.source(name)
    assert source.name == name
    for text in (source.title, source.note, source.licence, source.citation):
        assert text
        assert text == " ".join(text.split())


def test_the_note_of_flowers_describes_the_official_split() -> None:
    note = data.source("tfds:oxford_flowers102").note
    for number in ("1,020", "6,149", "official split"):
        assert number in note


def test_reading_the_sources_imports_no_tensorflow(home: Path) -> None:
    code = (
        "import sys; from augment import data;"
        "[data.source(name) for name in data.names()]; data.list_prepared();"
        "data.preparation('tfds:oxford_flowers102', 64);"
        "heavy = {'tensorflow', 'tensorflow_datasets', 'keras', 'streamlit'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_titles_are_for_people_and_no_two_are_the_same(tmp_path: Path) -> None:
    names = [
        "tfds:oxford_flowers102",
        "tfds:cifar10:3.0.2",
        f"folder:{tmp_path}/a/oxford_flowers17",
        f"zip:{tmp_path}/a/oxford_flowers17.zip",
        f"folder:{tmp_path}/a/rose",
        f"folder:{tmp_path}/b/rose",
        f"zip:{tmp_path}/zips/my-roses-0a1b2c3d.zip",
        f"zip:{tmp_path}/zips/my-roses-0a1b2c3e.zip",
        "of another version",
    ]
    assert list(registry.titles(names).values()) == [
        "Oxford Flowers 102",
        "Cifar 10:3.0.2",
        "Oxford flowers 17 (folder)",
        "Oxford flowers 17 (zip)",
        "Rose (a)",
        "Rose (b)",
        "My roses (my-roses-0a1b2c3d.zip)",
        "My roses (my-roses-0a1b2c3e.zip)",
        "of another version",
    ]
