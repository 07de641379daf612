from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from augment import data
from augment.errors import DataError

WRONG = [
    "",
    "bundle",
    "tfds:",
    "tfds:mnist",
    "tfds:oxford_flowers102/2.1.1",
    "tfds:../etc",
    "BUNDLED",
]


@pytest.mark.parametrize("name", [*WRONG, "x" * 10_000, "a\nb", None, 7])
def test_an_unknown_source_is_answered_with_those_that_there_are(name: object) -> None:
    calls = (
        lambda: data.source(name),
        lambda: data.open_prepared(name, 64),
        lambda: data.prepare(name, 64),
        lambda: data.preparation(name, 64),
        lambda: data.start_preparing(name, 64),
    )
    for call in calls:
        with pytest.raises(DataError, match=r"bundled, tfds:oxford_flowers102\.$") as caught:
            call()
        assert len(str(caught.value)) < 200
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", data.names())
def test_every_source_says_what_it_is(name: str) -> None:
    source = data.source(name)
    assert source.name == name
    for text in (source.title, source.note, source.licence, source.citation):
        assert text
        assert text == " ".join(text.split())


def test_the_official_split_is_said_out_loud() -> None:
    note = data.source("tfds:oxford_flowers102").note
    for number in ("1,020", "6,149", "official split"):
        assert number in note


def test_looking_at_the_sources_imports_no_tensorflow(home: Path) -> None:
    code = (
        "import sys; from augment import data;"
        "[data.source(name) for name in data.names()]; data.list_prepared();"
        "data.preparation('tfds:oxford_flowers102', 64);"
        "heavy = {'tensorflow', 'tensorflow_datasets', 'keras', 'streamlit', 'PIL'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
