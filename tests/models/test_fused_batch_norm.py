"""Fused batch normalisation against Keras' own layer, and checkpoints that Keras opens without us."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
if keras.backend.backend() != "tensorflow":
    pytest.skip("the kernel is TensorFlow's", allow_module_level=True)

from augment.models.fused_batch_norm import (  # noqa: E402 - after the skips
    FusedBatchNormalization,
    PlainCopy,
    plain,
)

SHAPE = (4, 3, 5, 6)
TOLERANCE = {"float32": 1e-5, "mixed_bfloat16": 2e-2, "mixed_float16": 2e-3}


def pair(shape: tuple[int, ...] = SHAPE, **options: Any) -> tuple[Any, Any]:
    """Return Keras' layer and ours with the same random weights."""
    layers = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        layer = kind(epsilon=1.001e-5, **options)
        layer.build(shape)
        rng = np.random.default_rng(1)
        layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
        layers.append(layer)
    return layers[0], layers[1]


def results(layer: Any, inputs: np.ndarray, **call: Any) -> list[np.ndarray]:
    """Return output, gradients (of inputs, then of the trainable weights) and weights after a call."""

    @tf.function
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = layer(x, **call)
            loss = tf.reduce_sum(tf.sin(3 * tf.cast(output, "float32")))
        return output, tape.gradient(loss, [x, *(w.value for w in layer.trainable_variables)])

    output, gradients = run(tf.constant(inputs))
    return [np.asarray(tf.cast(value, "float32")) for value in (output, *gradients)] + [
        np.asarray(weight) for weight in layer.weights
    ]


def assert_alike(
    layers: tuple[Any, Any], inputs: np.ndarray, tolerance: float, **call: Any
) -> None:
    expected, ours = (results(layer, inputs, **call) for layer in layers)
    assert len(expected) == len(ours)
    for theirs, value in zip(expected, ours, strict=True):
        assert value.shape == theirs.shape
        limit = tolerance * max(1.0, float(np.abs(theirs).max()))
        np.testing.assert_allclose(value, theirs, rtol=0, atol=limit)


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each use of the kernel."""
    used: list[int] = []
    kernel = tf.raw_ops.FusedBatchNormV3

    def counted(**arguments: Any) -> Any:
        used.append(1)
        return kernel(**arguments)

    monkeypatch.setattr(tf.raw_ops, "FusedBatchNormV3", counted)
    return used


@pytest.mark.parametrize("policy", TOLERANCE)
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_it_computes_what_keras_computes(
    training: bool, frozen: bool, policy: str, kernels: list[int]
) -> None:
    layers = pair(dtype=policy, momentum=0.7)
    for layer in layers:
        layer.trainable = not frozen
    before = layers[1].get_weights()
    inputs = np.random.default_rng(2).normal(2, 3, SHAPE).astype(np.float32)
    assert_alike(layers, inputs, TOLERANCE[policy], training=training)
    assert bool(kernels) != (training and frozen)
    assert {weight.dtype for weight in layers[1].weights} == {"float32"}
    if frozen or not training:
        for old, new in zip(before, layers[1].get_weights(), strict=True):
            np.testing.assert_array_equal(new, old)


def test_one_value_a_channel_has_no_variance() -> None:
    assert_alike(pair((1, 1, 1, 3)), np.ones((1, 1, 1, 3), np.float32), 1e-4, training=True)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 6), {}),
        ((4, 3, 5, 6), {"axis": 1}),
        ((2, 2, 2, 2, 6), {}),
        (SHAPE, {"scale": False}),
        (SHAPE, {"center": False}),
        (SHAPE, {"renorm": True}),
        (SHAPE, {"dtype": "float64"}),
        (SHAPE, {"dtype": "bfloat16"}),
    ],
)
def test_what_the_kernel_does_not_do_is_left_to_keras(
    shape: tuple[int, ...], options: dict[str, Any], kernels: list[int]
) -> None:
    inputs = np.random.default_rng(2).normal(2, 3, shape).astype(np.float32)
    assert_alike(pair(shape, **options), inputs, 0, training=True)
    assert not kernels


def test_masked_positions_do_not_count(kernels: list[int]) -> None:
    mask = np.random.default_rng(3).random(SHAPE[:-1]) < 0.5
    inputs = np.random.default_rng(2).normal(2, 3, SHAPE).astype(np.float32)
    assert_alike(pair(), inputs, 0, training=True, mask=mask)
    assert not kernels


def network(kind: type = FusedBatchNormalization) -> Any:
    pixels = keras.Input((8, 8, 3), name="pixels")
    hidden = keras.layers.Conv2D(4, 3, use_bias=False, name="conv")(pixels)
    hidden = keras.layers.ReLU(name="relu")(kind(name="bn", momentum=0.8)(hidden))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(hidden)
    return keras.Model(pixels, keras.layers.Dense(3, name="head")(pooled))


def test_under_a_strategy_it_trains_as_keras_does() -> None:
    """On one device; trainings with ``--devices 2`` are tested with the command."""
    inputs = np.random.default_rng(2).normal(2, 3, (6, 8, 8, 3)).astype(np.float32)
    labels = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    weights = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        keras.utils.set_random_seed(5)
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            model = network(kind)
            model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
        for start in (0, 4):
            model.train_on_batch(inputs[start : start + 4], labels[start : start + 4])
        weights.append(model.get_weights())
    for theirs, ours in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_checkpoint_has_no_class_of_ours_and_the_weights_of_the_moment(tmp_path: Path) -> None:
    model = network()
    model.get_layer("conv").trainable = False
    checkpoint, path = PlainCopy(model), tmp_path / "best.keras"
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        model.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in model.weights])
        checkpoint.save(path)
        with zipfile.ZipFile(path) as archive:
            assert b"augment" not in archive.read("config.json")
        opened = keras.saving.load_model(path, compile=False)
        inputs = rng.normal(size=(2, 8, 8, 3)).astype(np.float32)
        np.testing.assert_allclose(opened(inputs), model(inputs), rtol=1e-4)
    assert type(opened.get_layer("bn")) is keras.layers.BatchNormalization
    assert opened.get_layer("bn").momentum == 0.8


def test_a_plain_network_has_the_same_layers() -> None:
    model = network()
    assert [layer.name for layer in plain(model).layers] == [layer.name for layer in model.layers]
