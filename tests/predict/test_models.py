"""Loaded models: what they say is what the evaluation says, two stay, and none runs code of its file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from augment import data, runs
from augment.errors import AugmentError
from augment.helper import TASKS
from augment.predict import models
from augment.predict.models import Models, predict
from augment.runs.folders import RunFolder
from augment.train.testing import evaluate_on_test
from tests.predict.conftest import RUN, evaluated, finished
from tests.train.conftest import tiny

keras = pytest.importorskip("keras")

NAMES = data.source("bundled").class_names
SPLIT = "test"


def nothing(_: str) -> None:
    return None


def test_it_says_to_the_byte_what_the_evaluation_says(folder: RunFolder) -> None:
    """Of one picture, of some, in another order, and beside others."""
    evaluate_on_test(RUN, lambda *_: None)
    known = runs.get(RUN).predictions(SPLIT)
    assert known is not None
    images = data.open_prepared("bundled", 32, scheme="re-split").split(SPLIT).images[:]
    rows = np.array([7, 3, 3, *range(len(images))])
    for chosen in (rows, rows[:1], rows[4:15]):
        found = predict(nothing, RUN, images[chosen])
        assert found.dtype == np.float32
        assert found.tobytes() == known.log_probabilities[chosen].tobytes()
    assert TASKS["predict"] == "augment.predict.models:predict"
    assert predict(nothing, RUN, images[:0]).shape == (0, 11)


def test_a_run_whose_data_are_gone_predicts(
    folder: RunFolder, home: Path, tiny_model: bytes
) -> None:
    made = finished("gone", tiny_model, data="folder:/gone")
    evaluated(made, NAMES)
    assert predict(nothing, "gone", np.zeros((1, 32, 32, 3), np.uint8)).shape == (1, 11)
    assert Models().get("gone").prepared is None


def test_the_two_models_that_were_used_last_stay_loaded(
    folder: RunFolder, tiny_model: bytes
) -> None:
    others = [finished(f"other-{number}", tiny_model) for number in range(2)]
    held = Models()
    stages: list[str] = []
    try:
        first = held.get(RUN, stages.append).predictor
        held.get("other-0", stages.append)
        assert held.get(RUN, stages.append).predictor is first
        held.get("other-1", stages.append)
        assert held.get(RUN, stages.append).predictor is first
        assert len(stages) == 3
        held.get("other-0", stages.append)
        assert len(stages) == 4
        tiny(seed=1).save(folder.best)
        assert held.get(RUN, stages.append).predictor is not first
    finally:
        for other in others:
            shutil.rmtree(other.path)


def empty(folder: RunFolder) -> None:
    folder.best.write_bytes(b"")


def no_archive(folder: RunFolder) -> None:
    folder.best.write_bytes(b"a picture of a model")


def truncated(folder: RunFolder) -> None:
    folder.best.write_bytes(folder.best.read_bytes()[:-100])


def other_size(folder: RunFolder) -> None:
    tiny(size=40).save(folder.best)


def with_code(folder: RunFolder) -> None:
    """Its layer leaves a file behind whenever it is called, as it is where a model is loaded."""
    pixels = keras.Input((32, 32, 3), dtype="uint8")
    code = keras.layers.Lambda(lambda x: (__import__("pathlib").Path("ran").touch(), x)[1])
    features = keras.layers.Flatten()(code(keras.layers.Rescaling(1 / 255)(pixels)))
    head = keras.layers.Dense(11, activation="softmax", name="head")(features)
    keras.Model(pixels, head).save(folder.best)
    Path("ran").unlink()
    keras.saving.load_model(folder.best, safe_mode=False)
    Path("ran").unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (empty, "(best.keras) cannot be loaded: it is damaged"),
        (no_archive, "which is never run (it is no zip archive, as .keras files are)."),
        (truncated, "(best.keras) cannot be loaded: it is damaged"),
        (other_size, "takes (40, 40, 3) and returns (11,), but its data needs (32, 32, 3)"),
        (with_code, "or holds code, which is never run (ValueError: Requested the deserialization"),
    ],
)
def test_a_file_that_is_no_model_of_the_run_is_one_sentence(
    change: Callable[[RunFolder], None],
    words: str,
    folder: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    change(folder)
    with pytest.raises(AugmentError) as caught:
        predict(nothing, RUN, np.zeros((1, 32, 32, 3), np.uint8))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Path("ran").exists()


def test_pictures_of_another_size_are_refused(folder: RunFolder) -> None:
    with pytest.raises(AugmentError, match=r"takes uint8 pictures of 32 x 32 pixels, but uint8 of"):
        predict(nothing, RUN, np.zeros((1, 40, 40, 3), np.uint8))
    assert models.MOST == 2
