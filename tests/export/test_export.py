"""Exported scripts are run, every one of them, and do what the recipe says."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment.export import to_augment, to_keras_cv
from augment.presets import PRESETS
from tests.export import checks
from tests.export.cases import HALF, cases, prose, recipe
from tests.export.exported_batch import SIZE, batch, digest

TWINS = [name for name, op in augment.registry().items() if op.twin]
CASES = cases(TWINS)
NOT_RUN = (*checks.MORE_OF_RAND_AUGMENT, "choice_policies")
"""Cases whose layers take seconds to trace, and are run alone and in the presets that are run."""


@pytest.mark.parametrize("wrong", [{"seed": 1.5}, {"seed": -1}, {"seed": 2**32}])
def test_a_script_that_would_refuse_its_own_seed_is_not_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(augment.ArrayError, match="seed is "):
        to_augment(augment.Recipe(), **wrong)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every case as a script for keras_cv, and every preset as one for augment."""
    folder = tmp_path_factory.mktemp("scripts")
    for name, made in CASES.items():
        text = to_keras_cv(made, size=SIZE)
        (folder / f"keras_cv_{name}.py").write_text(text, encoding="utf-8")
    for name, preset in PRESETS.items():
        text = to_augment(preset.recipe, seed=11)
        (folder / f"augment_{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(scripts: Path) -> dict[str, Any]:
    """What became of every script, run in two processes that import TensorFlow once each."""
    skipped = {f"keras_cv_{name}.py" for name in NOT_RUN}
    names = sorted({path.name for path in scripts.glob("*.py")} - skipped)
    halves = (names[::2], names[1::2])
    runs = [("tests.export.exported", str(scripts), *half) for half in halves]
    checks.run(sys.executable, *runs, **checks.WITH_TENSORFLOW)
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in scripts.glob("*.json")
    }


@pytest.mark.slow
def test_every_script_runs(results: dict[str, Any]) -> None:
    """The right shapes and types, levels from 0 to 255, labels that sum to 1: see `exported.py`."""
    assert len(results) == len(CASES) - len(NOT_RUN) + len(PRESETS)
    assert {name: done["error"] for name, done in results.items() if "error" in done} == {}


@pytest.mark.slow
def test_a_dataset_of_this_package_has_the_bytes_of_apply(results: dict[str, Any]) -> None:
    for name, preset in PRESETS.items():
        expected = augment.apply(preset.recipe, **batch(), ids=np.arange(16), seed=11, epoch=3)
        assert results[f"augment_{name}"]["digest"] == digest(expected.images, expected.labels)


@pytest.mark.slow
def test_layers_happen_as_often_as_in_the_recipe(results: dict[str, Any]) -> None:
    """Where a layer changes every picture, one half of them in half the cases."""
    always = [name for name in HALF if all(results[f"keras_cv_alone_{name}"]["changed"])]
    checks.happens_in_half(always, results, "keras_cv")
    changed = [results[f"keras_cv_half_{name}"]["changed"] for name in always]
    assert all(0 < sum(pictures) < 16 for pictures in changed)


@pytest.mark.slow
def test_what_keras_cv_cannot_say_is_done_all_the_same(results: dict[str, Any]) -> None:
    """Layers that mix get a probability, are drawn from in turn, and steps keep to their classes."""
    result = {name: results[f"keras_cv_{name}"] for name in CASES if name not in NOT_RUN}
    checks.all_is_done(result)
    # The best JPEG costs noise a third of its contrast; black in its place would cost 128.
    assert 0 < result["whole_levels"]["distance"] < 60


@pytest.mark.parametrize("name", CASES)
def test_the_script_of_this_package_has_the_bytes_of_apply(name: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(to_augment(CASES[name], seed=11), encoding="utf-8")
    script = runpy.run_path(str(path))
    given = batch()
    images, labels = script["augment_batch"](**given, ids=np.arange(16), epoch=3)
    expected = augment.apply(CASES[name], **given, ids=np.arange(16), seed=11, epoch=3)
    np.testing.assert_array_equal(images, expected.images)
    np.testing.assert_array_equal(labels, expected.labels)


def test_any_id_survives_the_export(tmp_path: Path) -> None:
    awkward = recipe({"op": "flip", "id": "a\"\"\"b\\ ''' $recipe \u00e9\n"})
    path = tmp_path / "script.py"
    path.write_text(to_augment(awkward), encoding="utf-8")
    assert runpy.run_path(str(path))["RECIPE"] == awkward


def test_scripts_are_clean(scripts: Path) -> None:
    checks.are_clean(scripts)


@pytest.mark.parametrize("name", augment.registry())
def test_an_op_has_its_layer_or_a_comment(name: str) -> None:
    op = augment.registry()[name]
    script = to_keras_cv(CASES[f"alone_{name}"])
    comments = prose(script)
    if op.twin is None:
        assert "keras_cv.layers" not in script
        assert f"{op.title} is left out: keras_cv has no such layer." in comments
        assert "augment.tfdata.mapper" in comments
    else:
        assert f"keras_cv.layers.{op.twin.layer}(" in script
        assert op.twin.differs in comments


def test_a_step_that_is_off_is_a_comment() -> None:
    script = to_keras_cv(PRESETS["guide"].recipe)
    assert "GridMask is switched off in the recipe." in prose(script)
    assert "keras_cv.layers.GridMask" not in script
