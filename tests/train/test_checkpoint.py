"""The state of a training: saved and loaded whole, or refused in words for the one before."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from augment.runs.folders import RunFolder
from tests.conftest import ROOT

keras = pytest.importorskip("keras")

from augment.train import checkpoint  # noqa: E402 - after the skip

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (16, 8, 8, 3), np.uint8)
LABELS = np.eye(4, dtype=np.float32)[RANDOM.integers(0, 4, 16)]


def make(seed: int, *, filters: int = 4, policy: str = "float32") -> keras.Model:
    """A model with every sort of variable: trained, averaged, and the seed of a random layer."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    pixels = keras.Input((8, 8, 3), dtype="uint8")
    x = layers.Rescaling(1 / 255, dtype=policy)(pixels)
    x = layers.Conv2D(filters, 3, dtype=policy)(x)
    x = layers.BatchNormalization(dtype=policy)(x)
    x = layers.Dropout(0.5, dtype=policy)(layers.Flatten()(x))
    model = keras.Model(pixels, layers.Dense(4, activation="softmax", dtype="float32")(x))
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, "categorical_crossentropy")
    optimizer.build(model.trainable_variables)
    return model


def train(model: keras.Model, epochs: int) -> list[float]:
    told = model.fit(PICTURES, LABELS, batch_size=8, epochs=epochs, shuffle=False, verbose=0)
    return list(told.history["loss"])


def values(model: keras.Model) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables]
    return [np.asarray(variable) for variable in variables]


def assert_equal(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_the_epochs_after_a_resume_are_those_of_an_uninterrupted_training(
    folder: RunFolder, policy: str
) -> None:
    whole = make(1, policy=policy)
    train(whole, 2)
    folder.metrics.write_text("epoch,loss\n1,2.5\n2,2.25\n")
    assert checkpoint.save(folder, whole, epoch=2)
    expected = train(whole, 2)
    again = make(2, policy=policy)
    folder.metrics.write_text("epoch,loss\n1,2.5\n2,2.25\n3,1.1\n4,")
    folder.train_losses.write_bytes(b"of a later epoch")
    state = checkpoint.resume(folder, again)
    assert state is not None
    assert state.epoch == 2
    assert folder.metrics.read_text() == "epoch,loss\n1,2.5\n2,2.25\n"
    assert not folder.train_losses.exists()
    assert train(again, 2) == expected
    assert_equal(values(again), values(whole))


def test_there_is_no_state_before_the_first_is_saved(
    folder: RunFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.metrics.write_text("epoch\n1\n")
    assert checkpoint.resume(folder, make(1)) is None
    assert caplog.text == ""


def test_the_state_before_it_is_kept_and_nothing_else_is_left(folder: RunFolder) -> None:
    model = make(1)
    for epoch in (1, 2, 3):
        assert checkpoint.save(folder, model, epoch=epoch)
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "previous_state.npz",
        "state.npz",
    ]
    found = []
    for _ in range(2):
        state = checkpoint.load(folder, model)
        assert state is not None
        found.append(state.epoch)
        folder.resume_from.write_bytes(b"")
    assert found == [3, 2]
    assert checkpoint.load(folder, model) is None, "a state that cannot be used was used"


def as_npz(**entries: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, **entries)  # type: ignore[arg-type]
    return file.getvalue()


def as_npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def flipped(content: bytes) -> bytes:
    """A bit of the largest array is another one."""
    place = content.index(b"model/0000") + 400
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def of_another_network(content: bytes) -> bytes:
    return replaced(content, "model/0000", np.zeros((1, 3, 3, 3, 5), np.float32))


def replaced(content: bytes, name: str, value: object) -> bytes:
    with np.load(io.BytesIO(content)) as found:
        return as_npz(**{**found, name: value})


def without(content: bytes, name: str) -> bytes:
    with np.load(io.BytesIO(content)) as found:
        return as_npz(**{key: found[key] for key in found.files if key != name})


DAMAGED = "it is damaged or incomplete"
DAMAGE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("empty", lambda _: b"", "it is empty"),
    ("text", lambda _: b"no archive", DAMAGED),
    ("an array", lambda _: as_npy(np.zeros(3)), DAMAGED),
    ("zeros", lambda content: bytes(len(content)), DAMAGED),
    ("flipped", flipped, DAMAGED),
    ("pickle", lambda content: replaced(content, "epoch", np.array([{}])), DAMAGED),
    ("no epoch", lambda content: without(content, "epoch"), DAMAGED),
    ("an epoch of two", lambda content: replaced(content, "epoch", [1, 2]), DAMAGED),
    ("bad epoch", lambda content: replaced(content, "epoch", 0), "its epoch is 0"),
    ("later", lambda content: replaced(content, "format", 9), "format version 9, and version 1"),
    ("network", of_another_network, r"of another network: .* is float32 \(3, 3, 3, 5\) in it"),
    (
        "devices",
        lambda content: replaced(content, "model/0001", np.zeros((2, 4), np.float32)),
        "it is of a training on 2 devices, not 1",
    ),
    ("fewer", lambda content: without(content, "model/0003"), "with 8 variables and not 9"),
    ("optimiser", lambda content: without(content, "optimizer/0001"), "another optimiser"),
]


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return make(1)


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGE, ids=[row[0] for row in DAMAGE])
def test_a_state_that_cannot_be_used_is_replaced_by_the_one_before(
    folder: RunFolder,
    model: keras.Model,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: Callable[[bytes], bytes],
    words: str,
) -> None:
    for epoch in (4, 5):
        assert checkpoint.save(folder, model, epoch=epoch)
    folder.resume_from.write_bytes(damage(folder.resume_from.read_bytes()))
    state = checkpoint.load(folder, model)
    assert state is not None
    assert state.epoch == 4
    [record] = caplog.records
    said = record.getMessage()
    assert said.startswith("state.npz cannot be used: ")
    assert "\n" not in said
    assert re.search(words, said), said
    # The next state must not take the place of the only good one.
    assert not folder.resume_from_before.exists()
    assert checkpoint.load(folder, model) is not None


def test_a_state_that_is_cut_off_anywhere_is_refused(
    folder: RunFolder, model: keras.Model, caplog: pytest.LogCaptureFixture
) -> None:
    assert checkpoint.save(folder, model, epoch=4)
    content = folder.resume_from.read_bytes()
    lengths = {*range(0, len(content), 97), *range(len(content) - 30, len(content))}
    for length in lengths:
        folder.resume_from.write_bytes(content[:length])
        assert checkpoint.load(folder, model) is None, length
    assert len(caplog.records) == len(lengths)
    folder.resume_from.write_bytes(content)
    assert checkpoint.load(folder, model) is not None


def test_on_a_full_disk_the_last_state_stays_and_the_training_goes_on(
    folder: RunFolder,
    model: keras.Model,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert checkpoint.save(folder, model, epoch=1)

    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        assert not checkpoint.save(folder, model, epoch=2)
    assert "after epoch 2 could not be saved (No space left on device)" in caplog.text
    assert [path.name for path in folder.path.iterdir()] == ["state.npz"]
    state = checkpoint.load(folder, model)
    assert state is not None
    assert state.epoch == 1


class Killed(BaseException):
    """Nothing handles it, as nothing handles SIGKILL."""


@pytest.mark.parametrize("step", range(1, 5))
def test_killed_between_any_two_steps_of_saving(
    folder: RunFolder, model: keras.Model, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    for epoch in (1, 2):
        assert checkpoint.save(folder, model, epoch=epoch)
    steps = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            nonlocal steps
            steps += 1
            if steps == step:
                raise Killed
            return real(*args)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", counted(os.fsync))
        patch.setattr(Path, "replace", counted(Path.replace))
        try:
            checkpoint.save(folder, model, epoch=3)
            assert step == 4, "there are fewer steps than are tested"
            expected = 3
        except Killed:
            expected = 2
    state = checkpoint.load(folder, model)
    assert state is not None
    assert state.epoch == expected
    assert checkpoint.save(folder, model, epoch=expected + 1)
    state = checkpoint.load(folder, model)
    assert state is not None
    assert state.epoch == expected + 1


ON_TWO_DEVICES = """
import pathlib, sys
import tensorflow as tf
from augment.runs.folders import RunFolder
from augment.train import checkpoint
from tests.train.test_checkpoint import assert_equal, make, train

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    whole, again = make(1), make(2)

def copies(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [copy.numpy() for each in variables for copy in each.value.values]

folder = RunFolder(pathlib.Path(sys.argv[1]))
train(whole, 2)
checkpoint.save(folder, whole, epoch=2)
saved = copies(whole)
differ = sum((one != other).any() for one, other in zip(saved[::2], saved[1::2], strict=True))
assert differ == 2, "the statistics of batch normalisation are those of each device"
expected = train(whole, 1)
assert checkpoint.resume(folder, again).epoch == 2
assert_equal(copies(again), saved)
assert train(again, 1) == expected
assert_equal(copies(again), copies(whole))
"""


@pytest.mark.slow
def test_on_several_devices_each_goes_on_with_its_own_values(tmp_path: Path) -> None:
    """In a process of its own: a CPU is divided before TensorFlow uses it."""
    done = subprocess.run(
        [sys.executable, "-c", ON_TWO_DEVICES, tmp_path],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
