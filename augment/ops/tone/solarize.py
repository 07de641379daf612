"""Solarize: invert the light levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import LEVELS, Table, to_table


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "value_range": (0, 255),
        "threshold_factor": min(params["threshold_factor"], 255.0),
        "addition_factor": params["addition_factor"],
    }


def _caption(values: Mapping[str, Any]) -> str:
    added = f", add {values['addition']:.0f}" if values["addition"] >= 0.5 else ""
    return f"solarize from {values['threshold']:.0f}{added}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Solarization",
        arguments=_keras_cv_arguments,
        differs="Its threshold ends at 255, so white always becomes black.",
    ),
    also=("invert highlights", "threshold", "negative", "over-exposed"),
)
def solarize(
    *,
    threshold_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=256.0,
            step=1.0,
            unit="grey levels",
            help="Largest threshold; each picture draws between 0 and this and inverts the levels "
            "at or above it. Smaller is stronger, and 0 inverts every picture.",
        ),
    ] = 128.0,
    addition_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=255.0,
            step=1.0,
            extreme=110.0,
            unit="grey levels",
            help="Largest addition; each picture draws between 0 and this, and adds it to every "
            "level before the comparison with the threshold.",
            recommended=(
                RecommendedRange(
                    high=110.0, source="The public code of AutoAugment and KerasCV add at most 110."
                ),
            ),
        ),
    ] = 0.0,
    threshold: Annotated[float, UpTo("threshold_factor", strength=(256.0, 0.0))],
    addition: Annotated[float, UpTo("addition_factor", strength=(0.0, 110.0))],
) -> Table:
    """Solarize: add to every level, then invert the levels at or above a threshold.

    The addition is KerasCV's. It is not "SolarizeAdd" of other code, which adds to the levels below a
    threshold and inverts none.

    In a policy, the threshold falls from 256 to 0 and the addition grows from 0 to 110 as the strength
    rises. KerasCV starts at a threshold of 255, so its strength 0 makes white pixels black, and it
    draws threshold and addition independently; here one strength moves both.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "solarize"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=4)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['solarize from 121']
        1 ['solarize from 69']
        2 ['solarize from 33']
        >>> images = np.full((3, 1, 1, 3), (50, 100, 200), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[50, 100, 55], [50, 155, 55], [205, 155, 55]]
    """
    raised = np.minimum(LEVELS + addition, 255.0)
    return to_table(np.where(raised < threshold, raised, 255.0 - raised))
