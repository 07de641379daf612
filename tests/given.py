"""What the tests of the engine are given: one batch, recipes with one step, and plans made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

import augment

BATCH, HEIGHT, WIDTH, CLASSES = 12, 40, 56, 5
IDS = np.array([901, 17, 4, 88, 2**53 - 1, 5, 6, 7, 1000, 30, 31, 32], np.int64)
CHILDREN: list[dict[str, Any]] = [{"op": "solarize"}, {"op": "shear_x"}, {"op": "grid_mask"}]


def pictures(seed: int = 0) -> npt.NDArray[np.uint8]:
    """Pictures with many colours and a fine grain, none of them black, white or of one level."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(26, 230, (BATCH, 6, 8, 3), dtype=np.uint8)
    smooth = [cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for image in coarse]
    grain = rng.integers(-6, 7, (BATCH, HEIGHT, WIDTH, 3))
    return np.clip(np.stack(smooth) + grain, 1, 254).astype(np.uint8)


def one_hot() -> npt.NDArray[np.float32]:
    return np.eye(CLASSES, dtype=np.float32)[np.arange(BATCH) % CLASSES]


def step_of(name: str, **settings: Any) -> dict[str, Any]:
    steps = {"steps": CHILDREN} if augment.registry()[name].takes_steps else {}
    return {"op": name, **steps, **settings}


def recipe_of(name: str, **settings: Any) -> augment.Recipe:
    return augment.Recipe.from_dict({"version": 1, "steps": [step_of(name, **settings)]})


def applied(
    recipe: augment.Recipe, rows: npt.ArrayLike | None = None, **options: Any
) -> augment.Batch:
    """Apply a recipe to some rows of the test batch, in the order given."""
    chosen = np.arange(BATCH) if rows is None else np.asarray(rows)
    return augment.apply(
        recipe,
        pictures()[chosen],
        one_hot()[chosen],
        ids=IDS[chosen],
        **{"seed": 7, "epoch": 3, **options},
    )


def happening(
    name: str, *, partner: int | None = None, stage: int = 0, **values: Any
) -> dict[str, Any]:
    """Return an op as the JSON of a plan has it; values not given are the op's defaults."""
    return {
        "step": name,
        "op": name,
        "values": {**augment.registry()[name].defaults, **values},
        "partner": partner,
        "stage": stage,
        "branches": [],
    }


def plan_of(*rows: Sequence[Mapping[str, Any] | augment.Applied]) -> augment.Plan:
    """Return the plan in which these ops happen, one list of them for each picture."""
    described = [
        [one.to_dict() if isinstance(one, augment.Applied) else one for one in ops] for ops in rows
    ]
    plan = {
        "version": 1,
        "seed": 0,
        "op_versions": {},
        "rows": [
            {"id": row, "epoch": 0, "ops": ops, "notes": []} for row, ops in enumerate(described)
        ],
    }
    return augment.Plan.from_json(json.dumps(plan, default=lambda value: value.item()))
