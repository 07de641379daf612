"""Draw: turn a recipe into a plan. Probability, classes and policies live here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment import rng
from augment.errors import RecipeError
from augment.ops import registry
from augment.plan import Applied, Plan, Row
from augment.recipe import Recipe, Step
from augment.spec import Op

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def draw(
    recipe: Recipe,
    ids: npt.ArrayLike,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
    labels: npt.NDArray[np.floating[Any]] | None = None,
) -> Plan:
    """Draw what happens to each image of a batch.

    Every draw is a function of (seed, epoch, sample id, step id, argument) alone; only the partner of
    a mix step also depends on which samples are in the batch, though not on their order.

    Args:
        recipe: What may happen.
        ids: The stable ids of the samples, integers of shape (B,).
        seed: Any integer.
        epoch: One number, or one per row.
        labels: float (B, K), needed where a step is for chosen classes only.

    Raises:
        RecipeError: A step is for chosen classes, and the labels are missing.
    """
    id_array = np.asarray(ids, np.int64)
    epochs = np.broadcast_to(np.asarray(epoch, np.int64), id_array.shape)
    own_class = None if labels is None else np.argmax(labels, axis=1)
    drawing = _Drawing(rng.streams(seed, epochs, id_array), own_class)
    stage = 0
    for step in recipe.steps:
        drawing.step(step, _Target.all_rows(len(id_array), stage))
        stage += _stages(step)
    rows = (
        Row(sample, at, tuple(sorted(ops, key=lambda applied: applied.stage)), tuple(notes))
        for sample, at, ops, notes in zip(
            id_array.tolist(), epochs.tolist(), drawing.ops, drawing.notes, strict=True
        )
    )
    return Plan(seed=seed, rows=tuple(rows))


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The cases that a step is drawn for; under a policy, a row may have several.

    Attributes:
        rows: int64 (n,), the rows of the batch.
        salts: uint64 (n,), which tells the draws of a policy's slots apart; 0 outside policies.
        stages: int64 (n,), when the op happens.
        strengths: float64 (n,) from 0 to 1, or None where the step follows its own settings.
    """

    rows: Ints
    salts: rng.UInts
    stages: Ints
    strengths: Floats | None = None

    @classmethod
    def all_rows(cls, count: int, stage: int) -> _Target:
        return cls(
            rows=np.arange(count),
            salts=np.zeros(count, np.uint64),
            stages=np.full(count, stage),
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> _Target:
        return _Target(
            rows=self.rows[chosen],
            salts=self.salts[chosen],
            stages=self.stages[chosen],
            strengths=None if self.strengths is None else self.strengths[chosen],
        )


class _Drawing:
    """Collects what happens to each row while the steps are drawn one by one."""

    def __init__(self, streams: rng.UInts, own_class: Ints | None) -> None:
        self.streams = streams
        self.own_class = own_class
        self.ops: list[list[Applied]] = [[] for _ in streams]
        self.notes: list[list[str]] = [[] for _ in streams]

    def step(self, step: Step, target: _Target) -> None:
        """Draw one step of the recipe for the cases given."""
        happens = self._may_have(step)[target.rows]
        if step.probability < 1.0:
            happens &= self._uniform(target, f"{step.id}.probability") < step.probability
        target = target.where(happens)
        if len(target.rows) == 0:
            return
        op = registry()[step.op]
        if op.kind != "policy":
            self._apply(op, step.params, step.id, step.id, target)
        elif op.pool is None:
            if step.steps:
                allowed = np.stack([self._may_have(child) for child in step.steps], axis=1)
                self._policy(op, step, target, allowed)
        else:
            names = op.pool(step.params)
            self._policy(op, step, target, np.ones((len(self.streams), len(names)), bool), names)

    def _may_have(self, step: Step) -> npt.NDArray[np.bool_]:
        """Return, shape (B,), whether the step is on and for the sample's own class."""
        if not step.enabled or step.classes is None:
            return np.full(len(self.streams), step.enabled)
        if self.own_class is None:
            raise RecipeError(f"Step {step.id} is for chosen classes, so labels are needed.")
        return np.isin(self.own_class, step.classes)

    def _policy(
        self,
        op: Op,
        step: Step,
        target: _Target,
        allowed: npt.NDArray[np.bool_],
        pool: Sequence[str] = (),
    ) -> None:
        drawn = self._draw_slots(op, step, target)
        picks = op.function(allowed[target.rows], **step.params, **drawn)
        width = max((_stages(child) for child in step.steps), default=1)
        for index in range(allowed.shape[1]):
            chosen = picks.child == index
            if picks.strength is not None:
                # At strength 0 nothing happens, not even an op that knows no strength.
                chosen &= picks.strength > 0.0
            slots, cases = np.nonzero(chosen)
            if len(cases) == 0:
                continue
            child = _Target(
                rows=target.rows[cases],
                salts=rng.combine(target.salts[cases], (slots + 1).astype(np.uint64)),
                stages=target.stages[cases] + slots * width,
                strengths=None if picks.strength is None else picks.strength[slots, cases],
            )
            if pool:
                member = registry()[pool[index]]
                key = f"{step.id}/{member.name}"
                self._apply(member, member.defaults, step.id, key, child)
            else:
                self.step(step.steps[index], child)

    def _draw_slots(self, op: Op, step: Step, target: _Target) -> dict[str, npt.NDArray[Any]]:
        """Return the policy's own draws, each of shape (slots, n), or (n,) where it has no slots."""
        drawn = {}
        for name, draw_of in op.draws.items():
            slots = step.params[draw_of.slots] if draw_of.slots else 1
            uniforms = np.stack(
                [self._uniform(target, f"{step.id}.{name}{slot or ''}") for slot in range(slots)]
            )
            if draw_of.slots is None:
                uniforms = uniforms[0]
            drawn[name] = draw_of.sample(uniforms[None], step.params)
        return drawn

    def _apply(
        self, op: Op, params: Mapping[str, Any], step_id: str, key: str, target: _Target
    ) -> None:
        """Draw the arguments of an op, and write down that it happens."""
        partners = self._partners(op, key, target) if op.kind == "mix" else None
        if partners is not None and len(self.streams) < 2:
            self.notes[0].append(
                f"{op.title} needs a second picture; this one is alone in its batch."
            )
            return
        columns = {
            name: draw_of.sample(
                np.stack(
                    [
                        self._uniform(target, f"{key}.{name}{number or ''}")
                        for number in range(draw_of.uniforms_needed)
                    ]
                ),
                params,
                _strength_values(op, name, target.strengths),
            ).tolist()
            for name, draw_of in op.draws.items()
        }
        stages, rows = target.stages.tolist(), target.rows.tolist()
        for case, row in enumerate(rows):
            values = {**params, **{name: column[case] for name, column in columns.items()}}
            partner = None if partners is None else partners[case]
            self.ops[row].append(Applied(step_id, op.name, values, partner, stages[case]))

    def _partners(self, op: Op, key: str, target: _Target) -> list[int]:
        """Return the row of each case's partner.

        The samples of the whole batch stand in a circle, in the order of a keyed hash; the partner is
        the next one. So everybody has a partner other than himself, whatever the order of the batch.
        """
        partners = np.empty(len(target.rows), np.int64)
        for salt in np.unique(target.salts):
            circle = np.argsort(rng.combine(self.streams, rng.key(f"{key}.partner") ^ salt))
            following = np.empty_like(circle)
            following[circle] = np.roll(circle, -1)
            same = target.salts == salt
            partners[same] = following[target.rows[same]]
        return partners.tolist()

    def _uniform(self, target: _Target, text: str) -> Floats:
        return rng.uniform(self.streams[target.rows], rng.key(text) ^ target.salts)


def _strength_values(op: Op, draw_name: str, strengths: Floats | None) -> Floats | None:
    draw_of = op.draws[draw_name]
    if strengths is None or not draw_of.takes_strength:
        return None
    weakest, strongest = draw_of.strength_range(op.params)
    return weakest + strengths * (strongest - weakest)


def _stages(step: Step) -> int:
    """Return how many stages a step may take: one, or for a policy one per slot and depth."""
    slots = {draw_of.slots for draw_of in registry()[step.op].draws.values()} - {None}
    repeats = max((step.params[slot] for slot in slots if slot), default=1)
    return int(repeats) * max((_stages(child) for child in step.steps), default=1)
