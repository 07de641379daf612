"""Scripts with albumentations: run in an environment of their own, and compared with our own draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import augment
from augment.export import from_albumentations, to_albumentations
from augment.export.with_albumentations import COUNTERPARTS
from augment.presets import PRESETS
from tests.export import checks, peers
from tests.export.cases import prose, recipe
from tests.export.exported_batch import SIZE, batch
from tests.export.test_export import CASES
from tests.given import step_of

MEASURED = 300
"""Pictures whose draws are compared: the standard error of a share is 0.03 at most."""
SIDE = 64
Images = npt.NDArray[np.uint8]

FLAT: dict[str, Any] = {"fill_mode": "constant", "fill_value": 0}


def _grey_level(images: Images) -> Any:
    return images.mean(axis=(1, 2, 3)) / 255.0


def _blank(images: Images) -> Any:
    return (images == 0).all(axis=-1).mean(axis=(1, 2))


def _noisy(images: Images) -> Any:
    return (images != 200).any(axis=-1).mean(axis=(1, 2))


def _spread(images: Images) -> Any:
    return images.std(axis=(1, 2, 3)) / 255.0


def _red(images: Images) -> Any:
    return images[..., 0].mean(axis=(1, 2)) / 255.0


def _where(images: Images, axis: int) -> Any:
    """Return the mean place of what is not black along an axis, as a fraction of the side."""
    weights = images.mean(axis=-1).sum(axis=3 - axis)
    return (weights * np.arange(SIDE)).sum(axis=1) / np.maximum(weights.sum(axis=1), 1) / SIDE


def _angle(images: Images) -> Any:
    """Return the angle of a bar, as a fraction of a turn."""
    ys, xs = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    weights = images.mean(axis=-1)
    xx, yy, xy = ((weights * each).sum(axis=(1, 2)) for each in (xs * xs, ys * ys, xs * ys))
    return -0.5 * np.arctan2(2 * xy, xx - yy) / (2 * np.pi)


def _slope(images: Images) -> Any:
    """Return by how many pixels a row lies further right than the one above it."""
    weights = images.mean(axis=-1)
    ys, xs = np.mgrid[:SIDE, :SIDE]
    total = weights.sum(axis=(1, 2))
    x, y, xy, yy = (
        (weights * each).sum(axis=(1, 2)) / total for each in (xs, ys, xs * ys, ys * ys)
    )
    return (xy - x * y) / (yy - y * y)


def _moved(images: Images) -> Any:
    """Return how far the picture is from one that is as it was."""
    return np.abs(images.astype(int) - pictures()["ramp"].astype(int)).mean(axis=(1, 2, 3)) / 255.0


Measure = Callable[[Images], Any]
COMPARED: dict[str, tuple[dict[str, Any], str, Measure]] = {
    "flip": ({"op": "flip", "rate": 0.3}, "corner", lambda images: _where(images, 2)),
    "flip_both": (
        {"op": "flip", "mode": "horizontal_and_vertical", "rate": 0.7},
        "corner",
        lambda images: _where(images, 1),
    ),
    "rot90": ({"op": "rot90", "rate": 0.9}, "corner", lambda images: _where(images, 1)),
    "rot90_quarter": (
        {"op": "rot90", "turns": "quarter"},
        "corner",
        lambda images: _where(images, 2),
    ),
    "rot90_half": ({"op": "rot90", "turns": "half"}, "corner", lambda images: _where(images, 2)),
    "rotate": ({"op": "rotate", "factor": 0.2, **FLAT}, "bar", _angle),
    "shear_x": ({"op": "shear_x", "x_factor": 0.6, **FLAT}, "dot", _slope),
    "translate_x": ({"op": "translate_x", **FLAT}, "dot", lambda images: _where(images, 2)),
    "translate_y": ({"op": "translate_y", **FLAT}, "dot", lambda images: _where(images, 1)),
    "zoom": ({"op": "zoom", "factor": 0.4, **FLAT}, "dot", _grey_level),
    "random_crop": ({"op": "random_crop", **FLAT}, "dot", lambda images: _where(images, 2)),
    "random_resized_crop": ({"op": "random_resized_crop"}, "ramp", _spread),
    "brightness": ({"op": "brightness"}, "grey", _grey_level),
    "brightness_times": ({"op": "brightness", "method": "multiplicative"}, "grey", _grey_level),
    "contrast": ({"op": "contrast", "mean_of": "picture", "factor": 0.8}, "ramp", _spread),
    "saturation": ({"op": "saturation"}, "colour", _red),
    "color_degeneration": ({"op": "color_degeneration"}, "colour", _red),
    "hue": ({"op": "hue", "factor": 0.2}, "colour", _red),
    "channel_shift": ({"op": "channel_shift"}, "grey", _red),
    "channel_shuffle": ({"op": "channel_shuffle"}, "colour", _red),
    "posterize": ({"op": "posterize", "bits": 1}, "ramp", _grey_level),
    "solarize": ({"op": "solarize", "addition_factor": 60}, "ramp", _grey_level),
    "gamma": ({"op": "gamma"}, "grey", _grey_level),
    "gaussian_noise": ({"op": "gaussian_noise", "stddev": 0.3}, "grey", _spread),
    "gaussian_blur": ({"op": "gaussian_blur", "factor": 0.05}, "bar", _spread),
    "sharpness": ({"op": "sharpness", "factor": 1.0}, "bar", _spread),
    "cutout": ({"op": "cutout", "height_min_factor": 0.3, "width_factor": 0.2}, "grey", _blank),
    "random_erasing": ({"op": "random_erasing"}, "grey", _noisy),
    "grid_mask": ({"op": "grid_mask", "ratio_min_factor": 0.3}, "grey", _blank),
    "elastic": ({"op": "elastic"}, "ramp", _moved),
    "perspective": ({"op": "perspective"}, "ramp", _moved),
    "half": ({"op": "invert", "probability": 0.25}, "grey", _grey_level),
    "choice": (
        {"op": "one_of", "steps": [{"op": "invert", "probability": 0.5}, {"op": "brightness"}]},
        "grey",
        _grey_level,
    ),
    "pipeline": (
        {
            "op": "random_pipeline",
            "augmentations_per_image": 3,
            "rate": 0.5,
            "steps": [{"op": "invert"}, {"op": "brightness", "probability": 0.3}],
        },
        "grey",
        _grey_level,
    ),
    "rand_augment": ({"op": "rand_augment"}, "ramp", _moved),
    "rand_augment_paper": ({"op": "rand_augment", "policy": "paper", "rate": 1.0}, "ramp", _moved),
    "trivial_augment": ({"op": "trivial_augment"}, "ramp", _moved),
}
"""A step, the pictures for it, and what is measured on each of them."""

ROUGH = {
    "cutout": (0.03, 0.02),  # never partly outside
    "grid_mask": (0.02, 0.05),  # one ratio, so hardly any spread
    "random_resized_crop": (0.02, 0.02),
    "elastic": (0.03, 0.03),
    "perspective": (0.03, 0.03),
    "sharpness": (0.01, 0.01),
    "gamma": (0.02, 0.02),
    "rand_augment": (0.05, 0.05),
    "rand_augment_paper": (0.05, 0.05),
    "trivial_augment": (0.04, 0.04),
}
"""How far mean and spread may be apart where `COUNTERPARTS` says that something differs."""


def pictures() -> dict[str, Images]:
    """Return the pictures that are augmented, each kind `MEASURED` times."""
    one: dict[str, Any] = {
        name: np.zeros((SIDE, SIDE, 3), np.uint8) for name in ("corner", "bar", "dot")
    }
    one["corner"][:8, :16] = 255
    one["bar"][28:36, 8:56] = 200
    one["dot"][28:36, 28:36] = 255
    one["grey"] = np.full((SIDE, SIDE, 3), 200, np.uint8)
    one["colour"] = np.full((SIDE, SIDE, 3), (200, 90, 40), np.uint8)
    coarse = np.random.default_rng(3).integers(20, 236, (6, 6, 3), dtype=np.uint8)
    one["ramp"] = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return {
        name: np.repeat(np.asarray(image)[None], MEASURED, axis=0) for name, image in one.items()
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of every script, all run in one process of that environment."""
    folder = tmp_path_factory.mktemp("albumentations")
    for name, made in CASES.items():
        text = to_albumentations(made, size=SIZE)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    for name, (step, kind, _) in COMPARED.items():
        text = to_albumentations(recipe(step), size=(SIDE, SIDE))
        (folder / f"measured_{name}_of_{kind}.py").write_text(text, encoding="utf-8")
    np.savez(folder / "pictures.npz", images=batch()["images"], **pictures())  # type: ignore[arg-type]
    peers.run(("tests.export.exported_albumentations", str(folder)))
    found: dict[str, Any] = {"folder": folder}
    for path in folder.glob("*.json"):
        found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@peers.needs_peers
def test_every_script_runs(results: dict[str, Any]) -> None:
    """Pictures of the same shape, uint8: see `exported_albumentations.py`."""
    scripts = {name: one for name, one in results.items() if name != "folder"}
    assert len(scripts) == len(CASES) + len(COMPARED)
    errors = {name: one["error"] for name, one in scripts.items() if "error" in one}
    assert errors == {}
    versions = {one["saved"]["__version__"] for one in scripts.values()}
    assert versions == {"2.0.8"}


def _distance(ours: Any, theirs: Any, slack: float) -> float:
    """Return the distance of Kolmogorov and Smirnov; values nearer than the slack count as equal."""

    def share_below(values: Any, limits: Any) -> Any:
        return np.searchsorted(np.sort(values), limits, side="right") / len(values)

    ends = np.concatenate([ours, theirs])
    return max(
        float((share_below(first, ends - slack) - share_below(second, ends + slack)).max())
        for first, second in ((ours, theirs), (theirs, ours))
    )


@pytest.mark.slow
@peers.needs_peers
@pytest.mark.parametrize("name", COMPARED)
def test_the_draws_have_the_distribution_of_the_recipe(name: str, results: dict[str, Any]) -> None:
    """Mean and spread over the pictures, within four standard errors and what `ROUGH` allows."""
    step, kind, measure = COMPARED[name]
    theirs = measure(np.load(results["folder"] / f"measured_{name}_of_{kind}.npy"))
    images = pictures()[kind]
    ours = measure(
        augment.apply(recipe(step), images, ids=np.arange(MEASURED), seed=5, epoch=0).images
    )
    mean_of, spread_of = ROUGH.get(name, (0.0, 0.0))
    error = 4 * np.hypot(ours.std(), theirs.std()) / np.sqrt(MEASURED)
    assert ours.std() > 0
    assert theirs.mean() == pytest.approx(ours.mean(), abs=error + mean_of + 0.003)
    assert theirs.std() == pytest.approx(ours.std(), abs=error + spread_of + 0.003)
    if name not in ROUGH:  # of a thousand equal distributions, one is further apart
        assert _distance(ours, theirs, slack=0.004) < 1.95 * np.sqrt(2 / MEASURED)


@pytest.mark.slow
@peers.needs_peers
def test_steps_keep_to_their_classes(results: dict[str, Any]) -> None:
    own_class = batch()["labels"].argmax(axis=1)
    assert results["classes"]["changed"] == np.isin(own_class, (1, 2)).tolist()
    assert results["classes_in_a_choice"]["changed"] == (own_class == 1).tolist()
    for name in ("never", "nothing_left", "preset_nothing", "alone_cut_mix"):
        assert not any(results[name]["changed"]), name


EXACT = (
    *("auto_contrast", "brightness", "channel_shift", "channel_shuffle", "color_degeneration"),
    *("equalize", "flip", "gaussian_noise", "grayscale", "hue", "invert", "jpeg_quality"),
    *("perspective", "posterize", "random_crop", "rotate", "saturation", "shear_x", "shear_y"),
    *("translate_x", "translate_y", "zoom", "solarize", "gamma"),
)
"""Ops whose settings come back from a pipeline that was exported."""


@pytest.mark.slow
@peers.needs_peers
@pytest.mark.parametrize("name", EXACT)
def test_a_recipe_comes_back_from_the_library(name: str, results: dict[str, Any]) -> None:
    [step] = from_albumentations(results[f"alone_{name}"]["saved"]).recipe.steps
    [expected] = CASES[f"alone_{name}"].steps
    assert step.op == name
    assert step.probability == 1.0
    for param, value in expected.params.items():
        expected_value = value if isinstance(value, str) else pytest.approx(value, rel=2e-4)
        assert step.params[param] == expected_value, param


@pytest.mark.slow
@peers.needs_peers
def test_a_choice_and_its_probabilities_come_back(results: dict[str, Any]) -> None:
    [choice] = from_albumentations(results["measured_choice_of_grey"]["saved"]).recipe.steps
    assert choice.op == "one_of"
    assert [(one.op, one.probability) for one in choice.steps] == [
        ("invert", 0.5),
        ("brightness", 1),
    ]
    [drawn] = from_albumentations(results["measured_pipeline_of_grey"]["saved"]).recipe.steps
    assert drawn.op == "random_pipeline"
    assert drawn.params["augmentations_per_image"] == 3
    assert [one.probability * drawn.params["rate"] for one in drawn.steps] == [0.5, 0.15]


def test_scripts_are_clean(tmp_path: Path) -> None:
    for name, made in CASES.items():
        text = to_albumentations(made, size=SIZE)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    checks.are_clean(tmp_path)


@pytest.mark.parametrize("name", augment.registry())
def test_an_op_has_its_transform_or_a_comment(name: str) -> None:
    op = augment.registry()[name]
    script = to_albumentations(CASES[f"alone_{name}"])
    if name not in COUNTERPARTS:
        assert f"{op.title} is left out: albumentations has no such transform." in prose(script)
        assert "augment.tfdata.mapper" in prose(script)
    else:
        for transform in COUNTERPARTS[name].name.split(", "):
            assert f"A.{transform}(" in script
        assert COUNTERPARTS[name].differs in prose(script)
    assert "A." in script.partition("TRANSFORM")[0] or name not in COUNTERPARTS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rotate", "limit=(-28.8, 28.8)"),  # degrees, not turns
        ("shear_x", "'x': (-16.699244, 16.699244)"),  # degrees, not a ratio
        ("zoom", "scale=(0.8, 1.2)"),  # about 1
        ("hue", "hue=(-0.1, 0.1)"),
        ("gaussian_blur", "sigma_limit=(0.001, 2.016)"),  # pixels of 224
        ("posterize", "num_bits=(4, 8)"),
        ("solarize", "threshold_range=(0.0, 0.501961)"),  # of 255
        ("channel_shift", "r_shift_limit=(-0.1, 0.1)"),
        ("cutout", "hole_height_range=(0.0, 0.5)"),
        ("random_crop", "padding=(28, 28)"),
        ("random_erasing", "ratio=(0.33, 3.03"),  # in which a third of the picture fits
        ("rot90", "A.RandomRotate90(p=1.0)"),  # one of its four rotations is none
    ],
)
def test_the_units_are_those_of_the_library(name: str, expected: str) -> None:
    script = to_albumentations(recipe({"op": name}))
    assert "".join(expected.split()) in "".join(script.split())


def test_a_probability_in_a_choice_is_no_weight() -> None:
    """In a OneOf `p` weighs the choice, and what is chosen happens."""
    children = [{"op": "invert", "probability": 0.25}, {"op": "grayscale"}]
    [line] = to_albumentations(recipe({"op": "one_of", "steps": children})).split("OneOf(")[1:]
    compact = "".join(line.split())
    assert "A.Sequential(transforms=[A.InvertImg(p=0.25),],p=1.0,)" in compact
    assert "A.ToGray(num_output_channels=3,p=1.0)," in compact


def test_only_ops_that_mix_and_average_have_no_transform() -> None:
    missing = set(augment.registry()) - set(COUNTERPARTS)
    assert missing == {"aug_mix", "cut_mix", "mix_up", "puzzle_mix"}
    assert set(COUNTERPARTS) < set(augment.registry())


def test_a_step_that_is_off_is_a_comment() -> None:
    script = to_albumentations(PRESETS["guide"].recipe)
    assert "GridMask is switched off in the recipe." in prose(script)
    assert "A.GridDropout" not in script


def test_steps_that_change_nothing_are_comments() -> None:
    """Such as a rectangle without area, which the library divides by."""
    for step in (
        step_of("cutout", height_factor=0, width_factor=0),
        step_of("random_erasing", area_factor=0, area_min_factor=0),
        step_of("grid_mask", mode="keep_squares"),
    ):
        assert "is left out" in prose(to_albumentations(recipe(step)))
