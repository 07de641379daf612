"""What the tests of the training share: a configuration, a tiny network, one run through the queue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment import data, presets, runs
from augment.data.store.prepared import Prepared, Split
from augment.runs.folders import RunFolder
from augment.train import RunConfig
from tests.cli.conftest import cli, shared_home
from tests.runs.conftest import eventually, live

__all__ = ["cli", "live", "shared_home"]

CONFIG = RunConfig(
    recipe=presets.PRESETS["guide"].recipe,
    model="small",
    size=32,
    epochs=3,
    batch_size=32,
    learning_rate=0.02,
    precision="float32",
    seed=7,
    name="shared",
)


def tiny(seed: int = 0, *, size: int = 32, classes: int = 11, dtype: str = "float32") -> Any:
    """Return a network as `augment.models` builds them, which is traced in a moment."""
    import keras

    keras.utils.set_random_seed(seed)
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    small = keras.layers.AveragePooling2D(4)(keras.layers.Rescaling(1 / 255, dtype=dtype)(pixels))
    features = keras.layers.Flatten()(
        keras.layers.Conv2D(4, 3, padding="same", name="body", dtype=dtype)(small)
    )
    head = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="head")
    return keras.Model(pixels, head(features), name="tiny")


@pytest.fixture(scope="session")
def home_without_queue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for trainings in the process of a test.

    In another home, the folder that a test makes would be a queued run, and a scheduler would train it.
    """
    return tmp_path_factory.mktemp("without queue")


@pytest.fixture(scope="session")
def prepared(home_without_queue: Path) -> Prepared:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(home_without_queue))
        return data.open_prepared("bundled", 32)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def some_of(split: Split, rows: np.ndarray) -> Split:
    """Return a split with some of its rows."""
    images, labels, ids = split.images[rows], split.labels[rows], split.ids[rows]
    return replace(split, images=images, labels=labels, ids=ids, rows=split.rows[rows])


@pytest.fixture(scope="session")
def training_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="session")
def trained(trained_pair: list[runs.Run]) -> runs.Run:
    """A run at 32 px that went through queue, supervisor and trainer to its end."""
    return trained_pair[0]


@pytest.fixture(scope="session")
def trained_pair(training_home: Path) -> list[runs.Run]:
    """The run of `trained`, and one with another seed that followed it in its process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(training_home))
        orders = [runs.Order(config=replace(CONFIG, seed=seed)) for seed in (CONFIG.seed, 8)]
        ids = [run.id for run in runs.submit_all(orders)]
        for each in ids:
            eventually(lambda each=each: runs.get(each).is_over, seconds=240, what="it did not end")
        ended = [runs.get(each) for each in ids]
    for run in ended:
        assert run.state == "SUCCEEDED", f"{run.reason}\n{run.log()}"
    return ended
