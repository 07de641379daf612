"""The models of runs in memory, and what they say of pictures; needs Keras."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from augment import runs
from augment.engine.samples import Images
from augment.errors import AugmentError, RunError
from augment.helper import one_line
from augment.predict.runs import model_facts
from augment.runs.folders import RunFolder
from augment.system import files
from augment.train.predicting import Predictor

_MOST = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """A loaded model with the names of its classes."""

    predictor: Predictor
    class_names: tuple[str, ...]
    size: int


class Models:
    """At most two loaded models; the one that was used longest ago is dropped first."""

    def __init__(self) -> None:
        self._found: OrderedDict[object, Loaded] = OrderedDict()

    def get(self, run_id: str) -> Loaded:
        """Return the model of a run; RunError with one sentence if it cannot be loaded."""
        run = runs.get(run_id)
        facts = model_facts(run)
        best = RunFolder(run.path).best
        stamp = best.stat()
        key = (run_id, stamp.st_ino, stamp.st_size, stamp.st_mtime_ns)
        if key not in self._found:
            try:
                with files.opened(best):
                    model = keras.saving.load_model(best, compile=False)
                predictor = Predictor(model, pictures=64)
            except Exception as error:
                raise RunError(
                    f"The model of the run {run_id} (best.keras) cannot be loaded: it is damaged, or of "
                    f"another version of Keras ({one_line(error)})."
                ) from error
            self._found[key] = Loaded(
                predictor=predictor, class_names=facts.class_names, size=facts.size
            )
            while len(self._found) > _MOST:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return self._found[key]


MODELS = Models()


def predict(report: Callable[[str], None], run_id: str, images: Images) -> npt.NDArray[np.float32]:
    """Return natural logarithms of probabilities, float32 (N, K); a task of the helper process."""
    report("loading the model")
    loaded = MODELS.get(run_id)
    report("predicting")
    if images.shape[1:] != (loaded.size, loaded.size, 3):
        raise AugmentError(f"The model takes pictures of {loaded.size} px.")
    return loaded.predictor.log_probabilities(loaded.predictor.features(images))
