"""Loaded models, at most two at a time, and the task that predicts with them; needs Keras."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from augment.data import Prepared
from augment.engine.samples import Images
from augment.errors import DataError
from augment.predict.runs import model_facts, model_stamp
from augment.runs import Run, get
from augment.runs.folders import RunFolder
from augment.train.predicting import Predictor
from augment.train.testing import load

MOST = 2
"""How many models stay loaded: DenseNet121 takes 100 MB and seconds to load and trace."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """A model that is ready to predict.

    Attributes:
        run: The run, as it was when it was asked for.
        stamp: What tells its model from any other (`augment.predict.runs.model_stamp`).
        predictor: Predicts with it.
        class_names: One a class.
        size: Side of the pictures that it takes, in pixels.
        fit: How a picture becomes a square, "crop" or "stretch".
    """

    run: Run
    stamp: str
    predictor: Predictor
    class_names: tuple[str, ...]
    size: int
    fit: str

    @property
    def prepared(self) -> Prepared | None:
        """The data of the run as they are now; None where they are gone or not prepared."""
        assert self.run.config
        try:
            return self.run.config.prepared()
        except DataError:
            return None


class Models:
    """The models used last, by run and by the content of ``best.keras``.

    Args:
        most: How many stay loaded.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._loaded: OrderedDict[tuple[str, str], Predictor] = OrderedDict()

    def get(self, run_id: str, report: Callable[[str], None] = lambda _: None) -> Loaded:
        """Return the model of a run, loaded if it is not.

        Args:
            run_id: The run.
            report: Called with what is being done, where that takes seconds.

        Raises:
            RunError: There is no such run, or it has no model that can be loaded (`model_facts`).
        """
        run = get(run_id)
        facts = model_facts(run)
        stamp = model_stamp(run)
        key = (str(run.path), stamp)
        if key not in self._loaded:
            report("loading the model")
            model: keras.Model = load(RunFolder(run.path), facts)
            self._loaded[key] = Predictor(model, pictures=_BATCH)
            while len(self._loaded) > self._most:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(key)
        return Loaded(
            run=run,
            stamp=stamp,
            predictor=self._loaded[key],
            class_names=facts.class_names,
            size=facts.size,
            fit=facts.fit,
        )


_BATCH = 16

MODELS = Models()


def predict(report: Callable[[str], None], run_id: str, images: Images) -> npt.NDArray[np.float32]:
    """Return what the model of a run says of pictures; a task of the helper process.

    Args:
        report: Called with what is being done.
        run_id: The run.
        images: uint8 (N, S, S, 3), RGB, at the size of the run.

    Returns:
        float32 (N, K), natural logarithms of the probabilities of the classes.

    Raises:
        RunError: See `Models.get`.
        DataError: The pictures are not of the size of the run.
    """
    loaded = MODELS.get(run_id, report)
    side = loaded.size
    if images.dtype != np.uint8 or images.shape[1:] != (side, side, 3):
        raise DataError(
            f"The model of the run {run_id} takes uint8 pictures of {side} x {side} pixels, but "
            f"{images.dtype} of shape {images.shape} was given."
        )
    if not len(images):
        return np.empty((0, len(loaded.class_names)), np.float32)
    report("predicting")
    predictor = loaded.predictor
    return predictor.log_probabilities(predictor.features(images))
