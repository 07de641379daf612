"""Advice on the values of a recipe: no pictures, no drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from augment.advice.said import Advice
from augment.advice.together import blanked_twice, mixed_twice, too_strong
from augment.arguments import Param
from augment.ops import registry
from augment.recipe import Recipe, Step


def advice_on_values(recipe: Recipe) -> tuple[Advice, ...]:
    """Return what is unusual about the values of a recipe, step by step and then for the whole.

    Steps that are switched off are passed over, with all that is in them.
    """
    return (
        *(advice for step in happening(recipe.steps) for advice in _on_step(step)),
        *mixed_twice(recipe),
        *blanked_twice(recipe),
    )


def happening(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield the steps that are switched on, parents before their children."""
    for step in steps:
        if step.enabled:
            yield step
            yield from happening(step.steps)


def _on_step(step: Step) -> Iterator[Advice]:
    op = registry()[step.op]
    reason = _never(step)
    if reason:
        yield Advice(step=step.id, about="never", sentence=f"{op.title} never happens: {reason}.")
        return
    for param in op.params.values():
        value = step.params[param.name]
        for usual in param.usual_beside(step.params) if param.applies(step.params) else ():
            if not usual.holds(value):
                too_low = usual.low is not None and value < usual.low
                limit = usual.low if too_low else usual.high
                assert limit is not None
                yield Advice(
                    step=step.id,
                    about="range",
                    sentence=f"{op.title}: {param.name.replace('_', ' ')} {_shown(param, value)} is "
                    f"{'less' if too_low else 'more'} than the usual {_shown(param, limit)}. "
                    f"{usual.source}",
                )
    yield from too_strong(step)


def _never(step: Step) -> str:
    """Return why a step never happens; empty if it may."""
    if step.probability == 0.0:
        return "its probability is 0"
    if step.classes == ():
        return "it is for no class"
    if registry()[step.op].takes_steps and not any(child.enabled for child in step.steps):
        return "there is no step in it that is switched on"
    return ""


def _shown(param: Param, value: float) -> str:
    if param.unit == "turn":
        return f"{360.0 * value:.3g} degrees"
    return f"{value:.3g} {param.unit}".rstrip()
