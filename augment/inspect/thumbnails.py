"""What recipes do to one picture, each at a glance: small pictures to choose an op or a preset by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Between, UpTo, Within
from augment.engine.op import Op
from augment.engine.plan import Row
from augment.engine.recipe import Recipe
from augment.engine.samples import Samples
from augment.inspect.subject import Subject

SIDE = 104
"""The side of a thumbnail in pixels."""
DRAWS = 8
"""How many draws one is chosen from."""
CLEAR = 12.0
"""The mean change, in grey levels, from which on a thumbnail shows what was done."""
_SEED = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Thumbnail:
    """What one draw of a recipe makes of a picture.

    Attributes:
        image: uint8 (SIDE, SIDE, 3).
        row: What was drawn.
        change: The mean absolute difference from the picture as it is, in grey levels.
        stronger: Whether the op has values beyond its defaults, so that one can see it.
    """

    image: Image
    row: Row
    change: float
    stronger: bool = False

    @property
    def captions(self) -> tuple[str, ...]:
        """A text for each op that happened."""
        return tuple(applied.caption for applied in self.row.ops)


class Thumbnails:
    """Makes the thumbnails of one picture, which is scaled down once.

    Mixing takes the next picture of the samples as the partner; the last one takes the first.

    Args:
        samples: The pictures; never written to.
        row: Which of them.

    Raises:
        IndexError: There is no such row.
    """

    def __init__(self, samples: Samples, *, row: int) -> None:
        row = range(len(samples))[row]
        pair = samples.take(list(dict.fromkeys((row, (row + 1) % len(samples)))))
        small = [
            cv2.resize(image, (SIDE, SIDE), interpolation=_scaling(image)) for image in pair.images
        ]
        self._subject = Subject(
            samples=Samples(
                images=np.stack(small),
                labels=pair.labels,
                # Ids of their own, so that what is drawn depends on the op and not on the picture.
                ids=np.arange(len(small)),
                class_names=pair.class_names,
            ),
            row=0,
        )

    @cached_property
    def original(self) -> Image:
        """The picture as it is, uint8 (SIDE, SIDE, 3)."""
        return self._subject.image

    def of_op(self, op: Op) -> Thumbnail:
        """Return the thumbnail of an op with its defaults; of one that takes steps, with two of them.

        Where the defaults change the picture too little to see it in a thumbnail, the parameters that
        follow the strength of a policy have their values at full strength.
        """
        shown = self.of(_recipe(op))
        extremes = {
            draw.param: op.params[draw.param].strength_range()[1]
            for draw in op.draws.values()
            if isinstance(draw, Between | UpTo | Within)
            and draw.takes_strength
            and op.params[draw.param].identity is not None
        }
        if shown.change >= CLEAR or not extremes:
            return shown
        stronger = self.of(_recipe(op, extremes))
        return replace(stronger, stronger=True) if stronger.change > shown.change else shown

    def of(self, recipe: Recipe) -> Thumbnail:
        """Return the thumbnail of a recipe: one draw that shows what it does.

        Of `DRAWS` draws it is the first, by their change, that is at the upper quartile or above and
        changes the picture by `CLEAR`, and where there is none the strongest. So a thumbnail shows the
        picture as it is only if no draw changes it. Draws in which another picture has more than half of
        the label are left out where there are others that change it so much. The draws have a fixed seed,
        so it is the same each time.
        """
        subject = self._subject
        rows, images, labels = subject.over_epochs(recipe, seed=_SEED, epoch=0, count=DRAWS)
        changes = np.array(
            [cv2.norm(image, self.original, cv2.NORM_L1) / image.size for image in images]
        )
        own = (labels * subject.samples.labels[subject.row]).sum(axis=1)
        # Of what is mostly another picture, nobody sees what was done to this one.
        good = np.flatnonzero((own >= 0.5) & (changes >= CLEAR))
        eligible = good if len(good) else np.arange(DRAWS)
        by_change = eligible[np.argsort(changes[eligible], kind="stable")]
        strongest = by_change[-(len(eligible) // 4 + 1) :].tolist()
        at = next((at for at in strongest if changes[at] >= CLEAR), strongest[-1])
        return Thumbnail(image=images[at], row=rows[at], change=float(changes[at]))


def _recipe(op: Op, params: Mapping[str, Any] | None = None) -> Recipe:
    steps = {"steps": [{"op": "grayscale"}, {"op": "grid_mask"}]} if op.takes_steps else {}
    return Recipe.from_dict({"version": 1, "steps": [{"op": op.name, **(params or {}), **steps}]})


def _scaling(image: Image) -> int:
    return cv2.INTER_AREA if min(image.shape[:2]) > SIDE else cv2.INTER_CUBIC
