"""Evaluating the saved model of a run on the test split; that needs Keras, but no training."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np

from augment import runs
from augment.data import Prepared
from augment.data.source import TEST, VALIDATION, Progress
from augment.errors import RunError
from augment.helper import Steps, by_stages, finish, one_line
from augment.models.weights import HEAD
from augment.runs import Run, folders
from augment.runs.evaluation import record_test
from augment.runs.folders import RunFolder
from augment.system import files
from augment.train.predicting import Predictor, batch_of_a_step
from augment.train.record import best_epoch


def test(report: Callable[[str], None], run_id: str) -> Steps[dict[str, Any]]:
    """Evaluate a run on its test split; a task of the helper process (`augment.helper.TASKS`)."""
    return evaluating(run_id, by_stages(report))


def evaluate_on_test(run_id: str, progress: Progress) -> dict[str, Any]:
    """Evaluate the saved model of a run on its test split, as `evaluating` does, without steps."""
    return finish(evaluating(run_id, progress))


def evaluating(run_id: str, progress: Progress) -> Steps[dict[str, Any]]:
    """Evaluate the saved model of a run on its test split, and write the result into its folder.

    It steps aside before the model is loaded, and after each batch. It is computed anew each time, which
    also shows whether the model and the data are still the same.

    Args:
        run_id: The id of a run that is over.
        progress: Called with the pictures done, all of them (0 while the model is loaded), and what is
            being done.

    Returns:
        The entries of ``test.json`` (`augment.runs.evaluation.record_test`).

    Raises:
        DataError: The data is not prepared, or has no test split.
        RunError: There is no such run, it is not over, it has no model that can be loaded, its data has
            changed, or its folder cannot be written.
    """
    run, prepared = evaluable(run_id, TEST)
    assert run.config is not None  # checked by `evaluable`
    folder, split, epoch = RunFolder(run.path), prepared.split(TEST), _epoch(run)
    run.test()  # it must be readable, before the work
    progress(0, 0, "loading the model")
    yield
    model = load(folder, prepared)
    predictor = Predictor(model, pictures=batch_of_a_step(prepared.size))
    predictions = yield from predictor.predicting(split, progress=progress)
    try:
        return record_test(
            folder,
            predictions,
            prepared.class_names,
            epoch=epoch,
            label_smoothing=run.config.label_smoothing,
            stopped_early=run.stopped_early,
        )
    except OSError as error:
        raise folders.cannot_write(error) from error


def evaluable(run_id: str, split: str) -> tuple[Run, Prepared]:
    """Return a run whose saved model can be evaluated on a split, and its data; nothing is loaded yet.

    Args:
        run_id: The id of a run.
        split: "validation" or "test".

    Raises:
        DataError: The data is not prepared, or has no such split.
        RunError: There is no such run, it is not over, it has no saved model, or its data has changed.
    """
    run = runs.get(run_id)
    if run.config is None:
        raise RunError(f"The run {run.id} cannot be evaluated: {run.problem}")
    if not run.is_over:
        raise RunError(
            f"The run {run.id} is not over yet ({run.phase}); its {split} split is evaluated after "
            "its end."
        )
    run.check_model()
    prepared = run.config.prepared()
    prepared.split(split)
    _check_unchanged(run, prepared)
    return run, prepared


class Shape(Protocol):
    """What decides the shape of a model: prepared data, or what is known of them."""

    @property
    def size(self) -> int:
        """Side of the pictures, in pixels."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes."""


def load(folder: RunFolder, prepared: Shape) -> keras.Model:
    """Return the saved model of a run; RunError if it cannot be loaded or is not one for this data."""
    try:
        with files.opened(folder.best):
            model = keras.saving.load_model(folder.best, compile=False, safe_mode=True)
    except Exception as error:
        # A damaged archive fails in any way: of zipfile, of HDF5, of JSON, of Keras. Of a file that is
        # no archive Keras says that it was not found.
        is_other = files.exists(folder.best) and not zipfile.is_zipfile(folder.best)
        reason = "it is no zip archive, as .keras files are" if is_other else one_line(error)
        raise RunError(
            f"The model of the run {folder.id} (best.keras) cannot be loaded: it is damaged, of "
            f"another version of Keras, or holds code, which is never run ({reason})."
        ) from error
    pixels, shares = (prepared.size, prepared.size, 3), (len(prepared.class_names),)
    if (model.input_shape[1:], model.output_shape[1:]) != (pixels, shares):
        raise RunError(
            f"The model of the run {folder.id} (best.keras) takes {model.input_shape[1:]} and returns "
            f"{model.output_shape[1:]}, but its data needs {pixels} and {shares}."
        )
    if model.layers[-1].name != HEAD:
        raise RunError(
            f"The model of the run {folder.id} (best.keras) ends in the layer"
            f" {model.layers[-1].name!r}, not in the dense layer {HEAD!r}, as those trained here do."
        )
    return model


def _epoch(run: Run) -> int:
    """Return the epoch after which the model was saved; a run that failed has no evaluation."""
    if epoch := (run.evaluation() or {}).get("epoch"):
        return int(epoch)
    rows = run.epochs()
    if not rows:
        raise RunError(f"The run {run.id} has no finished epoch in metrics.csv.")
    figures = {
        int(row["epoch"]): (row["val_accuracy"], row["val_loss"])
        for row in rows
        if "val_accuracy" in row
    }
    return best_epoch(figures) if figures else int(rows[-1]["epoch"])


def _check_unchanged(run: Run, prepared: Prepared) -> None:
    """Raise a RunError where the run was evaluated on other pictures or classes than there are now."""
    changed = f"{prepared.stored.place.label} has changed since the run {run.id}: it has other"
    classes = run.class_names()
    if classes and classes != prepared.class_names:
        raise RunError(
            f"{changed} classes, so there are no pictures for its model any more; train again."
        )
    for name in (VALIDATION, TEST):
        known, split = run.predictions(name), prepared.splits.get(name)
        if known and not (
            split
            and np.array_equal(known.ids, split.ids)
            and np.array_equal(known.labels, split.labels)
        ):
            raise RunError(
                f"{changed} {name} pictures, so the figures would not be of the same data; train again."
            )
