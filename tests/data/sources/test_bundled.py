from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from augment import data
from augment.data.images import squares
from augment.data.sources import bundled

PHOTOGRAPHS = bundled.photographs()
LICENCES = (bundled.FOLDER / "LICENCES.md").read_text(encoding="utf-8")


@pytest.fixture
def prepared(home: Path) -> data.Prepared:
    return data.open_prepared("bundled", 32)


def test_every_file_in_the_folder_is_credited() -> None:
    assert sorted(path.name for path in bundled.FOLDER.glob("*.jpg")) == sorted(
        row.file for row in PHOTOGRAPHS
    )
    assert len(PHOTOGRAPHS) == 11


@pytest.mark.parametrize("row", PHOTOGRAPHS, ids=lambda row: row.file)
def test_author_and_licence_are_in_the_licence_file(row: data.Photograph) -> None:
    line = next(line for line in LICENCES.splitlines() if f"`{row.file}`" in line)
    for fact in (row.flower, row.author, row.licence, row.licence_url):
        assert fact in line
    assert len(row.licence) <= 25
    assert len(row.flower) <= 20
    assert row.path.is_file()


def test_licences_that_ask_for_their_notice_have_it() -> None:
    for row in PHOTOGRAPHS:
        if row.licence in ("BSD-3-Clause", "MIT-CMU", "IJG"):
            heading = next(line for line in LICENCES.splitlines() if line.endswith(row.licence))
            assert heading.startswith("## ")
            assert row.file in heading


def test_class_names_are_the_flowers(prepared: data.Prepared) -> None:
    assert prepared.class_names == data.source("bundled").class_names
    assert len(set(prepared.class_names)) == 11
    assert prepared.class_names[0] == "orange dahlia"


def test_the_note_says_that_accuracy_means_little() -> None:
    note = data.source("bundled").note
    assert "left half" in note
    assert "right half" in note
    assert "accuracy" in note


def test_counts_and_labels(prepared: data.Prepared) -> None:
    assert {name: len(split) for name, split in prepared.splits.items()} == {
        "photographs": 11,
        "train": 176,
        "validation": 88,
    }
    for name, each in (("photographs", 1), ("train", 16), ("validation", 8)):
        split = prepared.split(name)
        assert np.bincount(split.labels).tolist() == [each] * 11
        assert split.images.shape == (11 * each, 32, 32, 3)
    ids = np.concatenate([split.ids for split in prepared.splits.values()])
    assert len(np.unique(ids)) == 275


@pytest.mark.parametrize("row", PHOTOGRAPHS, ids=lambda row: row.file)
def test_training_and_validation_share_no_pixel(row: data.Photograph) -> None:
    with Image.open(row.path) as picture:
        width, height = picture.size
    times_used = {split: np.zeros((height, width), int) for split in bundled.CROPS}
    # Code every pixel by the split that may use it: the slightest influence of the other side shows.
    coded = np.zeros((height, width, 3), np.uint8)
    sides = bundled.sides(width, height, row)
    for split, (left, top, right, bottom) in sides.items():
        coded[top:bottom, left:right] = {"train": 100, "validation": 200}[split]
    for split, count in bundled.CROPS.items():
        for left, top, right, bottom in bundled.crop_boxes(sides[split], count):
            assert right - left == bottom - top >= 40
            times_used[split][top:bottom, left:right] += 1
            cropped = squares.cut(coded, (left, top, right, bottom), 32)
            assert np.unique(cropped).tolist() == [{"train": 100, "validation": 200}[split]]
    assert not (times_used["train"].astype(bool) & times_used["validation"].astype(bool)).any()


def test_crops_differ_and_cover_their_side() -> None:
    side = (10, 20, 310, 420)
    boxes = bundled.crop_boxes(side, 16)
    assert len(set(boxes)) == 16
    assert all(left >= 10 and top >= 20 for left, top, _, _ in boxes)
    assert all(right <= 310 and bottom <= 420 for _, _, right, bottom in boxes)
    covered = np.zeros((430, 320), bool)
    for left, top, right, bottom in boxes:
        covered[top:bottom, left:right] = True
    assert covered[20:420, 10:310].mean() > 0.95
    edges = sorted(right - left for left, _, right, _ in boxes)
    assert edges[0] >= 0.6 * 300
    assert edges[-1] > 0.95 * 300


def test_the_whole_photograph_is_cut_round_its_flower(prepared: data.Prepared) -> None:
    split = prepared.split("photographs")
    row = PHOTOGRAPHS[1]
    assert row.file == "dandelion_clock.jpg"
    with Image.open(row.path) as picture:
        left = round(0.3 * 1422 - 400)
        expected = picture.crop((left, 0, left + 800, 800)).resize((32, 32), Image.Resampling.BOX)
    difference = np.abs(split.images[1].astype(int) - np.asarray(expected))
    assert difference.mean() < 1.5
    assert split.sample_names[1] == "dandelion_clock.jpg"


def test_enlarged_crops_are_counted(home: Path) -> None:
    assert sum(data.open_prepared("bundled", 32).upscaled.values()) == 0
    assert data.open_prepared("bundled", 32).remark == ""
    large = data.open_prepared("bundled", 160)
    # Only the red rose, 227 x 149 pixels, is smaller than 160 pixels as a whole.
    assert large.upscaled["photographs"] == 1
    assert f"{sum(large.upscaled.values())} of the 275 pictures" in large.remark


def test_preparing_twice_gives_the_same_bytes(
    prepared: data.Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(tmp_path / "another"))
    again = data.open_prepared("bundled", 32)
    assert again is not prepared
    for name, split in prepared.splits.items():
        np.testing.assert_array_equal(split.images, again.split(name).images)
        np.testing.assert_array_equal(split.ids, again.split(name).ids)
