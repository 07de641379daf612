"""Keep only the highest bits of each level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.tone import Table


def _caption(values: Mapping[str, Any]) -> str:
    bits = int(values["kept"])
    return f"posterize to {bits} bit{'' if bits == 1 else 's'}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Posterization",
        arguments=lambda given: {"value_range": (0, 255), "bits": given["bits"]},
        differs="It keeps the same number of bits in every picture, where here each picture keeps "
        "between that number and all 8.",
    ),
)
def posterize(
    *,
    bits: Annotated[
        int,
        Param(
            low=1,
            high=8,
            step=1,
            identity=8,
            extreme=4,
            help="The fewest bits that a picture keeps of each level, each between this and 8: fewer is "
            "stronger.",
            usual=(
                Usual(
                    low=4,
                    source="The papers keep at least 4 bits (AutoAugment, arXiv 1805.09501, "
                    "appendix), TrivialAugment 2; with 1 a picture is a cut-out of eight colours.",
                ),
            ),
        ),
    ] = 4,
    kept: Annotated[int, UpTo("bits", start=8, whole=True)],
) -> Table:
    """Set the lowest bits of each level to 0, so that 2 to the power of `kept` levels remain.

    The arithmetic is Pillow's, and so the paper's. Under a policy the bits kept fall from 8 to 4 with
    the strength, the range of the paper's table 6.
    """
    dropped = 8 - int(kept)
    return (np.arange(256) >> dropped << dropped).astype(np.uint8)
