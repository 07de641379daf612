"""The real Oxford Flowers 102, prepared by the command, against what tensorflow-datasets says itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from augment import data

pytestmark = pytest.mark.slow

NAME = "tfds:oxford_flowers102"

REFERENCE = """
import sys
import numpy as np
import tensorflow_datasets as tfds
rows = list(tfds.as_numpy(tfds.load("oxford_flowers102", split="train[:50]", download=False)))
np.savez(
    sys.argv[1],
    images=np.stack([row["image"] for row in rows]),
    labels=[row["label"] for row in rows],
    names=[row["file_name"].decode() for row in rows],
)
"""


def run(arguments: list[str], originals: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TFDS_DATA_DIR": str(originals), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def prepare(size: int, originals: Path) -> subprocess.CompletedProcess[str]:
    return run(["-m", "augment", "data", "prepare", NAME, "--size", str(size)], originals)


@pytest.fixture(scope="module")
def made(extra_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home))
        for size in (64, 72):
            ended = prepare(size, extra_data / "tensorflow_datasets")
            assert ended.returncode == 0, ended.stderr
    return home


@pytest.fixture
def prepared(made: Path, monkeypatch: pytest.MonkeyPatch) -> data.Prepared:
    monkeypatch.setenv("AUGMENT_HOME", str(made))
    return data.open_prepared(NAME, 64)


def test_the_official_split_is_kept(prepared: data.Prepared) -> None:
    counts = {name: len(split) for name, split in prepared.splits.items()}
    assert counts == {"train": 1020, "validation": 1020, "test": 6149}
    for name in ("train", "validation"):
        assert np.bincount(prepared.split(name).labels).tolist() == [10] * 102


def test_ids_are_those_of_the_file_names(prepared: data.Prepared) -> None:
    names = [name for split in prepared.splits.values() for name in split.sample_names]
    ids = [int(number) for split in prepared.splits.values() for number in split.ids]
    assert len(set(names)) == len(set(ids)) == 8189
    assert set(names) == {f"image_{number:05}.jpg" for number in range(1, 8190)}
    assert ids == [data.stable_id(name) for name in names]


def test_class_names_are_the_real_ones(prepared: data.Prepared) -> None:
    assert len(prepared.class_names) == 102
    assert prepared.class_names[0] == "pink primrose"
    assert prepared.class_names[73] == "rose"


def test_pictures_and_labels_are_those_of_tensorflow(
    prepared: data.Prepared, extra_data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "reference.npz"
    ended = run(["-c", REFERENCE, str(file)], extra_data / "tensorflow_datasets")
    assert ended.returncode == 0, ended.stderr
    reference = np.load(file)
    split = prepared.split("train")
    rows = [split.sample_names.index(name) for name in reference["names"]]
    np.testing.assert_array_equal(split.labels[rows], reference["labels"])
    difference = np.abs(split.images[rows].astype(int) - reference["images"])
    # Two decoders of the same JPEG files; another row would differ by about 60.
    assert difference.mean() < 1.5


def test_enlarged_pictures_are_counted(prepared: data.Prepared) -> None:
    assert prepared.remark == ""
    larger = data.open_prepared(NAME, 72)
    assert larger.upscaled == {"train": 1020, "validation": 1020, "test": 6149}
    assert larger.remark.startswith("All 8,189 pictures have fewer than 72 x 72 pixels")
    found = larger.split("train").images[5].astype(float)
    assert abs(found.mean() - prepared.split("train").images[5].mean()) < 2


def test_damaged_originals_are_said_in_one_sentence(
    home: Path, extra_data: Path, tmp_path: Path
) -> None:
    originals = tmp_path / "originals"
    shutil.copytree(extra_data / "tensorflow_datasets", originals, copy_function=shutil.copyfile)
    (records,) = originals.rglob("*-train.tfrecord*")
    records.write_bytes(records.read_bytes()[:100_000])
    ended = prepare(64, originals)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    said = ended.stderr.strip().splitlines()[-1]
    assert f"The files of oxford_flowers102 in {originals}" in said
    assert "delete that folder and prepare again" in said
    assert data.preparation(NAME, 64).state == "failed"
    assert not (home / "data" / "tfds-oxford_flowers102" / "64px").exists()
