"""``strength``: the figures of ops over several pictures, and of other libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from augment import address, data, helper, registry
from augment.data.samples import rows_by_class
from augment.helper import Helper
from augment.inspect.strength import ours, scale_of
from augment.presets import PRESETS
from tests.cli.conftest import Cli, assert_refused
from tests.helper_tasks import TASKS

SIZE = 48
SMALL = ("--size", SIZE, "--count", 3)


def pictures() -> np.ndarray:
    split = data.open_prepared("bundled", SIZE).split("photographs")
    return np.asarray(split.images[rows_by_class(split.labels, classes=(), count=3)])


def of(document: dict[str, Any], op: str, library: str = "ours") -> dict[str, Any]:
    [found] = [each for each in document["ops"] if each["op"] == op]
    [its] = [each for each in found["libraries"] if each["library"] == library]
    return dict(its)


def test_the_figures_are_those_of_all_pictures(cli: Cli) -> None:
    document = cli("strength", "posterize", *SMALL, "--seed", 11, "--json").document
    each = [ours(image, scale_of("posterize"), seed=11) for image in pictures()]
    found = of(document, "posterize")
    np.testing.assert_allclose(found["change"], np.mean([one.change for one in each], axis=0))
    np.testing.assert_allclose(found["bits"], np.mean([one.bits for one in each], axis=0))
    errors = np.square([one.error for one in each]).sum(axis=0)
    np.testing.assert_allclose(np.square(found["error"]) * 9, errors)
    assert [tuple(one["change"]) for one in found["pictures"]] == [one.change for one in each]
    one = cli("strength", "posterize", *SMALL, "--seed", 11, "--picture", 2, "--json").document
    assert tuple(of(one, "posterize")["change"]) == each[1].change
    assert one["pictures"] == [2]


def test_a_recipe_is_measured_op_by_op(cli: Cli) -> None:
    result = cli("strength", "guide", *SMALL, "--json")
    [op] = result.document["ops"]
    recipe = PRESETS["guide"].recipe
    assert (op["op"], op["setting"]) == ("rand_augment", "magnitude")
    assert op["in_recipe"] == {recipe.steps[0].id: recipe.steps[0].params["magnitude"]}
    assert {each["op"] for each in result.document["left_out"]} == {"cut_mix", "mix_up"}
    link = f"?r={address.encode(recipe.to_json())}&size={SIZE}&tiles=3"
    assert cli("strength", "--link", link, "--json").document == result.document
    result = cli("strength", "guide", *SMALL)
    assert "RandAugment (3 pictures, 12 draws of each)\nOurs gets stronger" in result.out
    assert "CutMix mixes pictures" in result.err


def test_the_sheet_has_a_picture_for_each_strength(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "strengths.png"
    assert cli("strength", "invert", *SMALL, "--picture", 2, "--out", out).code == 0
    pixels = np.asarray(Image.open(out).convert("RGB"))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (1, SIZE, 3))[:, :, 0, 0]
    image = pictures()[1]
    found = [(windows == one[0]).all(axis=(2, 3)).sum() for one in (image, 255 - image)]
    assert sum(found) == 7
    assert min(found) > 0


def test_others_are_beside_ours_or_it_is_said_why_not(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in has a layer for Keras that gets weaker, and no keras_cv."""
    stand_in = Helper(tasks=TASKS)
    monkeypatch.setattr(helper, "HELPER", stand_in)
    document = cli("strength", "rand_augment", *SMALL, "--others", "--json").document
    assert stand_in.pid is None
    keras, keras_cv = (of(document, "rand_augment", name) for name in ("keras.layers", "keras_cv"))
    assert keras["grows"].startswith("gets weaker")
    image_changes = [np.mean(image - image // 8) for image in pictures()]
    assert keras["change"][0] == pytest.approx(np.mean(image_changes))
    assert len(keras["pictures"]) == 3
    assert keras["parts"]
    assert (keras_cv["change"], keras_cv["pictures"]) == ([], [])
    assert "not installed" in keras_cv["reason"]


def test_every_op_is_measured_or_refused(cli: Cli) -> None:
    for name, op in registry().items():
        result = cli("strength", name, "--size", 32, "--count", 1, "--json")
        if op.mixes or op.takes_steps:
            assert_refused(result, name, "no strength")
        else:
            assert max(of(result.document, name)["change"]) > 0, name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["op is missing"]),
        (["posterise"], ["'posterise'", "did you mean", "posterize"]),
        (["roses"], ["'roses'", "preset"]),
        (["mixing"], ["no op to measure", "cut_mix mixes pictures"]),
        (["nothing"], ["no op to measure", "no step"]),
        (["hue", "--picture", "4"], ["--picture '4'", "1 to 3"]),
        (["hue", "--seed", "-1"], ["--seed", "-1"]),
        (["hue", "--out", "a.gif"], ["--out", "a.gif", ".png"]),
        (["colour_jitter", "--out", "a.png"], ["--out", "one op"]),
        (["hue", "--link", "hue"], ["--link", "http://"]),
    ],
)
def test_what_cannot_be_measured(
    words: list[str], expected: list[str], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(cli("strength", *words, *SMALL), *expected)
