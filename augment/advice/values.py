"""Advice on the values of a recipe: those beyond the recommended range, and those that add up."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from augment.advice.advice import Advice, listed
from augment.engine.distributions import Beta, Chance, ClippedNormal
from augment.engine.draw import draw
from augment.engine.op import registry
from augment.engine.recipe import Recipe, Step
from augment.engine.render import render

MOST_STRENGTH = 2.5
"""RandAugment's paper trains ResNet-50 on ImageNet with two ops at 0.9, which is 1.8."""
MOST_BLANK = 0.25
"""Share of a picture; Cutout, Random Erasing and GridMask blank less than 0.2 as in their papers."""
OFTEN = 0.5
"""Share of the pictures."""
EVEN = 0.5
"""From this shape of Beta on, one draw in three gives the weaker picture more than a quarter."""

_TRIALS = 64
_SIDE_PX = 32


def advice_on_values(recipe: Recipe) -> tuple[Advice, ...]:
    """Return advice on the values of a recipe, step by step and then for the whole.

    Steps that are switched off are left out, with all that is in them.
    """
    return (
        *(advice for step in recipe.enabled_steps() for advice in _on_step(step)),
        *_mixed_twice(recipe),
        *_blanked_twice(recipe),
    )


def _on_step(step: Step) -> Iterator[Advice]:
    op = registry()[step.op]
    reason = _never(step)
    if reason:
        yield Advice(step=step.id, about="never", sentence=f"{op.title} never happens: {reason}.")
        return
    for param in op.params.values():
        value = step.params[param.name]
        for recommended in param.recommended_for(step.params) if param.applies(step.params) else ():
            if not recommended.holds(value):
                too_low = recommended.low is not None and value < recommended.low
                limit = recommended.low if too_low else recommended.high
                assert limit is not None
                yield Advice(
                    step=step.id,
                    about="range",
                    sentence=f"{op.title}: {param.label.lower()} {param.format(value)} is "
                    f"{'less' if too_low else 'more'} than the recommended {param.format(limit)}. "
                    f"{recommended.source}",
                )
    yield from _too_strong(step)


def _never(step: Step) -> str:
    """Return why a step never happens; empty if it may."""
    if step.probability == 0.0:
        return "its probability is 0"
    if step.classes == ():
        return "it is for no class"
    if registry()[step.op].takes_steps and not any(child.enabled for child in step.steps):
        return "there is no step in it that is switched on"
    return ""


def _too_strong(step: Step) -> Iterator[Advice]:
    """Yield advice if a policy draws many ops at a high strength."""
    op = registry()[step.op]
    rate = math.prod(
        step.params[draw.param]
        for draw in op.draws.values()
        if isinstance(draw, Chance) and draw.slots
    )
    for strength in op.draws.values():
        if not isinstance(strength, ClippedNormal):
            continue
        slots, mean = strength.repeats(step.params), step.params[strength.mean]
        if slots * mean * rate > MOST_STRENGTH:
            yield Advice(
                step=step.id,
                about="strength",
                sentence=f"{op.title}: {slots} ops, each at {mean:.2g} and happening to {rate:.0%} of "
                f"the pictures, add up to {slots * mean * rate:.2g}. The paper's 2 at 0.9 for ResNet-50 "
                "on ImageNet add up to 1.8; each op destroys a little of what the one before has left.",
            )


def _mixed_twice(recipe: Recipe) -> Iterator[Advice]:
    """Yield advice if steps in a row mix most pictures more than once."""
    chances = {
        step.id: (registry()[step.op].title, _mixes(step)) for step in recipe.steps if step.enabled
    }
    often = [(title, chance) for title, chance in chances.values() if chance > 0.0]
    if len(often) < 2:
        return
    both = math.prod(sorted((chance for _, chance in often), reverse=True)[:2])
    if both >= OFTEN:
        yield Advice(
            step="",
            about="mixing",
            sentence=f"{listed([title for title, _ in often])} mix the same pictures one after the "
            f"other, so that one label is shared by up to {2 ** len(often)} pictures. Inside a step "
            '"One of", each picture is mixed once.',
        )


def _mixes(step: Step) -> float:
    """Return the probability that a step mixes a picture evenly enough for both to count."""
    op = registry()[step.op]
    if not op.mixes:
        inside = (_mixes(child) for child in step.steps if child.enabled)
        return step.probability * max(inside, default=0.0)
    shapes = [step.params[draw.param] for draw in op.draws.values() if isinstance(draw, Beta)]
    return step.probability if all(shape >= EVEN for shape in shapes) else 0.0


def _blanked_twice(recipe: Recipe) -> Iterator[Advice]:
    """Yield advice if several steps blank parts of the same pictures, and much of them."""
    steps = tuple(
        step
        for step in recipe.steps
        if step.enabled and step.classes is None and registry()[step.op].group == "erasing"
    )
    if len(steps) < 2:
        return
    blank = _blank_share(Recipe(steps=steps))
    if blank > MOST_BLANK:
        names = listed([registry()[step.op].title for step in steps])
        yield Advice(
            step="",
            about="blank",
            sentence=f"{names} together blank {blank:.0%} of a picture on average. Each alone, with its "
            "paper's values, blanks less than a fifth.",
        )


def _blank_share(recipe: Recipe) -> float:
    """Return which share of the pixels is the same whatever the picture, over a few draws."""
    plan = draw(recipe, np.arange(_TRIALS), seed=0)
    shape = (_TRIALS, _SIDE_PX, _SIDE_PX, 3)
    black, white = (render(plan, np.full(shape, level, np.uint8)).images for level in (0, 255))
    return float(np.mean(np.all(black == white, axis=3)))
