"""A weighted sum of several chains of ops and of the picture itself."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Beta, Gamma, Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.policies import Picks, choose, levels, warps

_POOL = (*levels(bits=1), *warps(shear=0.3, move=1 / 3, turn=30.0))


@op(
    kind="policy",
    caption="AugMix, own share {share:.2f}",
    title="AugMix",
    paper=Paper(title="AugMix", arxiv="1912.02781"),
    pool=lambda values: _POOL,
    twin=Twin(
        layer="AugMix",
        arguments=lambda given: {
            "value_range": (0, 255),
            "severity": max(given["severity"], 0.01),
            "num_chains": given["num_chains"],
            "chain_depth": [1, given["chain_depth"]],
            "alpha": given["alpha"],
        },
        differs="In keras_cv 0.9 solarize and posterize get weaker as the severity rises, so that a "
        "low severity inverts nearly the whole picture; it never draws translate_y, and it rotates "
        "one way only. The severity is at least 0.01 there.",
    ),
)
def aug_mix(
    allowed: npt.NDArray[np.bool_],
    *,
    severity: Annotated[
        float,
        Param.fraction(
            help="Each op draws its strength between nothing and this fraction of its extreme.",
            usual=(Usual(high=0.3, source="The paper's severity is 3 of 10 (arXiv 1912.02781)."),),
        ),
    ] = 0.3,
    num_chains: Annotated[
        int, Param(low=1, high=6, step=1, help="How many chains are mixed: the paper's width.")
    ] = 3,
    chain_depth: Annotated[
        int,
        Param(
            low=1,
            high=6,
            step=1,
            help="Each chain has between one op and this many.",
            usual=(
                Usual(
                    high=3, source="The paper has one to three ops in a chain (arXiv 1912.02781)."
                ),
            ),
        ),
    ] = 3,
    alpha: Annotated[
        float,
        Param(
            low=0.1,
            high=10.0,
            step=0.1,
            help="Shape of the distributions of the shares: large values make all chains, and "
            "chains and picture, count alike, small ones let one of them win.",
        ),
    ] = 1.0,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    share: Annotated[float, Beta("alpha")],
    weight: Annotated[float, Gamma("alpha", slots=("num_chains",))],
    depth: Annotated[float, Uniform(slots=("num_chains",))],
    which: Annotated[float, Uniform(slots=("num_chains", "chain_depth"))],
    strength: Annotated[float, Uniform(slots=("num_chains", "chain_depth"))],
) -> Picks:
    """Send the picture through several short chains of ops, and average the results with itself.

    The picture's own share is drawn from Beta(alpha, alpha), the rest is divided among the chains by
    a Dirichlet distribution, and the ops are those of the paper that no corruption of ImageNet-C
    resembles: auto contrast, equalize, solarize, posterize, rotate (30 degrees), shear (0.3) and
    translate (a third of the side). A chain is several ops in a row, so that this costs as much as
    num_chains pictures of (1 + chain_depth) / 2 ops each.

    The paper's training also compares the model's answers to two mixtures of each picture (the
    Jensen-Shannon loss). That is a matter of the loss, and no part of this op.

    Two deviations from the public code: severity 0 changes nothing, where the code posterizes to
    four bits at the least; posterize goes here from eight bits to one. And what comes in from beyond
    the border is the picture reflected, there black, which is `fill_mode` "constant".
    """
    chains = len(np.asarray(weight))
    places = np.tile(np.arange(chain_depth), chains)[:, None]
    deep = 1 + np.floor(np.asarray(depth) * chain_depth)
    happens = places < np.repeat(deep, chain_depth, axis=0)
    part = np.asarray(weight) / np.sum(weight, axis=0)
    return Picks(
        np.where(happens, choose(which, allowed), -1),
        strength=np.asarray(strength) * severity,
        weights=part * (1.0 - np.asarray(share)),
    )
