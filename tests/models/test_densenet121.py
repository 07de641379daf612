"""The model takes pictures as the engine makes them, and loads weights or reports why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from augment.errors import ConfigError

keras = pytest.importorskip("keras")

from augment.models import densenet121 as model  # noqa: E402 - after the skip


@pytest.fixture(scope="module")
def network() -> keras.Model:  # type: ignore[name-defined]
    keras.utils.set_random_seed(1)
    return model.build(size=32, classes=5, weights="none")


def test_it_takes_uint8_and_returns_probabilities(network: keras.Model) -> None:  # type: ignore[name-defined]
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    predicted = np.asarray(network(pixels))
    assert network.inputs[0].dtype == "uint8"
    assert predicted.shape == (3, 5)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-5)


def test_pictures_are_normalised_as_the_public_weights_expect(
    network: keras.Model,  # type: ignore[name-defined]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    inside = keras.Model(network.input, network.get_layer("normalisation").output)
    expected = keras.applications.imagenet_utils.preprocess_input(
        pixels.astype(np.float32), data_format="channels_last", mode="torch"
    )
    np.testing.assert_allclose(np.asarray(inside(pixels)), expected, atol=1e-5)


def test_its_layers_are_those_of_densenet121(network: keras.Model) -> None:  # type: ignore[name-defined]
    theirs = keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )
    expected = [layer.name for layer in theirs.layers if layer.weights]
    assert [layer.name for layer in network.layers if layer.weights] == [*expected, "head"]
    assert [type(layer) for layer in network.layers][3:-1] == [
        type(layer) for layer in theirs.layers[1:]
    ]
    assert theirs.count_params() == 7_037_504


def test_batch_statistics_adapt_within_a_short_run(network: keras.Model) -> None:  # type: ignore[name-defined]
    normalising = keras.layers.BatchNormalization
    layers = [layer for layer in network.layers if isinstance(layer, normalising)]
    assert {layer.momentum for layer in layers} == {0.9}
    assert len(layers) == 121


def test_weights_of_a_finished_run_are_loaded_with_the_head_if_it_fits(
    network: keras.Model,  # type: ignore[name-defined]
    tmp_path: Path,
) -> None:
    path = tmp_path / "best.keras"
    network.save(path)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    same = model.build(size=32, classes=5, weights=str(path))
    np.testing.assert_array_equal(np.asarray(same(pixels)), np.asarray(network(pixels)))
    other = model.build(size=32, classes=9, weights=str(path))
    assert np.asarray(other(pixels)).shape == (2, 9)
    kernel = "conv5_block16_2_conv"
    np.testing.assert_array_equal(
        other.get_layer(kernel).get_weights()[0], network.get_layer(kernel).get_weights()[0]
    )


@pytest.mark.parametrize("name", ["text.keras", "text.weights.h5", "text.h5"])
def test_a_file_without_weights_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("no weights")
    with pytest.raises(ConfigError, match="does not contain weights of this DenseNet121"):
        model.build(size=32, classes=5, weights=str(path))


def test_weights_of_another_model_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "small.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="head")]).save(path)
    with pytest.raises(ConfigError, match="it has no layer conv1_conv"):
        model.build(size=32, classes=5, weights=str(path))
