"""Take the colour out, in part."""

from __future__ import annotations

from typing import Annotated

from augment.engine.colour import Image, towards_grey
from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


@op(
    kind="pixels",
    caption="colour -{amount:.0%}",
    title="Colour degeneration",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
    twin=Twin(layer="RandomColorDegeneration"),
)
def color_degeneration(
    image: Image,
    out: Image,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture loses between none and this fraction of its colour.",
            usual=(
                Usual(
                    high=0.9,
                    source="The papers keep at least a tenth of the colour (AutoAugment, arXiv "
                    "1805.09501, appendix); without any, flowers of one shape and two colours "
                    "look alike.",
                ),
            ),
        ),
    ] = 0.5,
    amount: Annotated[float, UpTo("factor")],
) -> Image:
    """Blend the picture with its own grey version: 0 leaves it alone, 1 makes it grey."""
    return towards_grey(image, out, amount)
