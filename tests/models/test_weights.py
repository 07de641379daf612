"""Weights from files and from a server, or the reason why not; and which layers are trained."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from augment.errors import ConfigError

keras = pytest.importorskip("keras")

from augment.models import weights  # noqa: E402 - after the skip
from augment.models.fused_batch_norm import PlainCopy, fused, plain  # noqa: E402

INPUTS = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)


def network(classes: int = 5, filters: int = 4) -> keras.Model:  # type: ignore[name-defined]
    layers = keras.layers
    pixels = keras.Input((8, 8, 3), name="pixels")
    x = layers.BatchNormalization(name="bn1")(layers.Conv2D(filters, 3, name="conv1")(pixels))
    x = layers.BatchNormalization(name="bn2")(layers.Conv2D(4, 3, name="conv2")(x))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return fused(keras.Model(pixels, layers.Dense(classes, name="head")(x), name="densenet121"))


def saved(source: keras.Model, path: Path) -> str:  # type: ignore[name-defined]
    """Write the weights as each kind of file has them, and return the path."""
    if path.name.endswith(".keras"):
        PlainCopy(source).save(path)
    elif path.name.endswith(".weights.h5"):
        plain(source).save_weights(path)
    else:
        plain(keras.Model(source.input, source.get_layer("head").input)).save(path)
    return str(path)


@pytest.mark.parametrize("name", ["best.keras", "best.weights.h5", "notop.h5"])
def test_a_file_is_loaded_with_its_head_if_that_fits(tmp_path: Path, name: str) -> None:
    source, same, other = network(), network(), network(classes=9)
    source.set_weights([np.random.default_rng(1).random(w.shape) for w in source.weights])
    path = saved(source, tmp_path / name)
    own_heads = [model.get_layer("head").get_weights() for model in (same, other)]
    for model in (same, other):
        weights.load(model, path)
        for ours, theirs in zip(model.weights[:-2], source.weights[:-2], strict=True):
            np.testing.assert_array_equal(ours, theirs)
    has_head = name != "notop.h5"
    np.testing.assert_array_equal(
        same.get_layer("head").get_weights()[0],
        source.get_layer("head").get_weights()[0] if has_head else own_heads[0][0],
    )
    np.testing.assert_array_equal(other.get_layer("head").get_weights()[0], own_heads[1][0])


@pytest.mark.parametrize("name", ["text.keras", "text.weights.h5", "text.h5"])
def test_a_file_without_weights_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("no weights")
    with pytest.raises(ConfigError, match="does not contain weights of the model densenet121"):
        weights.load(network(), str(path))


def test_an_archive_with_a_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    path = Path(saved(network(), tmp_path / "best.keras"))
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"Conv2D"', b'"Conv3D"', 1))
    with pytest.raises(ConfigError, match="does not contain weights of the model densenet121"):
        weights.load(network(), str(path))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("other.keras", "its layer conv1 has another shape"),
        ("other.weights.h5", "it has no layer conv1 of this shape"),
        ("other.h5", "conv1"),
        ("tiny.keras", "it has no layer conv1"),
        ("tiny.weights.h5", "it has no layer conv1"),
    ],
)
def test_weights_of_another_model_are_an_error(tmp_path: Path, name: str, problem: str) -> None:
    path, model = tmp_path / name, network()
    if name.startswith("other"):
        saved(network(filters=6), path)
    else:
        tiny = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="head")])
        tiny.save(path) if name.endswith(".keras") else tiny.save_weights(path)
    before = model.get_weights()
    with pytest.raises(ConfigError, match=problem):
        weights.load(model, str(path))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


CONTENT = b"weights"
MD5 = hashlib.md5(CONTENT).hexdigest()


def public(url: str, md5: str = MD5) -> weights.PublicFile:
    return weights.PublicFile(url=url, md5=md5, megabytes=29)


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras"


def test_a_public_file_is_downloaded_once(home: Path, served: Callable[[bytes], str]) -> None:
    url = f"{served(CONTENT)}/public.h5"
    path = weights.fetch(public(url), "densenet121")
    assert (path, path.read_bytes()) == (home / "weights" / "public.h5", CONTENT)
    assert weights.fetch(public("http://127.0.0.1:1/public.h5"), "densenet121") == path
    path.write_bytes(CONTENT[:-1])
    assert weights.fetch(public(url), "densenet121").read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["public.h5"]


def test_a_file_that_keras_has_is_not_downloaded_again(home: Path, keras_home: Path) -> None:
    (keras_home / "models").mkdir(parents=True)
    path = keras_home / "models" / "public.h5"
    path.write_bytes(CONTENT)
    assert weights.fetch(public("http://127.0.0.1:1/public.h5"), "densenet121") == path


def test_a_damaged_file_is_named_where_there_is_no_network(home: Path, refusing: str) -> None:
    (home / "weights").mkdir(parents=True)
    (home / "weights" / "public.h5").write_bytes(b"half")
    with pytest.raises(ConfigError, match=r"the file .*/weights/public.h5 has another checksum"):
        weights.fetch(public(f"{refusing}/public.h5"), "densenet121")


@pytest.fixture
def refusing() -> Iterator[str]:
    """An address where nothing listens, and nobody else can."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.mark.parametrize(
    ("path", "md5", "is_served", "problem"),
    [
        ("/public.h5", MD5, False, "connection refused"),
        ("/public.h5", "0" * 32, True, "what came has another checksum"),
        ("/missing", MD5, True, "404"),
    ],
)
def test_a_failed_download_says_what_to_do(
    home: Path,
    served: Callable[[bytes], str],
    refusing: str,
    path: str,
    md5: str,
    is_served: bool,
    problem: str,
) -> None:
    url = f"{served(CONTENT) if is_served else refusing}{path}"
    with pytest.raises(ConfigError) as failed:
        weights.fetch(public(url, md5), "densenet121")
    place = home / "weights" / path[1:]
    for part in ("DenseNet121", url, problem, f"save it as {place}", "--weights FILE"):
        assert part in str(failed.value)
    assert list((home / "weights").iterdir()) == []


def test_a_full_disk_is_named(home: Path, served: Callable[[bytes], str]) -> None:
    (home / "weights").mkdir(parents=True)
    (home / "weights" / f".public.h5.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(ConfigError, match=r"cannot be written to .*No space left.*AUGMENT_HOME"):
        weights.fetch(public(f"{served(CONTENT)}/public.h5"), "densenet121")


@pytest.mark.parametrize(
    ("trainable", "freeze", "trained"),
    [
        ("all", False, {"conv1", "bn1", "conv2", "bn2", "head"}),
        ("all", True, {"conv1", "conv2", "head"}),
        ("last_block", False, {"conv2", "bn2", "head"}),
        ("last_block", True, {"conv2", "head"}),
        ("head", True, {"head"}),
    ],
)
def test_the_layers_that_are_trained(trainable: str, freeze: bool, trained: set[str]) -> None:
    model = network()
    model.trainable = False
    weights.set_trainable(model, trainable, last_block="conv2", freeze_batch_norm=freeze)
    assert {layer.name for layer in model.layers if layer.trainable_weights} == trained
    model.trainable = True
    assert weights_trained_in_a_step(model, trainable, freeze) == trained


def weights_trained_in_a_step(model: keras.Model, trainable: str, freeze: bool) -> set[str]:  # type: ignore[name-defined]
    """Return the layers whose weights a training step changes."""
    weights.set_trainable(model, trainable, last_block="conv2", freeze_batch_norm=freeze)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    model.train_on_batch(INPUTS, np.ones((2, 5), np.float32))
    return {
        layer.name
        for layer in model.layers
        if any((a != b).any() for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
    }
