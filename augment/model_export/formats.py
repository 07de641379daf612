"""The conversion of a saved model. It needs Keras: the helper process imports it, or the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np

from augment import runs
from augment.engine.limits import shorten
from augment.errors import AugmentError, ConfigError, RunError
from augment.helper import Steps, one_line
from augment.model_export import (
    FORMATS,
    KERAS,
    LITERT,
    ONNX,
    SAVED_MODEL,
    WEB,
    Format,
    missing,
)
from augment.model_export.archive import (
    ArchiveFacts,
    archive_facts,
    archive_path,
    finished,
    write_archive,
)
from augment.model_export.web import web_page
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.system import files
from augment.train.testing import load

T = TypeVar("T")

_STEP_S = 0.3


def export(report: Callable[[str], None], run_id: str, to: str) -> Steps[str]:
    """Make the archive of a run's model in a format, unless it is there; a task of the helper process.

    It is a generator: it yields several times a second, and its value is the path of the archive.

    Args:
        report: Called with what is being done.
        run_id: The id of a run that is over.
        to: The name of a format in `FORMATS`.

    Raises:
        ConfigError: There is no such format, or what makes it is not installed.
        RunError: There is no such run, it is not over, it has no model that can be loaded and converted,
            its classes are not known, or its folder cannot be written.
    """
    if to not in FORMATS:
        raise ConfigError(
            f"The format must be one of {', '.join(FORMATS)}, but {shorten(to)} was given."
        )
    run = runs.get(run_id)
    facts = archive_facts(run)
    if why_not := missing(to):
        raise ConfigError(f"{why_not}.")
    exports = RunFolder(run.path).exports
    try:
        exports.mkdir(exist_ok=True)
        while (lock := files.acquire(exports / ".lock", timeout=_STEP_S)) is None:
            report("waiting for another process that prepares this model")
            yield
        with lock:
            if finished(run, to) is None:
                yield from _export(report, run, FORMATS[to], facts, exports / ".making")
    except OSError as error:
        raise folders.cannot_write(error) from error
    return str(archive_path(run, to))


def _export(
    report: Callable[[str], None], run: Run, to: Format, facts: ArchiveFacts, work: Path
) -> Steps[None]:
    shutil.rmtree(work, ignore_errors=True)  # of a process that was killed
    try:
        content = work / "content"
        content.mkdir(parents=True)
        report("loading the model")
        model = yield from _apart(lambda: load(RunFolder(run.path), facts))
        report(f"converting it to {to.title}")
        yield from _apart(lambda: convert(model, RunFolder(run.path), to, facts, content))
        for name in write_archive(content, work / "archive.zip", run, to, facts):
            report(f"writing {name}")
            yield
    finally:
        shutil.rmtree(work, ignore_errors=True)


def convert(
    model: keras.Model, folder: RunFolder, to: Format, facts: ArchiveFacts, content: Path
) -> None:
    """Write a model in a format into an empty folder.

    Args:
        model: The model, as it was loaded.
        folder: The folder of its run.
        to: The format.
        facts: The facts of the run.
        content: Where to write it.

    Raises:
        OSError: It cannot be written.
        RunError: It cannot be converted; the message has the reason.
    """
    try:
        if to.name == KERAS:
            with files.opened(folder.best) as source, (content / to.model).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        elif to.name == WEB:
            made = content.parent / FORMATS[LITERT].model
            # LiteRT in browsers cannot change the number of pictures, as the others can.
            _convert(model, FORMATS[LITERT], made, pictures=1)
            web_page(content, made, facts)
        else:
            _convert(model, to, content / to.model)
    except (AugmentError, OSError):
        raise
    except Exception as error:  # converters fail in any way
        raise RunError(
            f"The model of the run {folder.id} cannot be converted to {to.title} ({one_line(error)})."
        ) from error


def in_float32(model: keras.Model) -> keras.Model:
    """Return the network of a model with its weights, computed in float32; itself if it is already."""
    if all(layer.compute_dtype in ("float32", "uint8") for layer in model.layers):
        return model

    def cloned(layer: keras.layers.Layer) -> keras.layers.Layer:
        settings = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer):
            settings["dtype"] = "float32"
        return type(layer).from_config(settings)

    copy = keras.models.clone_model(model, clone_function=cloned)
    copy.set_weights(model.get_weights())
    return copy


def _convert(model: keras.Model, to: Format, path: Path, *, pictures: int | None = None) -> None:
    """Write a model in a format, for so many pictures at a time; for any number by default."""
    if to.in_float32:
        model = in_float32(model)
    # The trace of a model that was loaded, but never called, lacks its name for the input.
    model(np.zeros((1, *model.input_shape[1:]), np.uint8), training=False)
    if to.name == SAVED_MODEL:
        model.export(path, format="tf_saved_model", verbose=False)
    elif to.name == ONNX:
        for layer in model.layers:
            if isinstance(layer, keras.layers.Normalization):
                # Tensors that a trace captures become inputs of the ONNX model; arrays are in it.
                layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
        model.export(path, format="onnx", verbose=False)
    elif to.name == LITERT:
        import tensorflow as tf

        # By way of a SavedModel: from a Keras model the converter prints two lines for each weight.
        saved = path.with_name("for_litert")
        taken = keras.InputSpec("uint8", (pictures, *model.input_shape[1:]), name="pixels")
        model.export(saved, format="tf_saved_model", verbose=False, input_signature=[taken])
        path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(saved)).convert())
        shutil.rmtree(saved)


def _apart(work: Callable[[], T]) -> Steps[T]:
    """Do work in a thread, and yield meanwhile: a conversion takes up to a minute without a pause."""
    with ThreadPoolExecutor(1, thread_name_prefix="export") as pool:
        done = pool.submit(work)
        while not wait([done], _STEP_S).done:
            yield
        return done.result()
