"""What is known to differ between a recipe by keras_cv and by this package, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from augment.ops import registry
from augment.recipe import Recipe
from augment.step import Step


def differences(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return the ids of steps, each with what differs there in whole sentences; none for most steps.

    The sentences are the ops' own (`augment.spec.Twin`) and speak of keras_cv's layer as "it"; to them
    come steps that keras_cv has no layer for, and choices that it makes once for a whole batch. Steps
    that are switched off are passed over.
    """
    return tuple(_of(recipe.steps))


def _of(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    for step in steps:
        op = registry()[step.op]
        if not step.enabled:
            continue
        if op.twin is None:
            yield step.id, f"{op.title} is left out: keras_cv has no such layer."
            continue
        if not _happens(step):
            yield step.id, f"{op.title} is left out: nothing in it can happen."
        elif op.twin.differs:
            yield step.id, op.twin.differs
        if any(_needs_the_batch(child) for child in step.steps):
            yield (
                step.id,
                "keras_cv chooses once for the whole batch, because something in it needs the batch "
                "as a whole; the recipe chooses for each picture on its own.",
            )
        yield from _of(step.steps)


def _happens(step: Step) -> bool:
    """Return whether keras_cv has layers for the step."""
    op = registry()[step.op]
    if not step.enabled or op.twin is None:
        return False
    return not op.takes_steps or any(_happens(child) for child in step.steps)


def _needs_the_batch(step: Step) -> bool:
    """Return whether the step becomes a layer that works on whole batches only."""
    is_mix = registry()[step.op].kind == "mix"
    return _happens(step) and (
        is_mix or step.classes is not None or any(_needs_the_batch(child) for child in step.steps)
    )
