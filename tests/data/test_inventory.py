from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from augment import data, housekeeping, runs
from augment.data.store import inventory
from augment.errors import DataError, NotPrepared
from augment.recipe import Recipe
from augment.runs import locks, scheduler
from augment.train import RunConfig
from tests.data.made_folders import flower_folder
from tests.data.processes import holding


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with `bundled` and a folder prepared at 32 px."""
    root = tmp_path_factory.mktemp("made")
    flower_folder(root / "my flowers", per_class=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(root / "home"))
        data.open_prepared("bundled", 32)
        data.prepare(f"folder:{root}/my flowers", 32)
    return root


@pytest.fixture
def name(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the folder, in a copy of that home."""
    home = shutil.copytree(made / "home", tmp_path / "home")
    monkeypatch.setenv("AUGMENT_HOME", str(home))
    return f"folder:{made}/my flowers"


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_what_was_prepared_is_offered_from_then_on(name: str) -> None:
    assert data.names() == ["bundled", "tfds:oxford_flowers102", name]
    assert [(info.source, info.size) for info in data.list_prepared()] == [
        ("bundled", 32),
        (name, 32),
    ]


def test_removing_frees_what_was_listed_and_touches_nothing_else(
    name: str, made: Path, tmp_path: Path
) -> None:
    before, originals = files(tmp_path), files(made)
    (info,) = (info for info in data.list_prepared() if info.source == name)
    assert housekeeping.remove(name, 32) == info.bytes
    gone = before - files(tmp_path)
    assert {Path(file).parts[2] for file in gone} == {
        next(file for file in gone if "source.json" in file).split("/")[2]
    }
    assert files(made) == originals
    assert data.names() == ["bundled", "tfds:oxford_flowers102"]
    with pytest.raises(NotPrepared):
        data.open_prepared(name, 32)
    data.open_prepared("bundled", 32)


def test_a_source_is_offered_as_long_as_one_set_of_it_is_there(name: str) -> None:
    data.prepare(name, 40)
    housekeeping.remove(name, 32)
    assert name in data.names()


def test_whoever_has_it_open_keeps_it(name: str) -> None:
    split = data.open_prepared(name, 32).split("train")
    before = np.array(split.images)
    housekeeping.remove(name, 32)
    np.testing.assert_array_equal(split.images, before)


def test_nothing_there_is_said(name: str) -> None:
    with pytest.raises(DataError, match=r"nothing prepared of bundled at 64 px"):
        housekeeping.remove("bundled", 64)


def test_what_is_being_prepared_stays(name: str) -> None:
    process = holding(48)
    with pytest.raises(DataError, match="is being prepared; stop that first"):
        housekeeping.remove("bundled", 48)
    process.kill()
    process.communicate()
    assert housekeeping.remove("bundled", 48) > 0
    assert data.preparation("bundled", 48).state == "none"


def test_what_a_run_needs_stays(name: str) -> None:
    # Whoever holds this is taken for the scheduler, so the run stays in the queue.
    with locks.hold(scheduler.lock_path(), patience=1):
        run = runs.submit(
            RunConfig(recipe=Recipe.from_dict({"version": 1, "steps": []}), data="bundled", size=32)
        )
        with pytest.raises(DataError) as caught:
            housekeeping.remove("bundled", 32)
        assert str(caught.value) == (
            f"bundled at 32 px is needed by a training, {run.id} (queued); "
            "cancel it, or wait until it is over."
        )
        assert housekeeping.remove(name, 32) > 0
        run.cancel()
        assert housekeeping.remove("bundled", 32) > 0


def test_checking_says_that_all_is_whole(name: str) -> None:
    told = []
    data.verify(name, 32, progress=lambda *what: told.append(what))
    (info,) = (info for info in data.list_prepared() if info.source == name)
    done, total, _ = told[-1]
    assert done == total
    assert info.bytes * 0.5 < total < info.bytes


@pytest.mark.parametrize("file", ["pictures.bin", "labels.npy", "names.bin", "groups.npy"])
def test_one_changed_byte_is_found(name: str, file: str) -> None:
    held = data.open_prepared(name, 32).stored.place.folder / file
    content = bytearray(held.read_bytes())
    content[-1] ^= 1
    held.write_bytes(content)
    with pytest.raises(DataError) as caught:
        inventory.verify(name, 32)
    assert "is damaged" in str(caught.value)
    assert "data prepare" in str(caught.value)
