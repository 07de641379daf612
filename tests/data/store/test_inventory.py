from __future__ import annotations

import errno
import gc
import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from augment import data
from augment.data import overview, registry, splits
from augment.data.store import file_format, inventory
from augment.data.store.place import Place
from augment.errors import DataError, NotPrepared
from augment.runs import removal
from augment.system import files
from tests.data.processes import holding, until
from tests.data.sources.made_folders import flower_folder


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


def files_in(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def only_locks_are_left(place: Place) -> bool:
    return {path.suffix for path in place.root.iterdir()} == {".lock"}


def test_a_prepared_source_is_offered_from_then_on(name: str) -> None:
    assert data.names() == ["bundled", "digits", "tfds:oxford_flowers102", name]
    assert [(info.source, info.size) for info in data.list_prepared()] == [
        ("bundled", 32),
        (name, 32),
    ]


def test_removing_frees_what_was_listed_and_touches_nothing_else(
    name: str, made: Path, tmp_path: Path
) -> None:
    before, originals = files_in(tmp_path), files_in(made)
    (info,) = (info for info in data.list_prepared() if info.source == name)
    assert removal.remove(name, 32) == info.bytes
    gone = before - files_in(tmp_path)
    assert {Path(file).parts[2] for file in gone} == {
        next(file for file in gone if "source.json" in file).split("/")[2]
    }
    assert files_in(made) == originals
    assert only_locks_are_left(Place.of(name, 32))
    assert data.names() == ["bundled", "digits", "tfds:oxford_flowers102"]
    with pytest.raises(NotPrepared):
        data.open_prepared(name, 32)
    data.open_prepared("bundled", 32)


def test_a_source_is_offered_as_long_as_one_set_of_it_is_there(name: str) -> None:
    data.prepare(name, 40)
    removal.remove(name, 32)
    assert name in data.names()


def test_open_arrays_survive_a_removal(name: str) -> None:
    split = data.open_prepared(name, 32).split("train")
    before = np.array(split.images)
    removal.remove(name, 32)
    np.testing.assert_array_equal(split.images, before)


def still_mapped(folder: Path) -> list[str]:
    """The files below this folder that are gone, but that this process still keeps on the disk."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells which files are mapped")
    gc.collect()
    lines = maps.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if str(folder) in line and line.endswith("(deleted)")]


def test_a_removed_set_frees_the_disk_when_it_is_closed(name: str, tmp_path: Path) -> None:
    overview.duplicates(data.open_prepared(name, 32))
    overview.duplicates(data.open_prepared(name, 32, scheme="re-split", seed=1))
    in_use = data.open_prepared(name, 32)
    removal.remove(name, 32)
    assert any("pictures.bin" in line for line in still_mapped(tmp_path))
    del in_use
    assert still_mapped(tmp_path) == []


def test_listing_drops_what_another_process_removed(name: str, tmp_path: Path) -> None:
    place = data.open_prepared(name, 32).stored.place
    shutil.rmtree(place.folder)
    assert still_mapped(tmp_path)
    data.list_prepared()
    assert still_mapped(tmp_path) == []


def killed_while_removing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(folder: Path) -> None:
        (folder / "labels.npy").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            inventory.remove(place.name, place.size)
    # Preparing would restore this as the set where there is none.
    assert not place.old.exists()
    assert not place.folder.exists()


def test_a_killed_removal_is_finished_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place.of(name, 32)
    killed_while_removing(place, monkeypatch)
    assert removal.remove(name, 32) > 0
    assert only_locks_are_left(place)
    killed_while_removing(Place.of("bundled", 32), monkeypatch)
    assert data.list_prepared() == []
    assert [path for path in Place.of("bundled", 32).root.iterdir() if path.is_dir()] == []


def test_leftovers_of_preparing_again_are_counted_and_removed_with_the_set(name: str) -> None:
    place = Place.of(name, 32)
    (before,) = (info for info in data.list_prepared() if info.source == name)
    shutil.copytree(place.folder, place.part)
    (info,) = (info for info in data.list_prepared() if info.source == name)
    assert info.bytes == 2 * before.bytes
    assert not info.unfinished
    assert removal.remove(name, 32) == info.bytes
    assert only_locks_are_left(place)


def test_a_set_that_was_being_replaced_is_listed_and_can_be_removed(name: str) -> None:
    place = Place.of(name, 32)
    (before,) = (info for info in data.list_prepared() if info.source == name)
    place.folder.rename(place.old)
    (info,) = (info for info in data.list_prepared() if info.source == name)
    assert (info.size, info.fit, info.bytes) == (32, "crop", before.bytes)
    assert info.unfinished
    assert removal.remove(name, 32) == before.bytes
    assert only_locks_are_left(place)


def test_a_list_opens_each_set_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Place.of("bundled", 32).folder
    for size in range(40, 52):
        folder = shutil.copytree(whole, Place.of("bundled", size).folder)
        with (folder / "pictures.bin").open("r+b") as file:
            file.truncate(275 * size * size * 3)
    opened = []
    load = np.load
    monkeypatch.setattr(np, "load", lambda file, **how: opened.append(file) or load(file, **how))
    monkeypatch.setattr(splits, "assign_splits", lambda *_, **__: pytest.fail("not needed"))
    first = data.list_prepared()
    assert len(first) == 14
    assert not any(info.problem for info in first)
    assert opened
    opened.clear()
    assert data.list_prepared() == first
    assert opened == []


def test_a_source_that_is_being_prepared_is_not_forgotten(name: str) -> None:
    place = Place.of(name, 32)
    shutil.rmtree(place.folder)
    lock = files.acquire(Place.of(name, 48).lock)
    assert lock is not None
    with lock:
        assert not registry.forget(name)
        assert name in data.names()
        assert files.is_held(Place.of(name, 48).lock)
    assert registry.forget(name)
    assert only_locks_are_left(place)


@pytest.mark.parametrize("size", [32, 48])
def test_a_source_that_is_prepared_while_it_is_forgotten_is_offered_again(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(Place.of(name, 32).folder)
    begun = threading.Event()

    def progress(done: int, total: int, what: str) -> None:
        begun.set()

    def places_meanwhile(*source: object) -> list[Place]:
        # All locks that were there are held now: one process waits for one of them, or creates another.
        preparing.append(pool.submit(data.prepare, name, size, progress))
        until(lambda: begun.is_set() or files.is_held(Place.of(name, 48).lock))
        return places(*source)

    places, preparing = registry.places, []
    monkeypatch.setattr(registry, "places", places_meanwhile)
    with ThreadPoolExecutor(1) as pool:
        assert registry.forget(name)
        assert preparing[0].result(360).source == name
    assert name in data.names()
    assert size in inventory.prepared_sizes(name)


def test_what_a_failed_preparation_left_is_forgotten_with_the_source(name: str) -> None:
    place = Place.of(name, 32)
    shutil.rmtree(place.folder)
    place.progress.write_text('{"state": "failed", "message": "too old"}', encoding="utf-8")
    place.log.write_text("Traceback", encoding="utf-8")
    assert data.preparation(name, 32).state == "failed"
    assert registry.forget(name)
    assert only_locks_are_left(place)
    assert data.preparation(name, 32).state == "none"


def test_a_source_with_a_prepared_set_is_not_forgotten(name: str) -> None:
    assert not registry.forget(name)
    data.open_prepared(name, 32)


def test_removing_nothing_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"nothing prepared of bundled at 64 px"):
        removal.remove("bundled", 64)


def test_a_set_that_is_being_prepared_is_not_removed(name: str) -> None:
    process = holding(48)
    with pytest.raises(DataError, match="is being prepared; stop that first"):
        removal.remove("bundled", 48)
    process.kill()
    process.communicate()
    assert removal.remove("bundled", 48) > 0
    assert data.preparation("bundled", 48).state == "none"


def test_verifying_reads_every_file(name: str) -> None:
    reports = []
    data.verify(name, 32, progress=lambda *what: reports.append(what))
    (info,) = (info for info in data.list_prepared() if info.source == name)
    done, total, _ = reports[-1]
    assert done == total
    assert info.bytes * 0.5 < total < info.bytes


@pytest.mark.parametrize("file", ["pictures.bin", "ids.npy", "names.bin", "groups.npy"])
def test_one_changed_byte_is_found(name: str, file: str) -> None:
    held = data.open_prepared(name, 32).stored.place.folder / file
    content = bytearray(held.read_bytes())
    content[-1] ^= 1
    held.write_bytes(content)
    with pytest.raises(DataError) as caught:
        inventory.verify(name, 32)
    assert f"is damaged (checksum mismatch in {file})" in str(caught.value)
    assert "--again" in str(caught.value)


def test_a_set_that_is_removed_while_it_is_verified(name: str) -> None:
    folder = Place.of(name, 32).folder
    with pytest.raises(DataError, match=r"at 32 px was removed while it was verified\.$"):
        data.verify(name, 32, progress=lambda *_: shutil.rmtree(folder, ignore_errors=True))


def test_a_disk_that_fails_while_a_set_is_verified(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(file: IO[bytes]) -> Iterator[bytes]:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(file_format, "_chunks", failing)
    with pytest.raises(DataError, match=r"is damaged \(Input/output error\); run .*--again"):
        data.verify(name, 32)


@pytest.mark.parametrize("sums", [{}, {"sha256": []}, {"sha256": {}}])
def test_a_set_without_its_checksums(name: str, sums: dict[str, object]) -> None:
    file = Place.of(name, 32).index
    index = json.loads(file.read_text(encoding="utf-8"))
    del index["sha256"]
    file.write_text(json.dumps(index | sums), encoding="utf-8")
    with pytest.raises(DataError, match="--again") as caught:
        data.verify(name, 32)
    assert "\n" not in str(caught.value)
