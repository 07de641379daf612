"""Weights of a model from a file, public files of weights, and which layers are trained."""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import keras
import numpy as np

from augment.data.sources.tfds.download import reason
from augment.errors import ConfigError
from augment.home import home
from augment.models import MODELS
from augment.models.fused_batch_norm import plain

HEAD = "head"
"""The name of the last layer, the only one that depends on the classes."""

_CONNECT_S, _SILENCE_S = 10.0, 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PublicFile:
    """A file of weights on a server.

    Attributes:
        url: Where it is; the last part is its name.
        md5: Its checksum, as its publisher gives it, in hexadecimal.
        megabytes: Its size.
    """

    url: str
    md5: str
    megabytes: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]


def load(model: keras.Model, path: str) -> None:
    """Load the weights of a file into a model; a head for another number of classes stays as it is.

    Args:
        model: As a module of `augment.models` builds it.
        path: A ``.keras`` file of a run or of Keras, a ``.weights.h5`` file of such a model, or an older
            ``.h5`` file of the body alone, such as those of ``keras.applications``.

    Raises:
        ConfigError: The file cannot be read, or holds the weights of another network.
    """
    try:
        if path.endswith(".keras"):
            _copy(keras.saving.load_model(path, compile=False), model)
        elif path.endswith(".weights.h5"):
            _copy(_with_weights(model, path), model)
        else:
            keras.Model(model.input, model.get_layer(HEAD).input).load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ConfigError(
            f"weights names the file {path}, which does not contain weights of the model {model.name}"
            f" ({first_line})."
        ) from error


def fetch(file: PublicFile, model: str) -> Path:
    """Return the path of a public file of weights, which is downloaded if it is not there yet.

    It is looked for in the folder ``weights`` of `augment.home.home`, and where Keras keeps such files.

    Args:
        file: The file.
        model: The name of its model in `MODELS`, for messages.

    Raises:
        ConfigError: It cannot be downloaded or written; the message says where to put it by hand.
    """
    path = home() / "weights" / file.name
    of_keras = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models" / file.name
    for known in (path, of_keras):
        if known.is_file() and _md5(known) == file.md5:
            return known
    problem = _download(file, path)
    if problem and path.is_file():
        problem = f"{problem}, and the file {path} has another checksum"
    if problem:
        raise ConfigError(
            f"The ImageNet weights of {MODELS[model].title} could not be downloaded from {file.url}"
            f" ({problem}). Connect to the network, or download that file elsewhere"
            f" ({file.megabytes} MB) and save it as {path}, or name it with --weights FILE."
        )
    return path


def set_trainable(
    model: keras.Model, trainable: str, *, last_block: str, freeze_batch_norm: bool
) -> None:
    """Choose the layers that are trained; compile the model afterwards.

    Args:
        model: As a module of `augment.models` builds it.
        trainable: ``"all"``, ``"last_block"`` (with what follows it) or ``"head"``.
        last_block: The name of the first layer of the last block.
        freeze_batch_norm: Whether batch normalisation is never trained, and uses its moving statistics.
    """
    first = {"all": model.layers[0].name, "last_block": last_block, "head": HEAD}[trainable]
    is_trained = False
    for layer in model.layers:
        is_trained = is_trained or layer.name == first
        frozen = freeze_batch_norm and isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = is_trained and not frozen


def _copy(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of all layers but the head, and of the head too if it has as many classes."""
    sources = {layer.name: layer for layer in source.layers}
    for layer in target.layers:
        if not layer.weights:
            continue
        if layer.name not in sources:
            if layer.name == HEAD:
                continue
            raise ValueError(f"it has no layer {layer.name}")
        values = sources[layer.name].get_weights()
        if [value.shape for value in values] == [tuple(w.shape) for w in layer.weights]:
            layer.set_weights(values)
        elif layer.name != HEAD:
            raise ValueError(f"its layer {layer.name} has another shape")


def _with_weights(model: keras.Model, path: str) -> keras.Model:
    """Return a copy of a model with the weights of a ``.weights.h5`` file, and its own head if need be.

    Keras skips a layer that does not fit only with all others that do not; they keep their NaN.
    """
    copy = plain(model)
    for layer in copy.layers:
        if layer.name != HEAD:
            layer.set_weights([np.full(weight.shape, np.nan) for weight in layer.weights])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        copy.load_weights(path, skip_mismatch=True)
    for layer in copy.layers:
        if any(np.isnan(values).all() for values in layer.get_weights()):
            raise ValueError(f"it has no layer {layer.name} of this shape")
    return copy


def _download(file: PublicFile, path: Path) -> str:
    """Download a file to ``path``; return why it was not possible, or nothing."""
    import requests

    _log.info(
        "downloading %s (%d MB) from %s", file.name, file.megabytes, urlsplit(file.url).netloc
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(exist_ok=True)
        with (
            draft.open("wb") as written,
            requests.get(file.url, stream=True, timeout=(_CONNECT_S, _SILENCE_S)) as answer,
        ):
            answer.raise_for_status()
            for part in answer.iter_content(1 << 20):
                written.write(part)
        if _md5(draft) != file.md5:
            return "what came has another checksum"
        draft.replace(path)
    except requests.RequestException as error:
        return reason(error)
    except OSError as error:
        raise ConfigError(
            f"The file {file.name} cannot be written to {path.parent} ({error.strerror or error}); free"
            " some space, or set AUGMENT_HOME to another folder."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return ""


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
