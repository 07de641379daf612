"""Invert what is light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.tone import LEVELS, Table, to_table


def _keras_cvs(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "value_range": (0, 255),
        "threshold_factor": min(given["threshold_factor"], 255.0),
        "addition_factor": given["addition_factor"],
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
        arguments=_keras_cvs,
        differs="Its threshold ends at 255, so that white always becomes black.",
    ),
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
            help="Each picture draws its threshold between 0 and this, and inverts every level "
            "from the threshold on: smaller is stronger, and 0 inverts all.",
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
            help="Each picture draws between 0 and this what is added to every level before that is "
            "held against the threshold.",
            usual=(
                Usual(
                    high=110.0, source="The public code of AutoAugment and KerasCV add at most 110."
                ),
            ),
        ),
    ] = 0.0,
    threshold: Annotated[float, UpTo("threshold_factor", strength=(256.0, 0.0))],
    addition: Annotated[float, UpTo("addition_factor", strength=(0.0, 110.0))],
) -> Table:
    """Add to every level, then invert the levels from a threshold on.

    Adding is KerasCV's. The operation "SolarizeAdd" of other code is not that: it adds to the levels
    below a threshold and inverts none.

    Under RandAugment the threshold falls from 256 to 0 and the addition grows from 0 to 110 with the
    strength. KerasCV starts at a threshold of 255, so that its strength 0 turns white pixels black,
    and draws threshold and addition apart; here one strength moves both.
    """
    raised = np.minimum(LEVELS + addition, 255.0)
    return to_table(np.where(raised < threshold, raised, 255.0 - raised))
