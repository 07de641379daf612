"""One picture step by step: as it is after each op, and which steps of the recipe did not happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from augment.engine.colour import Image
from augment.engine.op import registry
from augment.engine.plan import Applied, Row, Snapshot
from augment.engine.recipe import Recipe, Step
from augment.engine.samples import Labels, Samples
from augment.inspect.settings import with_step
from augment.inspect.subject import Subject

MAX_STAGES = 64
"""How many stages are rendered at most; of what is drawn beyond these, only the end."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The picture as it is at the start, or after one op.

    Attributes:
        step: The id of the step that the op comes from; empty at the start.
        op: The name of the op; empty at the start.
        applied: What was drawn; None at the start.
        image: uint8 (S, S, 3).
        label: float32 (K,).
        partner: For a mix, the row of the other picture.
    """

    step: str = ""
    op: str = ""
    applied: Applied | None = None
    image: Image
    label: Labels
    partner: int | None = None


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A step of the recipe that did not happen to the picture.

    Attributes:
        step: Its id.
        op: The name of its op.
        reason: A sentence.
    """

    step: str
    op: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Walk:
    """All that happens to one picture, one after the other.

    Attributes:
        stages: The picture as it is, then as it is after each op.
        skipped: The steps that did not happen, in the order of the recipe. The children of a policy
            that did not happen are not among them.
        row: What was drawn for it.
        left_out: How many ops have no stage of their own, because there are more than
            `MAX_STAGES`. They come before the last stage, and have happened in it.
    """

    stages: tuple[Stage, ...]
    skipped: tuple[Skipped, ...]
    row: Row
    left_out: int = 0


def walk(
    recipe: Recipe,
    samples: Samples,
    *,
    row: int,
    seed: int,
    epoch: int,
) -> Walk:
    """Follow one picture of a batch through a recipe.

    A stage is what the engine makes of the ops drawn up to there and no further, and the last is the
    picture that `augment.apply` gives. Each is made from the start, not from the one before it, as
    the engine joins neighbouring warps and interpolates once; a chain of single ops would show more
    blur, and end on another picture than training sees.

    Args:
        recipe: What may happen.
        samples: The batch that the picture is in.
        row: Which of them.
        seed: Any integer.
        epoch: The epoch.

    Raises:
        IndexError: There is no such row.
    """
    subject = Subject(samples=samples, row=row).within(recipe)
    plan = subject.drawn(recipe, seed=seed, epoch=epoch)
    drawn = plan.rows[subject.row]
    own = _ends(subject.row, drawn.ops)
    shown = drawn.ops
    if len(own) > MAX_STAGES:
        own = [*own[: MAX_STAGES - 1], own[-1]]
        shown = (*shown[: MAX_STAGES - 2], shown[-1])
    images, labels = subject.snapshots(plan, own)
    each = zip((None, *shown), images, labels, strict=True)
    stages = tuple(
        Stage(image=image, label=label)
        if applied is None
        else Stage(
            step=applied.step,
            op=applied.op,
            applied=applied,
            image=image,
            label=label,
            partner=applied.partner,
        )
        for applied, image, label in each
    )
    return Walk(
        stages=stages,
        skipped=tuple(_Skipping(recipe, subject, drawn, seed, epoch).by(recipe.steps)),
        row=drawn,
        left_out=len(drawn.ops) - len(shown),
    )


def _ends(row: int, ops: tuple[Applied, ...]) -> list[Snapshot]:
    """Return the picture before each op, and at the end."""
    return [*(Snapshot(row, applied.stage) for applied in ops), Snapshot(row)]


class _Skipping:
    """Finds out why steps did not happen to a picture.

    The engine answers: a step is replaced by one that always happens and is drawn with the same
    numbers, and if that happens, the step was reached.
    """

    def __init__(self, recipe: Recipe, subject: Subject, drawn: Row, seed: int, epoch: int) -> None:
        self.recipe = recipe
        self.subject = subject.alone()
        self.happened = {applied.step for applied in drawn.ops}
        self.draws = {"seed": seed, "epoch": epoch}

    def by(self, steps: tuple[Step, ...]) -> Iterator[Skipped]:
        """Yield those of some steps, and of their children, that did not happen."""
        for step in steps:
            if step.id in self.happened:
                continue
            if step.steps and self._was_reached(step):
                yield from self.by(step.steps)
            else:
                yield Skipped(step=step.id, op=step.op, reason=self._reason(step))

    def _reason(self, step: Step) -> str:
        op = registry()[step.op]
        if not step.enabled:
            return "It is switched off."
        if step.classes is not None and self._own_class() not in step.classes:
            return "It is not for the class of this picture."
        if self._was_reached(step):
            if op.mixes:
                return "It needs a second picture, and this one is alone."
            return "It holds no steps." if op.takes_steps else "It drew none of its ops this time."
        if step.probability < 1.0 and self._was_reached(replace(step, probability=1.0)):
            return (
                f"It has a probability of {step.probability * 100:g}%, and was not drawn this time."
            )
        return "It was not picked this time."

    def _own_class(self) -> int:
        return int(np.argmax(self.subject.samples.labels[0]))

    def _was_reached(self, step: Step) -> bool:
        probe = replace(step, op="invert", params=registry()["invert"].defaults, steps=())
        recipe = with_step(self.recipe, step.id, lambda _: probe)
        plan = self.subject.drawn(recipe, **self.draws)
        return any(applied.step == step.id for applied in plan.rows[0].ops)
