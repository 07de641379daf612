from __future__ import annotations

import gzip
import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data import overview
from augment.data.sources import digits
from augment.errors import DataError

LICENCE = (digits.FILE.parent / "LICENCE.md").read_text(encoding="utf-8")
COUNTS = {"train": 1029, "validation": 386, "test": 382}


@pytest.fixture
def prepared(home: Path) -> data.Prepared:
    return data.open_prepared("digits", 32)


def test_the_file_is_credited_and_unchanged() -> None:
    assert {path.name for path in digits.FILE.parent.iterdir()} == {digits.FILE.name, "LICENCE.md"}
    assert hashlib.sha256(digits.FILE.read_bytes()).hexdigest() in LICENCE
    source = data.source("digits")
    for fact in ("Alpaydin", "Kaynak", "https://doi.org/10.24432/C50P49"):
        assert fact in LICENCE
        assert fact in source.citation
    for fact in ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"):
        assert fact in LICENCE
        assert fact in source.licence


def test_the_splits_are_whole_forms_with_enough_of_every_digit(prepared: data.Prepared) -> None:
    assert {name: len(split) for name, split in prepared.splits.items()} == COUNTS
    forms = {
        name: {sample.partition(",")[0] for sample in split.sample_names}
        for name, split in prepared.splits.items()
    }
    assert [len(found) for found in forms.values()] == [8, 3, 3]
    assert len(set.union(*forms.values())) == 14
    for name, least in (("train", 100), ("validation", 35), ("test", 35)):
        assert np.bincount(prepared.split(name).labels, minlength=10).min() >= least


def test_every_form_has_the_same_text(prepared: data.Prepared) -> None:
    labels = np.concatenate([prepared.split(name).labels for name in COUNTS])
    text = "".join(map(str, labels))
    for start, end in pairwise((*digits.FORM_STARTS, len(text))):
        assert 120 <= end - start <= 130
        assert "12345678901234567890123456789095565098984177351" in text[start:end] or start == 1545
        assert text[start:end].endswith(("490898", "84908", "490893"))


def test_the_note_has_the_counts(prepared: data.Prepared) -> None:
    note = data.source("digits").note
    assert "1,029 pictures, at least 101 of each digit" in note
    assert np.bincount(prepared.split("train").labels).min() == 101
    for name in ("validation", "test"):
        assert f"for {name} ({COUNTS[name]})" in note


def test_a_picture_is_white_on_black_and_upright(prepared: data.Prepared) -> None:
    with gzip.open(digits.FILE) as lines:
        first = np.array(lines.readline().split(b","), int)[:-1].reshape(8, 8)
    picture = prepared.split("train").images[0].astype(int)
    assert picture.shape == (32, 32, 3)
    assert (picture == picture[..., :1]).all()
    assert picture.min() == 0
    blocks = picture[..., 0].reshape(8, 4, 8, 4).mean(axis=(1, 3))
    assert np.corrcoef(blocks.ravel(), first.ravel())[0, 1] > 0.99
    assert max(split.images[:].max() for split in prepared.splits.values()) == 255


def test_what_is_known_of_the_set_is_true_of_what_is_prepared(prepared: data.Prepared) -> None:
    assert prepared.class_names == data.source("digits").class_names
    assert prepared.class_names[::9] == ("digit 0", "digit 9")
    assert prepared.remark.startswith("All 1,797 pictures")
    assert overview.warnings(prepared) == ()
    ids = np.concatenate([split.ids for split in prepared.splits.values()])
    assert len(np.unique(ids)) == 1797


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"1,2,3",
        gzip.compress(b"1,2,3\n", mtime=0)[:-5],
        gzip.compress(b"1,2,3\n", mtime=0),
        gzip.compress((b",".join([b"17"] * 64) + b",3\n") * 1797),
        gzip.compress((b",".join([b"16"] * 64) + b",10\n") * 1797),
    ],
)
def test_a_damaged_file_is_one_sentence(
    content: bytes | None, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "digits.csv.gz"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(digits, "FILE", file)
    with pytest.raises(DataError, match=r"cannot be read .*; install the project again\.$"):
        data.open_prepared("digits", 32)
