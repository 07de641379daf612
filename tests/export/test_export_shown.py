"""Scripts for the very pictures that were shown: they are run, as people run them."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import augment
from augment import Samples, data
from augment.data import samples, uploads
from augment.export import LIBRARIES, OfFiles, OfSplit, Shown, to_augment, to_keras_cv
from augment.inspect.sheet import grid_png
from augment.presets import PRESETS
from tests.conftest import ROOT
from tests.export import checks
from tests.given import step_of

SIZE = 48
RECIPE = augment.Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            step_of("rand_augment"),
            {"op": "flip", "classes": [1], "id": "$call ${ending} $"},
            {"op": "cut_mix"},
        ],
    }
)
NAMES = ("rose", 'a "b" $function {function}', "it's \\new", "\u202eevil\n花")


def of_split(count: int = 9) -> tuple[OfSplit, Samples]:
    ids = data.open_prepared("bundled", SIZE).split("train").ids[5 : 5 + count].tolist()
    shown = OfSplit(source="bundled", split="train", size=SIZE, ids=tuple(reversed(ids)))
    return shown, samples.of_split("bundled", split="train", size=SIZE, ids=shown.ids)


def of_files(folder: Path) -> tuple[OfFiles, Samples, list[str]]:
    """Return two of three pictures on disk as a page shows them, and the paths of all."""
    paths = [folder / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        picture = np.random.default_rng(number).integers(0, 256, (60, 80, 3), np.uint8)
        cv2.imwrite(str(path), cv2.GaussianBlur(picture, (0, 0), 3))
    taken = uploads.take([(path.name, path.read_bytes()) for path in paths], SIZE)
    shown = OfFiles(
        size=SIZE, ids=tuple(taken.ids[[2, 0]].tolist()), classes=(3, 1), class_names=NAMES
    )
    given = Samples(
        ids=taken.ids[[2, 0]],
        labels=np.eye(4, dtype=np.float32)[[3, 1]],
        images=taken.pictures[[2, 0]],
        class_names=NAMES,
        origin=f"own pictures, {SIZE} px",
    )
    return shown, given, [str(path) for path in paths]


def run(script: str, folder: Path, *words: str) -> tuple[Path, bytes]:
    """Run a script in a folder of its own, and return where it is and the picture beside it."""
    path = folder / "explore.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path), *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(path.with_suffix(".png"))
    return path, path.with_suffix(".png").read_bytes()


def applied(given: Samples, **draws: int) -> tuple[bytes, augment.Batch]:
    """Return what a page has for download, and the bytes that it shows."""
    plan = augment.draw(RECIPE, given.ids, labels=given.labels, **draws)
    batch = augment.render(plan, given.images, given.labels)
    return grid_png(given, RECIPE, plan, batch), batch


def same_bytes(script: dict[str, Any], shown: Samples, expected: augment.Batch) -> None:
    images, labels = script["augment_batch"](shown.images, shown.labels, shown.ids, script["EPOCH"])
    np.testing.assert_array_equal(images, expected.images)
    np.testing.assert_array_equal(labels, expected.labels)


def test_pictures_of_a_split_come_out_to_the_same_bytes(home: Path, tmp_path: Path) -> None:
    shown, given = of_split()
    path, picture = run(to_augment(RECIPE, seed=11, epoch=4, shown=shown), tmp_path)
    expected, batch = applied(given, seed=11, epoch=4)
    assert picture == expected
    script = runpy.run_path(str(path))
    same_bytes(script, script["shown"](), batch)
    assert not np.array_equal(applied(given, seed=11, epoch=5)[1].images, batch.images)


def test_pictures_of_ones_own_come_out_to_the_same_bytes(tmp_path: Path) -> None:
    shown, given, paths = of_files(tmp_path)
    path, picture = run(to_augment(RECIPE, seed=2, epoch=0, shown=shown), tmp_path, *paths)
    expected, batch = applied(given, seed=2, epoch=0)
    assert picture == expected
    script = runpy.run_path(str(path))
    found = script["shown"](reversed(paths))
    assert found.class_names == NAMES
    same_bytes(script, found, batch)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["keras_cv", "keras"])
def test_a_library_gets_the_same_pictures(library: str, home: Path, tmp_path: Path) -> None:
    """With a recipe that leaves nothing to chance; the pictures are side by side."""
    shown, given = of_split(3)
    invert = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "invert"}]})
    invert_png = run(LIBRARIES[library](invert, shown=shown), tmp_path)[1]
    with Image.open(io.BytesIO(invert_png)) as opened:
        np.testing.assert_array_equal(
            np.asarray(opened), np.concatenate(255 - given.images, axis=1)
        )


def test_keras_cv_knows_the_size_and_notes_that_it_draws_anew() -> None:
    crop = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "random_resized_crop"}]})
    shown = OfSplit(source="bundled", split="train", size=SIZE, ids=(1,))
    script = to_keras_cv(crop, shown=shown)
    assert f"SIZE = ({SIZE}, {SIZE})" in script
    assert "is not drawn again" in " ".join(script.split())


@pytest.mark.parametrize("name", ["guide", "nothing"])
def test_scripts_are_clean(name: str, tmp_path: Path) -> None:
    recipe = PRESETS[name].recipe
    many = tuple(range(10**15, 10**15 + 25))
    names = tuple(f"a class with a long name, number {n}" for n in range(25))
    asked: dict[str, Shown] = {
        "split": OfSplit(source="bundled", split="train", size=SIZE, ids=many),
        "one": OfSplit(source="bundled", split="train", size=SIZE, ids=(7,)),
        "files": OfFiles(size=SIZE, ids=many, classes=tuple(range(25)), class_names=names),
        "names": OfFiles(size=SIZE, ids=(1, 2, 3, 4), classes=(0, 1, 2, 3), class_names=NAMES),
    }
    for kind, shown in asked.items():
        for name, to in {"augment": to_augment, **LIBRARIES}.items():
            path = tmp_path / f"{name}_{kind}.py"
            path.write_text(to(recipe, shown=shown), encoding="utf-8")
    checks.are_clean(tmp_path)
