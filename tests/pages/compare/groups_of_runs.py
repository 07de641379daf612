"""Groups of finished runs of models that there never were, on the bundled photographs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from augment import Recipe
from augment.compare.predictions import Bools
from augment.data.source import VALIDATION
from augment.presets import PRESETS
from augment.runs.evaluation import Predictions, evaluate, record_test
from augment.runs.folders import RunFolder
from augment.system import files
from tests.run_results import prepared_of

SIZE = 32
NOTHING, FLIPS = Recipe(), PRESETS["crop_and_flip"].recipe
Make = Callable[..., RunFolder]
_WRONG = 0


def group(
    make_run: Make,
    name: str,
    recipe: Recipe,
    is_right: Callable[[np.ndarray], Bools] = lambda labels: labels > _WRONG,
    *,
    seeds: tuple[int, ...] = (1, 2),
    tested: bool = True,
) -> list[str]:
    """Make finished runs, one for each seed, and return their ids.

    Args:
        make_run: The fixture.
        name: The first part of the ids.
        recipe: Their recipe.
        is_right: Which pictures they recognise, by their classes; others are taken for the first class,
            and those of the first class for the second.
        seeds: Their seeds.
        tested: Whether they were evaluated on the test pictures, as which those of validation serve.
    """
    made = []
    for seed in seeds:
        folder = make_run(f"{name}-{seed}", size=SIZE, recipe=recipe, seed=seed, model="small")
        prepared = prepared_of(folder)
        spec = folder.read_spec() | {"data_checksum": prepared.stored.checksum}
        files.write_json(folder.spec, spec)
        split, classes = prepared.split(VALIDATION), len(prepared.class_names)
        wrong = np.where(split.labels == _WRONG, _WRONG + 1, _WRONG)
        predicted = np.where(is_right(split.labels), split.labels, wrong)
        shares = np.full((len(split), classes), 0.01)
        shares[np.arange(len(split)), predicted] = 1.01 - 0.01 * classes
        found = Predictions.of(split.ids, split.labels, shares)
        found.write(folder.predictions)
        names = prepared.class_names
        figures = evaluate(found, names, split=VALIDATION, epoch=1, label_smoothing=0.1)
        files.write_json(folder.evaluation, figures)
        if tested:
            record_test(folder, found, names, epoch=1, label_smoothing=0.1, stopped_early=False)
        made.append(folder.id)
    return made
