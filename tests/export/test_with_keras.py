"""Scripts with the layers of Keras 3 are run, and so is what the exporter says about the layers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import augment
from augment.export import to_keras
from augment.export.with_keras import COUNTERPARTS
from tests.export import checks
from tests.export.cases import HALF, cases, code, prose
from tests.export.exported_batch import SIZE

CASES = cases({*COUNTERPARTS, "one_of", "random_pipeline"} - {"rand_augment", "aug_mix"})
"""Both policies of layers take seconds to trace, so they are in no choice besides the presets'."""
ALIKE = (
    *("auto_contrast", "brightness", "color_degeneration", "contrast", "flip", "grayscale", "hue"),
    *("invert", "mix_up", "posterize", "random_crop", "rotate", "shear_x", "shear_y", "solarize"),
    *("translate_x", "translate_y", "zoom"),
)
"""Ops whose layer makes the same distribution of pictures, whatever differs besides."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of every script, and of every claim, in two processes that import TensorFlow once."""
    folder = tmp_path_factory.mktemp("keras")
    names = [name for name in CASES if name not in checks.MORE_OF_RAND_AUGMENT]
    scripts = [f"keras_{name}.py" for name in names]
    measured = [f"measured_{op}.py" for op in ALIKE]
    for script, name in zip(
        [*scripts, *measured], [*names, *(f"alone_{op}" for op in ALIKE)], strict=True
    ):
        text = to_keras(CASES[name], size=SIZE)
        (folder / script).write_text(text, encoding="utf-8")
    checks.run(
        sys.executable,
        ("tests.export.exported", str(folder), *scripts, *measured),
        ("tests.export.claims_keras", str(folder / "claims.json")),
        **checks.WITH_TENSORFLOW,
    )
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    assert len(found) == len(scripts) + len(measured) + 1
    return found


@pytest.mark.slow
def test_every_script_runs(results: dict[str, Any]) -> None:
    """The right shapes and types, levels from 0 to 255, labels that sum to 1: see `exported.py`."""
    assert {name: done["error"] for name, done in results.items() if "error" in done} == {}


@pytest.mark.slow
def test_layers_happen_as_often_as_in_the_recipe(results: dict[str, Any]) -> None:
    """Where a layer changes every picture, one half of them in half the cases."""
    always = [
        name for name in HALF if name in COUNTERPARTS and all(results[f"keras_alone_{name}"]["changed"])
    ]  # fmt: skip
    checks.happens_in_half(always, results, "keras")


@pytest.mark.slow
def test_what_keras_cannot_say_is_done_all_the_same(results: dict[str, Any]) -> None:
    """Layers that mix get a probability, are drawn from in turn, and steps keep to their classes."""
    result = {name.removeprefix("keras_"): value for name, value in results.items()}
    checks.all_is_done(result)


@pytest.mark.slow
@pytest.mark.parametrize("op", ALIKE)
def test_what_is_alike_has_the_distributions_of_this_package(
    op: str, results: dict[str, Any]
) -> None:
    checks.has_our_distributions(
        CASES[f"alone_{op}"], results[f"measured_{op}"], resolution={"own": 0.05, "": 0.3}
    )


def test_an_op_of_which_nothing_is_said_is_alike() -> None:
    assert {op for op, one in COUNTERPARTS.items() if not one.differs} <= set(ALIKE)


CLAIMS: dict[str, dict[str, Any]] = {
    "rand_augment": {
        "levels at 0.3": [2, 2],
        "batches alike at 0.3": 1.0,
        "least brightening": (0.0, 3.0),
        "turned the other way": 0.0,
        "moved the other way": (0.0, 0.06),  # by less than a pixel
        "least contrast": (1.0, 1.02),
        "levels from the negative at 0.05": (0.0, 15.0),
    },
    "aug_mix": {
        "one chain for all batches": (0.999, 1.001),
        "another when traced again": (-1.0, 0.9),
        "levels": 2,
        "levels from the negative at 0.05": (0.0, 15.0),
    },
    "cut_mix": {
        "refuses alpha 2": True,
        "rectangles clipped": (0, 1),
        "label off by": (5.0, 64.0),
        "label off beyond its sides": (-64.0, 0.0),
        "spread of the mean share over batches": (0.035, 0.1),  # 0.017 if each picture drew its own
        "its own partner": (0.15, 0.4),
    },
    "mix_up": {"exactly half": (0.12, 0.24), "its own partner": (0.15, 0.4)},
    "erasing": {
        "correlation of the sides": (-0.15, 0.15),
        "squared side, mean": (0.16, 0.19),
        "smallest side": (6, 12),
        "black in the noise": (0.48, 0.52),
    },
    "elastic": {
        "down less right": (0.0, 0.01),
        "typical at scale 1": (0.024, 0.032),
        "typical beyond 1": (0.035, 0.09),
        "neighbours alike": (0.95, 1.0),
        "neighbours alike below a pixel": (-0.1, 0.1),
        "refuses 2": True,
    },
    "geometry": {
        "upper left corner": (0.0, 0.01),
        "first row moved down": (0.0, 0.01),
        "crops alike": 0.0,
        "white after zooming by 0.5": (0.4, 0.6),
        "refuses to zoom by more": True,
    },
    "colour": {
        "least level, saturation to 255": (-400.0, -200.0),
        "least level, saturation to 1": 0.0,
        "most vivid by a number": (1.3, 1.5),
        "grayscale refuses a dict": True,
        "sharpness 0.5": 0.0,
        "blur in a batch alike": 0.0,
        "blur of batches differs": (1.0, 255.0),
        "blur darkens the edge": (-255.0, -0.5),
        "more blur beyond 1": (10.0, 255.0),
        "refuses sigma 2": True,
        "refuses noise of 2 levels": True,
    },
    "tone": {
        "inverted by a number": (0.18, 0.32),
        "bits by 4": [1, 2, 3],
        "bits by 4 to 9": [4, 5, 6, 7, 8],
        "equalized alone, lightest": (250.0, 255.0),
        "equalized together, lightest": (120.0, 135.0),
        "lightest of white solarized": (0.0, 1.0),
    },
}
"""What was measured of the layers, by claim: a value, or the bounds that it is within."""


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS)
def test_the_layers_are_as_the_comments_say(claim: str, results: dict[str, Any]) -> None:
    checks.are_as_claimed(CLAIMS[claim], results["claims"][claim])


@pytest.mark.slow
def test_the_layers_have_other_ends_than_their_numbers_suggest(results: dict[str, Any]) -> None:
    claims = results["claims"]
    low, high = claims["rand_augment"]["levels at 0.9"]
    assert low < 5
    assert high > 16
    flipped = claims["geometry"]["flipped"]
    assert flipped["not"] + flipped["half a turn"] == 1
    assert 0.35 < flipped["not"] < 0.65
    low, high = claims["erasing"]["areas"]
    assert 0.02 <= low < 0.06
    assert 0.25 < high <= 0.33
    edge, inside = claims["colour"]["edge of a flat picture, smoothed"]
    assert inside == 200
    assert edge < 180
    low, high = claims["tone"]["contrast by a number"]
    assert 1 <= low < 1.02
    assert 1.28 < high <= 1.3
    low, high = claims["tone"]["contrast by a range"]
    assert 0.7 <= low < 0.72
    assert 1.28 < high <= 1.3


@pytest.mark.parametrize("name", augment.registry())
def test_an_op_has_its_layer_or_a_comment(name: str) -> None:
    op = augment.registry()[name]
    script = to_keras(CASES[f"alone_{name}"])
    comments = prose(script)
    if name in COUNTERPARTS:
        assert f"keras.layers.{COUNTERPARTS[name].name}(" in script
        assert COUNTERPARTS[name].differs in comments
    elif not op.takes_steps:
        assert "keras.layers." not in code(script)
        assert f"{op.title} is left out: " in comments
        assert "augment.tfdata.mapper" in comments


def test_a_rate_is_had_by_applying_the_flip_to_twice_as_many() -> None:
    flip = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "flip", "rate": 0.2}]})
    assert "rate=0.4" in to_keras(flip)


def test_blur_and_size_are_in_pixels_of_the_pictures() -> None:
    made = augment.Recipe.from_dict(
        {"version": 1, "steps": [{"op": "gaussian_blur", "factor": 0.1}]}
    )
    assert "sigma=(0.0, 3.2)" in to_keras(made, size=(32, 64))
    assert "kernel_size=21" in to_keras(made, size=(32, 64))


def test_scripts_are_clean(tmp_path: Path) -> None:
    for name, made in CASES.items():
        (tmp_path / f"{name}.py").write_text(to_keras(made), encoding="utf-8")
    checks.are_clean(tmp_path)
