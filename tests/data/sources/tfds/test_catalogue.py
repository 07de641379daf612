"""Names and facts of tfds sets; prepared Oxford Flowers 102 compared with what the library reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.sources import tfds
from augment.errors import DataError

pytestmark = pytest.mark.slow

NAME = "tfds:oxford_flowers102"


@pytest.fixture(scope="module")
def made(extra_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home))
        patch.setenv("TFDS_DATA_DIR", str(extra_data / "tensorflow_datasets"))
        data.prepare(NAME, 64)
    return home


@pytest.fixture
def prepared(made: Path, monkeypatch: pytest.MonkeyPatch) -> data.Prepared:
    monkeypatch.setenv("AUGMENT_HOME", str(made))
    return data.open_prepared(NAME, 64)


def test_the_official_split_is_used(prepared: data.Prepared) -> None:
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


def test_class_names_are_those_of_the_set(prepared: data.Prepared) -> None:
    assert len(prepared.class_names) == 102
    assert prepared.class_names[0] == "pink primrose"
    assert prepared.class_names[73] == "rose"


def test_pictures_and_labels_are_those_of_tensorflow(
    prepared: data.Prepared, extra_data: Path
) -> None:
    import tensorflow_datasets as library

    folder = str(extra_data / "tensorflow_datasets")
    rows = library.load("oxford_flowers102", split="train[:50]", download=False, data_dir=folder)
    split = prepared.split("train")
    for row in library.as_numpy(rows):
        number = split.sample_names.index(row["file_name"].decode())
        assert split.labels[number] == row["label"]
        difference = np.abs(split.images[number].astype(int) - row["image"])
        # Two decoders of the same JPEG files; another row would differ by about 60.
        assert difference.mean() < 1.5


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "Mnist", "mnist\n", "../mnist", "mnist/..", "mnist/.hidden", "mnist/a/b", "ü"),
        *("mnist:1.0", "mnist:../1.0.0", "/mnist", "mnist//", "kaggle:mnist", "m" * 101, "a\0"),
    ],
)
def test_names_that_are_not_valid(name: str) -> None:
    with pytest.raises(DataError, match="is not a name of a tfds set, such as mnist, emn"):
        tfds.source(name)


def test_a_source_costs_no_import() -> None:
    code = """
import sys
from augment.data.sources import tfds
for name in ("oxford_flowers102", "mnist", "emnist/letters", "mnist:3.0.1"):
    source = tfds.source(name)
    assert source.name == f"tfds:{name}"
    source.to_fetch()
assert not {"tensorflow", "tensorflow_datasets", "requests"} & set(sys.modules)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_the_download_size_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    flowers = tfds.source("oxford_flowers102")
    assert flowers.to_fetch() == (
        f"Oxford Flowers 102, about 345 MB, from www.robots.ox.ac.uk into {tmp_path}, where it takes "
        "about 1 GB"
    )
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    for file in tfds.FLOWERS_FILES:
        assert flowers.to_fetch()
        (manual / file).touch()
    assert flowers.to_fetch() == ""


def test_the_folder_of_the_requested_version_and_configuration_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))

    def on_disk(folder: str) -> Path:
        made = tmp_path / folder
        made.mkdir(parents=True)
        for file in ("dataset_info.json", "features.json"):
            (made / file).write_text("{}", encoding="utf-8")
        return made

    def found(name: str) -> Path | None:
        return tfds.prepared_folder(tfds.parse(name))

    on_disk("mnist/incomplete.ABC123_3.0.1")
    on_disk("mnist/3.0.1.part")
    (tmp_path / "mnist" / "4.0.0").mkdir()
    assert found("mnist") is None
    old, new = on_disk("mnist/3.9.0"), on_disk("mnist/3.10.0")
    assert found("mnist") == new
    assert found("mnist:3.9.0") == old
    assert found("mnist:1.0.0") is None
    letters = on_disk("emnist/letters/1.0.0")
    assert found("emnist/letters") == letters
    assert found("emnist") is None
    (tmp_path / "emnist" / ".config").mkdir()
    default = tmp_path / "emnist" / ".config" / "metadata.json"
    default.write_text('{"default_config_name": "letters"}', encoding="utf-8")
    assert found("emnist") == letters
    assert tfds.about("emnist/letters") == {}
