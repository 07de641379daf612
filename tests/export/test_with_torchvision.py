"""Scripts with torchvision are run, and so is what the exporter says about its transforms."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import augment
from augment import data
from augment.data import samples
from augment.export import OfSplit, to_torchvision
from augment.export.with_torchvision import COUNTERPARTS
from tests.conftest import ROOT
from tests.export import checks, peers
from tests.export.cases import HALF, cases, code, prose, recipe
from tests.export.exported_batch import SIZE
from tests.given import step_of

CASES = cases(COUNTERPARTS)
GREY = {"fill_mode": "constant", "fill_value": 90}
ALIKE: dict[str, dict[str, Any]] = {
    "rand_augment": {"policy": "paper", "rate": 1, "magnitude": 0.5, "magnitude_stddev": 0, **GREY},
    "random_erasing": {"fill": "constant", "area_factor": 0.2},
    "flip": {"mode": "horizontal_and_vertical", "rate": 0.3},
    "random_crop": {},
    "random_resized_crop": {"aspect_ratio_factor": 1.0},
    "rot90": {"turns": "half"},
    **dict.fromkeys(("rotate", "shear_x", "shear_y", "translate_x", "translate_y", "zoom"), GREY),
    "brightness": {"method": "multiplicative"},
    "contrast": {"mean_of": "picture"},
    **{
        op: {}
        for op in (
            *("channel_shuffle", "color_degeneration", "gaussian_noise", "grayscale", "hue"),
            *("jpeg_quality", "saturation", "sharpness", "auto_contrast", "equalize", "gamma"),
            *("invert", "posterize", "solarize"),
        )
    },
}
"""Where a transform makes the same distribution of pictures: with which parameters of the op."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of every script, and of every claim."""
    folder = tmp_path_factory.mktemp("torch")
    alike = {op: recipe(step_of(op, **params)) for op, params in ALIKE.items()}
    texts = {f"torch_{name}.py": made for name, made in CASES.items()}
    texts |= {f"measured_{op}.py": made for op, made in alike.items()}
    for name, made in texts.items():
        (folder / name).write_text(to_torchvision(made, size=SIZE), encoding="utf-8")
    peers.run(
        ("tests.export.exported_torch", str(folder), *texts),
        ("tests.export.claims_torch", str(folder / "claims.json")),
    )
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    assert len(found) == len(texts) + 1
    return found


@peers.needs_peers
@pytest.mark.slow
def test_every_script_runs(results: dict[str, Any]) -> None:
    """The right shapes and types, labels that sum to 1: see `exported_torch.py`."""
    assert {name: done["error"] for name, done in results.items() if "error" in done} == {}


@peers.needs_peers
@pytest.mark.slow
def test_transforms_happen_as_often_as_in_the_recipe(results: dict[str, Any]) -> None:
    always = [name for name in HALF if all(results[f"torch_alone_{name}"]["changed"])]
    checks.happens_in_half(always, results, "torch")


@peers.needs_peers
@pytest.mark.slow
def test_what_torchvision_cannot_say_is_done_all_the_same(results: dict[str, Any]) -> None:
    """Transforms that mix get a probability, are drawn from in turn, and steps keep to their classes."""
    result = {name.removeprefix("torch_"): value for name, value in results.items()}
    checks.all_is_done(result)


@peers.needs_peers
@pytest.mark.slow
@pytest.mark.parametrize("op", ALIKE)
def test_what_is_alike_has_the_distributions_of_this_package(
    op: str, results: dict[str, Any]
) -> None:
    # torchvision truncates where this package rounds, half a level on average.
    checks.has_our_distributions(
        recipe(step_of(op, **ALIKE[op])), results[f"measured_{op}"], resolution={"": 0.6}
    )


def test_an_op_of_which_nothing_is_said_is_alike() -> None:
    said_nothing_of = {op for op, one in COUNTERPARTS.items() if not one.differs}
    assert said_nothing_of - {"one_of"} <= set(ALIKE)


CLAIMS: dict[str, dict[str, Any]] = {
    "policies": {
        "farthest shift in pixels": (29, 32),
        "weakest": (2, 3),  # auto contrast and equalize
        "to 4 bits at 1": (10, 150),
        "to black at 1": 0,
        "to black at 10": (1, 150),
    },
    "mixing": {
        "refuses uint8": True,
        **{
            f"{mix}: {what}": True
            for mix in ("cut", "mix")
            for what in ("one share", "the one before")
        },
        "cut: one rectangle": True,
    },
    "erasing": {
        "noise away from black and white": (1, 6),
        "all inside": True,
        "does not fit": 1,
    },
    "geometry": {
        "elastic, typical over expected": (0.9, 1.15),
        "elastic, spread over pictures": (0.0, 0.3),
        "elastic, edge over inside": (1.05, 1.6),
        "elastic refuses more than a quarter": True,
        "perspective, least of the farthest place seen": (0.96, 1.0),
        "perspective, nothing": (0.05, 0.6),
        "levels after shifts": [0, 255],
        "first row sheared about the top": False,
        "first row sheared by default": True,
        "black after a quarter turn": (0.3, 0.36),
    },
    "colour": {
        "noise differs by": (0.0, 2.0),
        "sharpness": 1,
        "bits": 1,
        "thresholds": 1,
        "refuses threshold 256": True,
        "black made brighter": 0,
    },
}
"""What was measured of the transforms, by claim: a value, or the bounds that it is within."""


@peers.needs_peers
@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS)
def test_the_transforms_are_as_the_comments_say(claim: str, results: dict[str, Any]) -> None:
    checks.are_as_claimed(CLAIMS[claim], results["claims"][claim])


@pytest.mark.parametrize("name", augment.registry())
def test_an_op_has_its_transform_or_a_comment(name: str) -> None:
    op = augment.registry()[name]
    script = to_torchvision(CASES[f"alone_{name}"])
    comments = prose(script)
    if op.takes_steps:
        return
    if name in COUNTERPARTS:
        assert "v2." in code(script).partition("TRANSFORMS = ")[2]
        assert COUNTERPARTS[name].differs in comments
    else:
        assert "v2." not in code(script)
        assert f"{op.title} is left out: torchvision has no such transform." in comments
        assert "augment.apply" in comments


def test_what_comes_after_a_mix_is_done_to_the_batch() -> None:
    script = to_torchvision(recipe({"op": "flip"}, {"op": "cut_mix"}, {"op": "invert"}))
    alone, _, together = script.partition("BATCH_TRANSFORMS = ")
    assert "RandomHorizontalFlip" in alone
    assert "for_each(transform=v2.RandomInvert(p=1.0))" in together
    assert "augment_batch" not in to_torchvision(recipe({"op": "flip"}))


@peers.needs_peers
@pytest.mark.slow
def test_the_script_takes_the_pictures_shown(home: Path, tmp_path: Path) -> None:
    """It needs this package and torch together, so the environment gets the packages of this one."""
    ids = tuple(data.open_prepared("bundled", 48).split("train").ids[3:6].tolist())
    shown = OfSplit(source="bundled", split="train", size=48, ids=ids)
    given = samples.of_split("bundled", split="train", size=48, ids=ids)
    path = tmp_path / "explore.py"
    made = recipe({"op": "invert"}, {"op": "mix_up", "probability": 0})
    path.write_text(to_torchvision(made, shown=shown), encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    }
    command = [os.environ[peers.VARIABLE], str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Image.open(path.with_suffix(".png")) as picture:
        np.testing.assert_array_equal(
            np.asarray(picture), np.concatenate(255 - given.images, axis=1)
        )


def test_scripts_are_clean(tmp_path: Path) -> None:
    for name, made in CASES.items():
        (tmp_path / f"{name}.py").write_text(to_torchvision(made), encoding="utf-8")
    checks.are_clean(tmp_path)
