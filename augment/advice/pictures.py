"""Advice on what a recipe does to given pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from augment.advice.advice import Advice, listed
from augment.advice.measures import Measured, probe
from augment.engine.plain import Shares
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

_PARTS = ((0.1, "a tenth"), (0.2, "a fifth"), (0.25, "a quarter"), (math.inf, "a third"))

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
    return advice_on_measured(
        probe(Recipe(steps=(step,)), samples, seed=seed, epoch=epoch), step=step.id
    )


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
    return advice_on_measured(probe(recipe, samples, seed=seed, epoch=epoch), known=known)


def advice_on_measured(
    measured: Measured, *, step: str = "", known: Iterable[Advice] = ()
) -> tuple[Advice, ...]:
    """Return advice on what `probe` has measured.

    Args:
        measured: What is left of each picture.
        step: The id of the step that was measured alone; empty for the whole recipe.
        known: Advice whose subjects are left out, because it has been given on a step.
    """
    subjects = {advice.about for advice in known}
    return tuple(advice for advice in _advice(measured, step) if advice.about not in subjects)


def losses(measured: Measured) -> tuple[str, ...]:
    """Return for each picture what it has lost, in a few words; empty where enough is left."""
    lost, unread = _lost_and_unread(measured)
    kept = _kept(measured)
    return tuple(
        f"{measured.lost[n]:.0%} of it lost"
        if lost[n]
        else f"{kept[n]:.0%} of its detail left"
        if unread[n]
        else ""
        for n in range(len(lost))
    )


def _advice(measured: Measured, step: str) -> Iterator[Advice]:
    lost, unread = _lost_and_unread(measured)
    gone = lost | unread
    total = len(gone)
    its = _its(gone)
    # A picture that is gone has lost its colour too, which is not worth a second sentence.
    recoloured = (measured.colour < COLOUR_LEFT) & ~gone
    for about, found, above, text, measure in (
        ("gone", gone, SOME, _what_is_gone(measured, lost, unread), _why(measured, lost, unread)),
        (
            "colour",
            recoloured,
            MOST,
            f"{_pictures(recoloured)} lost {its} colours, or got others.",
            f"Less than {COLOUR_LEFT:.0%} of the colour is left. Colour tells many flowers apart; "
            "SimCLR, say, takes it from one picture in five (arXiv 2002.05709, appendix A).",
        ),
        (
            "own",
            measured.own < OWN,
            MOST,
            f"{_pictures(measured.own < OWN)} kept less than {OWN:.0%} of {its} own in the mixture.",
            "The label says so, but that is another picture rather than a mixture.",
        ),
        (
            "label",
            measured.largest < LARGEST,
            HALF,
            f"{_pictures(measured.largest < LARGEST)} got into mixtures in which none makes up half.",
            "Mixing once, or less evenly, leaves each picture with a flower that it is about.",
        ),
    ):
        if int(found.sum()) > above * total:
            start = "" if step else "All steps together: "
            yield Advice(step=step, about=about, sentence=start + text, measure=measure)


def _lost_and_unread(measured: Measured) -> tuple[Mask, Mask]:
    """Return, (B,) each, which pictures are out of sight and which of the others are not to be read."""
    lost = measured.lost > LOST
    return lost, (measured.bits_left < BITS_LEFT * measured.bits) & ~lost


def _kept(measured: Measured) -> Shares:
    """Return, (B,), the share of its bits that each picture has kept."""
    return measured.bits_left / np.maximum(measured.bits, np.finfo(np.float64).tiny)


def _pictures(found: Mask) -> str:
    return f"{int(found.sum())} of {len(found)} pictures" if len(found) > 1 else "The picture"


def _its(found: Mask) -> str:
    return "their" if len(found) > 1 else "its"


def _what_is_gone(measured: Measured, lost: Mask, unread: Mask) -> str:
    if lost.any() and unread.any():
        return f"{_pictures(lost | unread)} kept too little to know a flower by."
    if lost.any():
        return f"{_pictures(lost)} lost more than {LOST:.0%} of {_its(lost)} area."
    most = _kept(measured)[unread].max(initial=0.0)
    share = next(word for limit, word in _PARTS if most < limit)
    return f"{_pictures(unread)} kept less than {share} of {_its(lost)} detail."


def _why(measured: Measured, lost: Mask, unread: Mask) -> str:
    reasons = []
    if lost.any():
        reasons.append(
            f"{lost.sum()} lost more than {LOST:.0%} of the pixels (blank, blown out or out of sight)"
        )
    if unread.any():
        before, left = measured.bits[unread].mean(), measured.bits_left[unread].mean()
        reasons.append(
            f"{unread.sum()} kept {left:.1f} of the {before:.1f} bits that a coarse grey copy holds, "
            f"where less than {BITS_LEFT:.0%} counts as too little"
        )
    return f"{listed(reasons)}." if reasons else ""
