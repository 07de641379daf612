"""The nearest training pictures: a picture is nearest to itself, and kept features are only a cache."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from augment import data
from augment.helper import TASKS, finish
from augment.predict import nearest as module
from augment.predict.nearest import nearest
from augment.runs.folders import RunFolder
from augment.system import files
from tests.predict.conftest import RUN
from tests.train.conftest import tiny

pytest.importorskip("keras")


@pytest.fixture(autouse=True)
def nothing_in_memory() -> None:
    module._last.clear()


def ask(images: Any = None, count: int = 3) -> tuple[dict[str, Any], list[str]]:
    stages: list[str] = []
    given = training().images[:4] if images is None else images
    found = finish(nearest(stages.append, RUN, given, count))
    return found, [stage for stage in stages if stage.startswith("features")]


def training() -> Any:
    return data.open_prepared("bundled", 32, scheme="re-split").split("train")


def test_a_training_picture_is_nearest_to_itself(folder: RunFolder) -> None:
    split = training()
    found, _ = ask()
    assert found["ids"][:, 0].tolist() == split.ids[:4].tolist()
    assert found["similarity"][:, 0] == pytest.approx(1, abs=1e-3)
    assert (np.diff(found["similarity"], axis=1) <= 0).all()
    assert found["ids"].dtype == np.int64
    assert found["similarity"].dtype == np.float32
    assert found["ids"].shape == found["similarity"].shape == (4, 3)
    assert found["searched"] == found["of"] == len(split)
    assert TASKS["nearest"] == "augment.predict.nearest:nearest"


def test_of_a_large_split_evenly_chosen_pictures_are_searched(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    found, _ = ask(count=20)
    ids = training().ids
    expected = ids[np.linspace(0, len(ids) - 1, 5).astype(int)]
    assert set(found["ids"][0].tolist()) == set(expected.tolist())
    assert (found["searched"], found["of"]) == (5, len(ids))


def test_the_features_are_computed_once_and_step_aside(folder: RunFolder) -> None:
    steps = nearest(lambda _: None, RUN, training().images[:1], 1)
    assert next(steps) is None
    first, computed = ask()
    assert computed
    assert folder.features.is_file()
    module._last.clear()
    again, computed = ask()
    assert not computed
    np.testing.assert_array_equal(first["similarity"], again["similarity"])
    with pytest.raises(StopIteration) as end:
        next(steps)  # it finds what another has computed meanwhile
    assert end.value.value["ids"].shape == (1, 1)


def cut(path: Any) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def flipped(path: Any) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def emptied(path: Any) -> None:
    path.write_bytes(b"")


def folder_instead(path: Any) -> None:
    path.unlink()
    path.mkdir()


def of_another_run(path: Any) -> None:
    with np.load(path) as arrays:
        changed = dict(arrays) | {"stamp": np.array("other")}
    np.savez(path, **changed)


def of_fewer(path: Any) -> None:
    with np.load(path) as arrays:
        changed = dict(arrays) | {"features": arrays["features"][1:]}
    np.savez(path, **changed)


@pytest.mark.parametrize(
    "damage", [cut, flipped, emptied, folder_instead, of_another_run, of_fewer]
)
def test_a_damaged_cache_is_computed_anew(folder: RunFolder, damage: Callable[[Any], None]) -> None:
    first, _ = ask()
    module._last.clear()
    damage(folder.features)
    again, computed = ask()
    assert computed
    np.testing.assert_array_equal(first["similarity"], again["similarity"])
    if damage is not folder_instead:
        module._last.clear()
        assert not ask()[1]


def test_another_model_has_other_features(folder: RunFolder) -> None:
    ask()
    tiny(seed=3).save(folder.best)
    assert ask()[1]


def test_a_full_disk_costs_the_cache_alone(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "write_bytes", full)
    found, computed = ask()
    assert computed
    assert found["ids"].shape == (4, 3)
    assert not folder.features.exists()
    assert not ask()[1]  # this process has them still
