"""Make the colours stronger or weaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.colour import Image, towards_grey
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


def _keras_cvs(given: Mapping[str, Any]) -> Mapping[str, Any]:
    # The layer multiplies the saturation by f / (1 - f).
    low, high = 1.0 - given["factor"], 1.0 + given["factor"]
    return {"factor": (round(low / (1.0 + low), 6), round(high / (1.0 + high), 6))}


@op(
    kind="pixels",
    caption="saturation x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomSaturation",
        arguments=_keras_cvs,
        differs="It multiplies the saturation of the HSV model, so a pixel keeps its strongest "
        "channel and at 0 becomes as light as that; here a pixel keeps its luma. Its multiplier is "
        "f / (1 - f) of a uniform f, over the same range.",
    ),
)
def saturation(
    image: Image,
    out: Image,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture multiplies its colourfulness by a number between 1 - this and 1 + "
            "this; times 0 it is grey.",
            usual=(
                Usual(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at the most (AutoAugment, arXiv "
                    "1805.09501, appendix); at 0 a flower has no colour left.",
                ),
            ),
        ),
    ] = 0.4,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Image:
    """Multiply each pixel's distance from its own grey: below 1 paler, above 1 more vivid.

    This is Pillow's ImageEnhance.Color, and so the "Color" of the paper. KerasCV multiplies the
    saturation of the HSV model instead.
    """
    return towards_grey(image, out, 1.0 - multiplier)
