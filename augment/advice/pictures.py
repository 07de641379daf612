"""Advice on what a recipe does to given pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from augment.advice.advice import Advice, in_pictures, listed
from augment.advice.measures import Measured, probe
from augment.engine.recipe import Recipe, Step
from augment.engine.samples import Samples

LOST = 0.6
BITS_LEFT = 1 / 3
COLOUR_LEFT = 0.25
OWN = 0.1
LARGEST = 0.5
"""From these shares on, one picture counts."""

SOME, HALF, MOST = 0.3, 0.5, 0.7
"""Above these shares of the pictures, it is worth a word."""

Mask = npt.NDArray[np.bool_]


def measure_step(
    step: Step,
    samples: Samples,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
) -> tuple[Advice, ...]:
    """Return advice on what one step of a recipe alone does; nothing where it is switched off.

    It depends on the arguments alone, so it may be cached until one of them changes.

    Args:
        step: The step.
        samples: The pictures; never written to.
        seed: Any integer.
        epoch: One number, or one per row.
    """
    measured = probe(Recipe(steps=(step,)), samples, seed=seed, epoch=epoch)
    return tuple(_advice(measured, step.id))


def measure_whole(
    recipe: Recipe,
    samples: Samples,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
    known: Iterable[Advice] = (),
) -> tuple[Advice, ...]:
    """Return advice on what the steps of a recipe do together and none of them does alone.

    Args:
        recipe: The recipe; for one with fewer than two steps there is no such advice.
        samples: See `measure_step`.
        seed: See `measure_step`.
        epoch: See `measure_step`.
        known: What `measure_step` has found.
    """
    if sum(step.enabled for step in recipe.steps) < 2:
        return ()
    subjects = {advice.about for advice in known}
    measured = probe(recipe, samples, seed=seed, epoch=epoch)
    return tuple(advice for advice in _advice(measured, "") if advice.about not in subjects)


def _advice(measured: Measured, step: str) -> Iterator[Advice]:
    lost = measured.lost > LOST
    unread = (measured.bits_left < BITS_LEFT * measured.bits) & ~lost
    gone = lost | unread
    # A picture that is gone has lost its colour too, which is not worth a second sentence.
    recoloured = (measured.colour < COLOUR_LEFT) & ~gone
    for about, found, above, text in (
        (
            "gone",
            gone,
            SOME,
            f"too little is left to know a flower by: {_why(measured, lost, unread)}.",
        ),
        (
            "colour",
            recoloured,
            MOST,
            "the colours are gone or others. Colour tells many flowers apart; SimCLR, say, takes "
            "it from one picture in five (arXiv 2002.05709, appendix A).",
        ),
        (
            "own",
            measured.own < OWN,
            MOST,
            f"less than {OWN:.0%} is the picture itself. The label says so, but that is another picture "
            "rather than a mixture.",
        ),
        (
            "label",
            measured.largest < LARGEST,
            HALF,
            "no picture makes up half of the mixture. Mixing once, or less evenly, leaves each picture "
            "with a flower that it is about.",
        ),
    ):
        count = int(found.sum())
        if count > above * len(found):
            where = in_pictures(count, len(found))
            start = where[0].upper() + where[1:] if step else f"All steps together: {where}"
            yield Advice(step=step, about=about, sentence=f"{start} {text}")


def _why(measured: Measured, lost: Mask, unread: Mask) -> str:
    reasons = []
    if lost.any():
        reasons.append(
            f"{lost.sum()} lost more than {LOST:.0%} of the pixels (blank, blown out or out of sight)"
        )
    if unread.any():
        before, left = measured.bits[unread].mean(), measured.bits_left[unread].mean()
        reasons.append(
            f"{unread.sum()} kept {left:.1f} of the {before:.1f} bits that a coarse grey copy holds"
        )
    return listed(reasons)
