"""Results in the folder of a run, of a model that there never was."""

from __future__ import annotations

import numpy as np

from augment.data import Prepared
from augment.data.source import VALIDATION
from augment.runs.config import RunConfig
from augment.runs.evaluation import Predictions, evaluate
from augment.runs.folders import RunFolder
from augment.system import files


def prepared_of(folder: RunFolder) -> Prepared:
    return RunConfig.from_dict(folder.read_spec()["config"]).prepared()


def predicted(prepared: Prepared, split: str, seed: int = 5) -> Predictions:
    """Return predictions of a model that is right about half of the pictures."""
    chosen, classes = prepared.split(split), len(prepared.class_names)
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (len(chosen), classes))
    logits[np.arange(len(chosen)), chosen.labels] += 1.6
    shares = np.exp(logits)
    return Predictions.of(chosen.ids, chosen.labels, shares / shares.sum(1, keepdims=True))


def with_results(folder: RunFolder, *, old: bool = False) -> Predictions:
    """Write the results of the split "validation" into the folder of a run, as before or as now."""
    prepared = prepared_of(folder)
    found = predicted(prepared, VALIDATION)
    figures = evaluate(found, prepared.class_names, split=VALIDATION, epoch=1, label_smoothing=0.1)
    if old:
        figures = {name: figures[name] for name in ("split", "pictures", "epoch", "accuracy")} | {
            "per_class": [
                {name: entry[name] for name in ("name", "pictures", "correct", "accuracy")}
                for entry in figures["per_class"]
            ]
        }
    else:
        found.write(folder.predictions)
    files.write_json(folder.evaluation, figures)
    return found
