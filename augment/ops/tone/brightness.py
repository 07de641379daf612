"""Make lighter or darker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.tone import LEVELS, Table, to_table


def _caption(values: Mapping[str, Any]) -> str:
    if values["method"] == "multiplicative":
        return f"brightness x {1.0 + values['shift']:.2f}"
    return f"brightness {values['shift']:+z.2f}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomBrightness",
        arguments=lambda given: {"value_range": (0, 255), "factor": given["factor"]},
        differs="It always adds; it has no multiplicative method.",
    ),
)
def brightness(
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture becomes lighter or darker by up to this fraction, of the full range or, "
            "where the method multiplies, of each level.",
            usual=(
                Usual(
                    high=0.5,
                    only_if=("method", "additive"),
                    source="Folklore, and what the bundled flowers show: from an addition of 0.6 "
                    "on, half of them keep less than half of what tells them apart. KerasCV goes "
                    "to 1, where nearly half turn black or white.",
                ),
                Usual(
                    high=0.9,
                    only_if=("method", "multiplicative"),
                    source="The papers multiply by 0.1 to 1.9 at the most (AutoAugment, arXiv "
                    "1805.09501, appendix).",
                ),
            ),
        ),
    ] = 0.2,
    method: Annotated[
        str,
        Param(
            choices=("additive", "multiplicative"),
            help="Whether every level moves by the same amount, or by the same fraction of itself, "
            "so that black stays black.",
        ),
    ] = "additive",
    shift: Annotated[float, Within("factor")],
) -> Table:
    """Add the same amount to every level, or multiply every level by the same number.

    Additive is KerasCV's brightness: at a shift of +1 everything is white. Multiplicative is the
    paper's, which is Pillow's ImageEnhance.Brightness: every level times 1 + shift.
    """
    if method == "multiplicative":
        return to_table(LEVELS * (1.0 + shift))
    return to_table(LEVELS + 255.0 * shift)
