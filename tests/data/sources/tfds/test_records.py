"""Small sets of different structure, written by tensorflow-datasets and read one original at a time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment.data.source import Listing
from augment.data.sources import tfds
from augment.errors import DataError
from tests.data.sources.tfds import tiny_tfds
from tests.data.sources.tfds.tiny_tfds import Rows

pytestmark = pytest.mark.slow

numbers = itertools.count()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    return tmp_path


def labelled(library: Any) -> dict[str, Any]:
    return {
        "image": library.features.Image(encoding_format="jpeg"),
        "label": library.features.ClassLabel(names=["daisy", "rose"]),
    }


def rows(count: int, first: int = 0, **more: Callable[[int], Any]) -> Rows:
    """Return rows whose pictures differ in their colour."""
    return [
        {"image": pixels(number), "label": number % 2}
        | {key: value(number) for key, value in more.items()}
        for number in range(first, first + count)
    ]


def pixels(number: int) -> np.ndarray:
    colour = np.random.default_rng(number).integers(0, 256, 3)
    return np.full((20, 24, 3), colour, np.uint8)


def made(
    folder: Path,
    splits: dict[str, Rows],
    features: Callable[[Any], dict[str, Any]] = labelled,
    **options: Any,
) -> Listing:
    name = f"tiny_set_{chr(ord('a') + next(numbers))}"
    tiny_tfds.make(name, folder, features, splits, **options)
    return tfds.source(name).open(lambda *state: None)


def names(listing: Listing, split: str, start: int = 0) -> list[str]:
    return [row.name for row in listing.originals(split, start)]


def test_splits_have_the_common_names(folder: Path) -> None:
    given = {"train": rows(4), "dev": rows(2), "test": rows(3), "unlabelled": rows(5)}
    listing = made(folder, given)
    assert listing.counts == {"train": 4, "validation": 2, "test": 3}
    assert names(listing, "validation") == ["dev/0", "dev/1"]
    assert listing.class_names == ("daisy", "rose")
    (message,) = listing.ignored
    assert message.startswith("The split unlabelled of tiny_set_")
    assert message.endswith(", 5 pictures, is left out: only train, validation and test are used.")


def test_a_set_of_one_split_is_a_pool(folder: Path) -> None:
    assert made(folder, {"train": rows(4)}).counts == {"all": 4}
    assert made(folder, {"everything": rows(3)}).counts == {"all": 3}


def test_splits_without_a_common_name_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="are clean, noisy, but one of them must be called train"):
        made(folder, {"clean": rows(2), "noisy": rows(2)})


def test_the_order_is_the_same_from_any_start(folder: Path) -> None:
    name = "tiny_set_sharded"
    tiny_tfds.make(name, folder, labelled, {"train": rows(40)}, shards=2)
    listing = tfds.source(name).open(lambda *state: None)
    assert len(list((folder / name / "1.0.0").glob("*train.tfrecord*"))) == 2
    found = [(row.name, row.label, row.load(20)) for row in listing.originals("all", 0)]
    assert [name for name, _, _ in found] == [f"train/{number}" for number in range(40)]
    for start in (1, 13, 39, 40):
        rest = [(row.name, row.label, row.load(20)) for row in listing.originals("all", start)]
        for (name, label, image), (name_, label_, image_) in zip(rest, found[start:], strict=True):
            assert (name, label) == (name_, label_)
            np.testing.assert_array_equal(image, image_)


def test_names_are_those_of_the_files_if_they_are_distinct(folder: Path) -> None:
    def with_name(library: Any) -> dict[str, Any]:
        return labelled(library) | {"file_name": library.features.Text()}

    distinct = made(
        folder,
        {
            "train": rows(3, file_name=lambda number: f"ü {number}.jpg"),
            "test": rows(2, 3, file_name=lambda number: f"ü {number}.jpg"),
        },
        with_name,
    )
    found = names(distinct, "train") + names(distinct, "test")
    assert sorted(found) == [f"ü {number}.jpg" for number in range(5)]
    assert names(distinct, "train", 2) == found[2:3]
    for same in ("one.jpg", " "):
        listing = made(folder, {"train": rows(2, file_name=lambda n, s=same: s)}, with_name)
        assert names(listing, "all") == ["train/0", "train/1"]


def test_pictures_labels_and_bad_labels(folder: Path) -> None:
    given = rows(6)
    given[3]["label"] = -1
    listing = made(folder, {"train": given})
    bad = [row for row in listing.originals("all", 0) if row.label == -1]
    assert len(bad) == 1
    message = rf"^{bad[0].name} of tiny_set_\w has the label -1, but only 0 to 1 are classes\.$"
    with pytest.raises(DataError, match=message):
        bad[0].load(20)
    expected = {number: pixels(number) for number in range(6) if number != 3}
    for row in listing.originals("all", 0):
        if row.label != -1:
            image = row.load(20).astype(int)
            near = [n for n, known in expected.items() if np.abs(image - known).max() < 6]
            assert len(near) == 1
            assert row.label == near[0] % 2
            del expected[near[0]]
    assert not expected


def test_kinds_of_pictures(folder: Path) -> None:
    def of(**options: Any) -> Callable[[Any], dict[str, Any]]:
        return lambda library: labelled(library) | {"image": library.features.Image(**options)}

    grey = np.full((28, 28, 1), 77, np.uint8)
    (row,) = made(
        folder, {"train": [{"image": grey, "label": 0}]}, of(shape=(28, 28, 1))
    ).originals("all", 0)
    assert (row.load(28) == 77).all()
    deep = np.full((20, 20, 1), 257 * 50, np.uint16)
    (row,) = made(
        folder,
        {"train": [{"image": deep, "label": 0}]},
        of(shape=(20, 20, 1), dtype=np.uint16, encoding_format="png"),
    ).originals("all", 0)
    assert (row.load(20) == 50).all()
    clear = np.zeros((20, 20, 4), np.uint8)
    (row,) = made(
        folder, {"train": [{"image": clear, "label": 0}]}, of(shape=(20, 20, 4))
    ).originals("all", 0)
    assert (row.load(20) == 255).all()
    heights = np.full((20, 20, 1), 0.5, np.float32)
    with pytest.raises(DataError, match="have the dtype float32, but only integers of 8"):
        made(
            folder,
            {"train": [{"image": heights, "label": 0}]},
            of(shape=(20, 20, 1), dtype=np.float32),
        )


def test_the_supervised_label_of_several_is_used(folder: Path) -> None:
    def two(library: Any) -> dict[str, Any]:
        return labelled(library) | {"coarse": library.features.ClassLabel(num_classes=9)}

    given = {"train": rows(2, coarse=lambda number: 8)}
    listing = made(folder, given, two, supervised=("image", "label"))
    assert [row.label for row in listing.originals("all", 0)] in ([0, 1], [1, 0])
    with pytest.raises(
        DataError, match=r"coarse \(ClassLabel\), image \(Image\), label \(ClassLabel\), but"
    ):
        made(folder, given, two)
    assert made(folder, given, two, supervised=("image", "coarse")).class_names == tuple(
        "012345678"
    )


@pytest.mark.parametrize(
    ("features", "has"),
    [
        (lambda kinds: {"text": kinds.Text(), "label": kinds.ClassLabel(num_classes=2)}, "text"),
        (lambda kinds: {"video": kinds.Video((1, 8, 8, 3))}, r"video \(Video\)"),
        (lambda kinds: {"image": kinds.Image()}, r"image \(Image\)"),
    ],
)
def test_other_sets_are_refused(
    folder: Path, features: Callable[[Any], dict[str, Any]], has: str
) -> None:
    with pytest.raises(
        DataError, match=f"is not a set of pictures with one label each: it has .*{has}"
    ):
        made(folder, {}, lambda library: features(library.features), prepared=False)
    assert not list(folder.iterdir())


def test_changes_and_damage_are_reported(folder: Path) -> None:
    name = "tiny_set_changing"
    tiny_tfds.make(name, folder, labelled, {"train": rows(4)})
    listing = tfds.source(name).open(lambda *state: None)
    again = tfds.source(name).open(lambda *state: None)
    assert listing.fingerprint == again.fingerprint
    assert listing.changed() == ""
    (records,) = (folder / name / "1.0.0").glob("*.tfrecord*")
    content = records.read_bytes()
    records.write_bytes(content[: len(content) // 2])
    assert listing.changed() == f"{records.name} has changed"
    damaged = (
        rf"^The files of {name} in .*1\.0\.0 cannot be read \(.*\); delete that folder and prepare"
    )
    with pytest.raises(DataError, match=damaged):
        names(listing, "all")
    records.unlink()
    assert listing.changed() == f"{records.name} has gone"
    (folder / name / "1.0.0" / "features.json").write_text("{")
    with pytest.raises(DataError, match=damaged):
        tfds.source(name).open(lambda *state: None)


def test_fingerprints_differ(folder: Path) -> None:
    found = {
        made(folder, {"train": rows(4)}).fingerprint,
        made(folder, {"train": rows(5)}).fingerprint,
        made(folder, {"train": rows(4), "test": rows(4)}).fingerprint,
    }
    assert len(found) == 3


def test_an_iterator_left_early_leaves_no_thread(folder: Path) -> None:
    listing = made(folder, {"train": rows(20)})
    before = threading.active_count()
    originals = listing.originals("all", 0)
    assert next(originals).load(20).shape == (20, 24, 3)
    originals.close()
    assert threading.active_count() == before


def test_the_facts_are_read_from_the_disk(folder: Path) -> None:
    name = "tiny_set_facts"
    tiny_tfds.make(name, folder, labelled, {"train": rows(2)})
    facts = {"title": "Tiny set facts", "citation": "A. Uthor, Tiny Sets", "licence": "CC0"}
    assert tfds.about(name) == facts
    source = tfds.source(name)
    assert (source.licence, source.citation) == ("CC0", "A. Uthor, Tiny Sets")
    assert source.to_fetch() == ""
