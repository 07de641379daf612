"""DenseNet121: the layers of Keras' own, pictures as the engine makes them, and its public weights."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from augment import presets  # noqa: E402 - after the skip
from augment.models import densenet121, weights  # noqa: E402
from augment.models.fused_batch_norm import FusedBatchNormalization  # noqa: E402
from augment.runs.config import RunConfig  # noqa: E402
from augment.train.network import compile_for_training  # noqa: E402

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> keras.Model:  # type: ignore[name-defined]
    keras.utils.set_random_seed(1)
    return densenet121.build(size=32, classes=5)


@pytest.fixture(scope="module")
def theirs() -> keras.Model:  # type: ignore[name-defined]
    return keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )


def test_it_takes_uint8_and_returns_probabilities(network: keras.Model) -> None:  # type: ignore[name-defined]
    predicted = np.asarray(network(PIXELS))
    assert (network.name, network.inputs[0].name) == ("densenet121", "pixels")
    assert network.inputs[0].dtype == "uint8"
    assert predicted.shape == (3, 5)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-5)


def test_its_layers_are_those_of_keras(
    network: keras.Model,  # type: ignore[name-defined]
    theirs: keras.Model,  # type: ignore[name-defined]
) -> None:
    ours = network.layers[3:-1]
    assert network.layers[-1].name == "head"
    normalising = keras.layers.BatchNormalization
    for layer, their in zip(ours, theirs.layers[1:], strict=True):
        assert not layer.weights or layer.name == their.name
        assert type(layer) is (
            FusedBatchNormalization if type(their) is normalising else type(their)
        )
    assert theirs.count_params() == 7_037_504


def test_batch_statistics_adapt_within_a_short_run(network: keras.Model) -> None:  # type: ignore[name-defined]
    normalising = keras.layers.BatchNormalization
    layers = [layer for layer in network.layers if isinstance(layer, normalising)]
    assert {layer.momentum for layer in layers} == {0.9}
    assert len(layers) == 121


def test_the_last_block_is_the_fourth(network: keras.Model) -> None:  # type: ignore[name-defined]
    names = [layer.name for layer in network.layers]
    start = names.index(densenet121.LAST_BLOCK)
    assert names[start - 1] == "pool4_pool"
    assert not any(name.startswith("conv5") for name in names[:start])


def test_a_step_trains_every_variable(network: keras.Model) -> None:  # type: ignore[name-defined]
    config = RunConfig(recipe=presets.PRESETS["guide"].recipe, model="densenet121", size=32)
    compile_for_training(network, config, steps=1, batch_size=3, epochs=1)
    network.run_eagerly = True  # the graph of 121 layers takes far longer
    before = [np.asarray(variable).copy() for variable in network.trainable_variables]
    assert len(before) == 364
    network.train_on_batch(PIXELS, np.eye(5, dtype=np.float32)[:3])
    for variable, value in zip(network.trainable_variables, before, strict=True):
        assert (np.asarray(variable) != value).any(), variable.path


def test_public_weights_are_downloaded_and_expect_what_the_model_computes(
    network: keras.Model,  # type: ignore[name-defined]
    theirs: keras.Model,  # type: ignore[name-defined]
    home: Path,
    served: Callable[[bytes], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Features of Keras' network with Keras' preprocessing, and with the same weights in ours."""
    theirs.save(home.parent / "notop.h5")
    content = (home.parent / "notop.h5").read_bytes()
    public = dataclasses.replace(
        densenet121.IMAGENET_FILE,
        url=f"{served(content)}/notop.h5",
        md5=hashlib.md5(content).hexdigest(),
    )
    monkeypatch.setattr(densenet121, "IMAGENET_FILE", public)
    densenet121.load_imagenet(network)
    preprocessed = keras.applications.densenet.preprocess_input(PIXELS.astype(np.float32))
    features = keras.Model(network.input, network.get_layer(weights.HEAD).input)
    np.testing.assert_allclose(features(PIXELS), theirs(preprocessed), rtol=1e-3, atol=1e-4)
