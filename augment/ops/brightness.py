"""Make lighter or darker."""

from __future__ import annotations

from typing import Annotated

from augment.distributions import Within
from augment.ops._tone import LEVELS, Table, to_table
from augment.spec import Paper, Param, op


@op(
    kind="tone",
    caption="brightness {shift:+.2f}",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
)
def brightness(
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture becomes lighter or darker by up to this fraction of the full range.",
        ),
    ] = 0.2,
    shift: Annotated[float, Within("factor")],
) -> Table:
    """Add the same amount to every level.

    This is KerasCV's additive brightness: at a shift of +1 everything is white. The paper multiplies,
    as Pillow's enhancer does.
    """
    return to_table(LEVELS + 255.0 * shift)
