"""AugMix: a weighted average of several chains of ops and the picture itself."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Beta, Gamma, Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.policies import PolicyChoice, choose, levels, warps

_POOL = (*levels(bits=1), *warps(shear=0.3, move=1 / 3, turn=30.0))


@op(
    kind="policy",
    caption="AugMix, own share {share:.2f}",
    title="AugMix",
    paper=Paper(title="AugMix", arxiv="1912.02781"),
    pool=lambda values: _POOL,
    twin=Twin(
        layer="AugMix",
        arguments=lambda params: {
            "value_range": (0, 255),
            "severity": max(params["severity"], 0.01),
            "num_chains": params["num_chains"],
            "chain_depth": [1, params["chain_depth"]],
            "alpha": params["alpha"],
        },
        differs="In keras_cv 0.9 solarize and posterize become weaker as the severity rises, so a "
        "low severity inverts nearly the whole picture; translate_y is never drawn, and rotation "
        "goes in one direction only. Its severity is at least 0.01.",
    ),
    also=("average", "robustness", "automatic", "chains"),
)
def aug_mix(
    allowed: npt.NDArray[np.bool_],
    *,
    severity: Annotated[
        float,
        Param.fraction(
            help="Largest strength of an op, as a fraction of its extreme; each op draws its "
            "strength between 0 and this.",
            recommended=(
                RecommendedRange(
                    high=0.3, source="The paper uses a severity of 3 out of 10 (arXiv 1912.02781)."
                ),
            ),
        ),
    ] = 0.3,
    num_chains: Annotated[
        int,
        Param(low=1, high=6, step=1, help="Number of chains that are mixed: the paper's width."),
    ] = 3,
    chain_depth: Annotated[
        int,
        Param(
            low=1,
            high=6,
            step=1,
            help="Largest number of ops in a chain; each chain has between one and this many.",
            recommended=(
                RecommendedRange(
                    high=3, source="The paper uses one to three ops in a chain (arXiv 1912.02781)."
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
            help="Shape of the distributions of the weights: with large values all chains, and "
            "chains and picture, weigh about the same; with small values one of them dominates.",
        ),
    ] = 1.0,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    share: Annotated[float, Beta("alpha")],
    weight: Annotated[float, Gamma("alpha", slots=("num_chains",))],
    depth: Annotated[float, Uniform(slots=("num_chains",))],
    which: Annotated[float, Uniform(slots=("num_chains", "chain_depth"))],
    strength: Annotated[float, Uniform(slots=("num_chains", "chain_depth"))],
) -> PolicyChoice:
    """Average the picture with several versions of it, each made by a short chain of ops.

    The weight of the picture itself is drawn from Beta(alpha, alpha); a Dirichlet distribution divides
    the rest among the chains (Algorithm 1 of the paper). A chain applies between one and `chain_depth`
    ops in a row. The ops are the paper's, chosen because none resembles a corruption of ImageNet-C:
    auto contrast, equalize, solarize, posterize, rotate (up to 30 degrees), shear (up to 0.3) and
    translate (up to a third of the side). The cost is that of `num_chains` pictures with (1 +
    chain_depth) / 2 ops each.

    Departs from the public code in three points. Severity 0 changes nothing, where the code posterizes to
    four bits or fewer; here posterize goes from eight bits to one. Beyond the border lies the reflected
    picture, there black: set `fill_mode` to "constant" for that. Strengths start at 0, there at a
    hundredth of the extreme, and angles, translations and thresholds are not cut to whole numbers. The
    paper's severity is 3 out of 10; its code for ImageNet defaults to 1. The Jensen-Shannon loss, which
    compares the model's answers to two mixtures of one picture, belongs to training and is not part of
    this op.

    Example:
        >>> import augment
        >>> step = {"op": "aug_mix", "num_chains": 2, "chain_depth": 2}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['AugMix, own share 0.15: 71% shear y +0.07, equalize + 14% solarize from 204']
        1 ['AugMix, own share 0.47: 10% posterize to 6 bits + 43% translate y +8%, solarize from 242']
        2 ['AugMix, own share 0.53: 9% translate x +8% + 38% solarize from 240']
    """
    chains = len(np.asarray(weight))
    places = np.tile(np.arange(chain_depth), chains)[:, None]
    deep = 1 + np.floor(np.asarray(depth) * chain_depth)
    happens = places < np.repeat(deep, chain_depth, axis=0)
    part = np.asarray(weight) / np.sum(weight, axis=0)
    return PolicyChoice(
        np.where(happens, choose(which, allowed), -1),
        strength=np.asarray(strength) * severity,
        weights=part * (1.0 - np.asarray(share)),
    )
