"""A configuration validates itself, and its errors say what is allowed."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from augment import data
from augment.engine.limits import SEED
from augment.errors import ConfigError, DataError, RecipeError
from augment.train import RunConfig, limits
from tests.runs.conftest import DEADLINE_S

RECIPE: dict[str, Any] = {"version": 1, "steps": [{"op": "cut_mix", "alpha": 1.0}]}


def test_the_defaults_are_valid_and_come_back_from_json() -> None:
    config = RunConfig.from_dict({"recipe": RECIPE})
    again = RunConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert config.recipe.steps[0].op == "cut_mix"
    assert (config.data, config.weights, config.jit) == ("bundled", "none", "auto")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("size", 31, "size must be a whole number from 32 to 512 px, but 31 was given"),
        ("size", 64.5, "size must be a whole number"),
        ("size", "64", "size must be a whole number from 32 to 512 px, but '64' was given"),
        ("epochs", 0, "epochs must be a whole number from 1 to 1000"),
        ("epochs", True, "epochs must be"),
        (
            "batch_size",
            5000,
            "batch_size must be a whole number from 1 to 1024, but 5000 was given",
        ),
        ("learning_rate", 0, "learning_rate must be a number from 1e-06 to 10, but 0 was given"),
        ("learning_rate", math.nan, "learning_rate must be .* nan was given"),
        ("learning_rate", math.inf, "learning_rate must be .* inf was given"),
        ("momentum", 1.0, "momentum must be a number from 0 to 0.999"),
        ("label_smoothing", -0.1, "label_smoothing must be a number from 0 to 0.9"),
        ("seed", -1, "seed must be a whole number from 0 to 4294967295"),
        ("seed", None, "seed must be a whole number .* None was given"),
        (
            "data",
            "cats",
            "data does not name a source: There is no data source 'cats'; .* bundled, digits, tfds:NAME",
        ),
        ("data", 3, "data must be text, but 3 was given"),
        ("weights", "magic", r"weights must be none, imagenet or a file that ends in \.keras"),
        ("weights", ["none"], "weights must be text"),
        ("fit", "squash", "fit must be one of crop, stretch, but 'squash' was given"),
        (
            "splits",
            "mine",
            r"splits must be one of official, train\+validation, re-split, but 'mine'",
        ),
        (
            "split_seed",
            -1,
            "split_seed must be a whole number from 0 to 4294967295, but -1 was given",
        ),
        ("jit", "perhaps", "jit must be one of auto, on, off, but 'perhaps' was given"),
        ("jit", True, "jit must be text, but True was given"),
        ("name", "x" * 61, "name may have 60 characters, but 61 were given"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RunConfig.from_dict({"recipe": RECIPE, field: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"devices": 3},
            "batch_size is 32, which 3 devices cannot divide evenly; .* multiple of 3",
        ),
        ({"devices": 2, "batch_size": 1}, "batch_size is 1, which 2 devices cannot divide"),
        ({"devices": 2, "jit": "on"}, "jit is on, but XLA does not compile a step on 2 devices"),
    ],
)
def test_what_devices_cannot_do_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RunConfig.from_dict({"recipe": RECIPE, **changes})


def test_unknown_and_missing_fields_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"epoch is not a field .* allowed are recipe, model, data, size"
    ):
        RunConfig.from_dict({"recipe": RECIPE, "epoch": 3})
    with pytest.raises(ConfigError, match="recipe is missing"):
        RunConfig.from_dict({"size": 64})
    for wrong in ([], None, "size=64"):
        with pytest.raises(ConfigError, match="must be an object"):
            RunConfig.from_dict(wrong)


def test_an_invalid_recipe_is_a_recipe_error() -> None:
    with pytest.raises(RecipeError, match="no_such_op"):
        RunConfig.from_dict({"recipe": {"version": 1, "steps": [{"op": "no_such_op"}]}})


def test_class_names_of_the_data_may_be_used_in_the_recipe() -> None:
    steps = [{"op": "grayscale", "classes": ["dandelion clock"]}]
    config = RunConfig.from_dict({"recipe": {"version": 1, "steps": steps}})
    assert config.recipe.steps[0].classes == (1,)


def test_numbers_have_the_type_of_their_field() -> None:
    config = RunConfig.from_dict({"recipe": RECIPE, "epochs": 3.0, "learning_rate": 1})
    assert isinstance(config.epochs, int)
    assert isinstance(config.learning_rate, float)


def test_a_missing_file_of_weights_is_an_error_when_it_is_needed(
    home: Path, tmp_path: Path
) -> None:
    config = RunConfig.from_dict({"recipe": RECIPE, "weights": str(tmp_path / "mine.keras")})
    with pytest.raises(ConfigError, match=r"weights names the file .*mine\.keras"):
        config.check_inputs()


def test_data_that_is_not_prepared_is_an_error(home: Path) -> None:
    config = RunConfig.from_dict({"recipe": RECIPE, "data": "tfds:oxford_flowers102", "size": 32})
    with pytest.raises(DataError, match="data prepare"):
        config.check_inputs()


def test_splits_that_the_data_do_not_have_are_an_error(home: Path) -> None:
    config = RunConfig.from_dict({"recipe": RECIPE, "size": 32, "splits": "train+validation"})
    with pytest.raises(DataError, match=r"'train\+validation' need .* choose official or re-split"):
        config.check_inputs()


def test_data_without_a_train_split_are_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig.from_dict({"recipe": RECIPE, "size": 32})
    prepared = config.prepared()
    only = replace(prepared, splits={"test": prepared.split("validation")})
    monkeypatch.setattr(data, "open_prepared", lambda *_, **__: only)
    with pytest.raises(DataError, match="no split 'train'; its splits are test"):
        config.check_inputs()


def test_the_data_are_opened_as_configured(home: Path) -> None:
    values = {"recipe": RECIPE, "size": 32, "fit": "stretch", "splits": "re-split"}
    first, second = (
        RunConfig.from_dict(values | {"split_seed": seed}).prepared() for seed in (1, 2)
    )
    assert (first.fit, first.scheme) == ("stretch", "re-split")
    assert set(first.split("test").ids.tolist()) != set(second.split("test").ids.tolist())


def test_a_configuration_from_before_there_were_splits_keeps_its_meaning() -> None:
    values = RunConfig.from_dict({"recipe": RECIPE}).to_dict()
    for name in ("fit", "splits", "split_seed", "leave_out"):
        del values[name]
    config = RunConfig.from_dict(values)
    assert (config.fit, config.splits, config.split_seed) == ("crop", "official", 0)
    assert config.leave_out == "nothing"


def test_limits_are_those_of_the_rest_of_the_program() -> None:
    assert (limits("size").low, limits("size").high) == (data.SMALLEST, data.LARGEST)
    assert limits("size").unit == "px"
    assert limits("seed") is limits("split_seed") is SEED


def test_runs_import_no_train_and_neither_imports_keras_or_tensorflow() -> None:
    code = (
        "import sys, augment.runs, augment.runs.supervisor, augment.runs.removal\n"
        "assert not [name for name in sys.modules if name.startswith('augment.train')]\n"
        "import augment.train, augment.train.trainer\n"
        "assert not {'keras', 'tensorflow', 'streamlit', 'jax'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=DEADLINE_S)
