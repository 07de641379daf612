"""Draw: turn a recipe into a plan. Probability, classes and policies are here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.engine import arrays, rng
from augment.engine.arrays import Ints
from augment.engine.op import Op, registry
from augment.engine.params import Draw, Param
from augment.engine.plan import Applied, Branch, Plan, Row
from augment.engine.policies import PolicyChoice, PoolEntry
from augment.engine.recipe import Recipe, Step
from augment.engine.rng import Floats
from augment.errors import ArrayError, RecipeError


def draw(
    recipe: Recipe,
    ids: npt.ArrayLike,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
    labels: npt.ArrayLike | None = None,
    size: tuple[int, int] | None = None,
) -> Plan:
    """Draw what happens to each image of a batch.

    Every draw is a function of (seed, epoch, sample id, step id, argument) alone; only the partner of
    a mix step also depends on which samples are in the batch, though not on their order.

    Args:
        recipe: What may happen.
        ids: The stable ids of the samples, integers of shape (B,). A sample that is repeated
            in one epoch, as rare classes may be, is drawn alike each time, except for the partner of a
            mix.
        seed: A whole number from 0 to 2**32 - 1.
        epoch: A whole number from 0 to 2**31 - 1, or one per row.
        labels: float (B, K), shares from 0, rows summing to 1; needed where a step is for chosen
            classes only.
        size: Height and width of the pictures in pixels, if known. No draw depends on it, but a row has
            a note for each op that needs larger pictures.

    Raises:
        ArrayError: One of these is something else; the message says how to correct it.
        RecipeError: A step is for chosen classes, and the labels are missing.
    """
    check_recipe(recipe)
    seed = arrays.read_seed(seed)
    id_array = arrays.read_ids(ids)
    epochs = arrays.read_epochs(epoch, len(id_array))
    if size is not None:
        size = arrays.read_size(size)
    own_class = None
    if labels is not None:
        own_class = np.argmax(arrays.read_labels(labels, len(id_array), of="ids"), axis=1)
    drawing = _Drawing(rng.streams(seed, epochs, id_array), own_class, size)
    stage = 0
    for step in recipe.steps:
        drawing.step(step, Selection.all_rows(drawing.streams, stage))
        stage += _stages(step)
    rows = (
        Row(sample, at, tuple(sorted(ops, key=lambda applied: applied.stage)), tuple(notes))
        for sample, at, ops, notes in zip(
            id_array.tolist(), epochs.tolist(), drawing.ops, drawing.notes, strict=True
        )
    )
    return Plan(seed=seed, rows=tuple(rows))


def check_recipe(recipe: object) -> None:
    """Refuse what is not a `Recipe`, such as its JSON or the name of a preset.

    Raises:
        ArrayError: It is something else.
    """
    if not isinstance(recipe, Recipe):
        raise ArrayError(
            f"The recipe is of type {type(recipe).__name__}; make it by augment.Recipe.from_json or "
            "augment.Recipe.from_dict."
        )


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a step is drawn for: rows of a batch, and under a policy a row once for each slot.

    Attributes:
        rows: int64 (n,), the rows of the batch.
        streams: uint64 (n,), the random stream of each row.
        salts: uint64 (n,), which tells the draws of a policy's slots apart; 0 outside policies.
        stages: int64 (n,), when the op happens.
        strengths: float64 (n,) from 0 to 1, or None where the step follows its own settings.
    """

    rows: Ints
    streams: rng.UInts
    salts: rng.UInts
    stages: Ints
    strengths: Floats | None = None

    @classmethod
    def all_rows(cls, streams: rng.UInts, stage: int) -> Selection:
        """Return one entry for each row."""
        count = len(streams)
        return cls(
            rows=np.arange(count),
            streams=streams,
            salts=np.zeros(count, np.uint64),
            stages=np.full(count, stage),
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> Selection:
        """Return the entries that are chosen."""
        if chosen.all():
            return self
        return Selection(
            rows=self.rows[chosen],
            streams=self.streams[chosen],
            salts=self.salts[chosen],
            stages=self.stages[chosen],
            strengths=None if self.strengths is None else self.strengths[chosen],
        )

    def in_slots(
        self, slots: Ints, entries: Ints, width: int, strengths: Floats | None
    ) -> Selection:
        """Return the selection that a policy draws a child for.

        Args:
            slots: int64 (m,), the slot of each new entry.
            entries: int64 (m,), the entry of this selection that each new one belongs to.
            width: How many stages a slot may take.
            strengths: float64 (m,), or None.
        """
        return Selection(
            rows=self.rows[entries],
            streams=self.streams[entries],
            salts=rng.combine(self.salts[entries], (slots + 1).astype(np.uint64)),
            stages=self.stages[entries] + slots * width,
            strengths=strengths,
        )

    def uniform(self, text: str) -> Floats:
        """Return float64 (n,): a number between 0 and 1 for each entry, keyed by the text."""
        return rng.uniform(self.streams, rng.key(text) ^ self.salts)

    def sample(
        self,
        key: str,
        draws: Mapping[str, Draw],
        params: Mapping[str, Param],
        given: Mapping[str, Any],
    ) -> dict[str, list[Any]]:
        """Return a column of values for each argument that an op draws.

        Args:
            key: What the draws are keyed by, with the argument's name.
            draws: The arguments.
            params: The op's parameters.
            given: Their values.
        """
        columns = {}
        for name, draw in draws.items():
            uniforms = np.stack(
                [self.uniform(f"{key}.{name}{n or ''}") for n in range(draw.uniforms_needed)]
            )
            strength = None
            if self.strengths is not None and draw.takes_strength:
                weakest, strongest = draw.strength_range(params)
                strength = weakest + self.strengths * (strongest - weakest)
            columns[name] = draw.sample(uniforms, given, strength).tolist()
        return columns

    def sample_slots(
        self, key: str, draws: Mapping[str, Draw], given: Mapping[str, Any]
    ) -> dict[str, npt.NDArray[Any]]:
        """Return what a policy draws, each of shape (slots, n), or (n,) where it has no slots."""
        drawn = {}
        for name, draw in draws.items():
            uniforms = np.stack(
                [self.uniform(f"{key}.{name}{slot or ''}") for slot in range(draw.repeats(given))]
            )
            drawn[name] = draw.sample((uniforms if draw.slots else uniforms[0])[None], given)
        return drawn


class _Drawing:
    """Collects what happens to each row while the steps are drawn one by one."""

    def __init__(
        self, streams: rng.UInts, own_class: Ints | None, size: tuple[int, int] | None
    ) -> None:
        self.streams = streams
        self.own_class = own_class
        self.size = size
        self.ops: list[list[Applied]] = [[] for _ in streams]
        self.notes: list[list[str]] = [[] for _ in streams]

    def step(self, step: Step, selection: Selection) -> None:
        """Draw one step of the recipe for a selection."""
        happens = self._may_have(step)[selection.rows]
        if step.probability < 1.0:
            happens &= selection.uniform(f"{step.id}.probability") < step.probability
        selection = selection.where(happens)
        if len(selection.rows) == 0:
            return
        op = registry()[step.op]
        if op.kind == "policy":
            self._policy(op, step, selection)
        else:
            self._add(
                selection,
                self._applied(PoolEntry(op=op.name), step.params, step, step.id, selection),
            )

    def _may_have(self, step: Step) -> npt.NDArray[np.bool_]:
        """Return, shape (B,), whether the step is on and for the sample's own class."""
        if not step.enabled or step.classes is None:
            return np.full(len(self.streams), step.enabled)
        if self.own_class is None:
            raise RecipeError(
                f"Step {step.id} is for chosen classes, so labels are needed; pass labels=."
            )
        return np.isin(self.own_class, step.classes)

    def _policy(self, op: Op, step: Step, selection: Selection) -> None:
        pool = op.pool(step.params) if op.pool else ()
        if pool:
            allowed = np.ones((len(selection.rows), len(pool)), bool)
        elif step.steps:
            may_have = [self._may_have(child)[selection.rows] for child in step.steps]
            allowed = np.stack(may_have, axis=1)
        else:
            return
        drawn = selection.sample_slots(step.id, op.draws, step.params)
        choice: PolicyChoice = op.function(allowed, **step.params, **drawn)
        width = max((_stages(child) for child in step.steps), default=1)
        collected: list[list[tuple[int, Applied]]] = [[] for _ in selection.rows]
        for index in range(allowed.shape[1]):
            chosen = choice.child == index
            if choice.strength is not None:
                # At strength 0 nothing happens, not even an op that knows no strength.
                chosen &= choice.strength > 0.0
            slots, entries = np.nonzero(chosen)
            if len(entries) == 0:
                continue
            strengths = None if choice.strength is None else choice.strength[slots, entries]
            children = selection.in_slots(slots, entries, width, strengths)
            if not pool:
                self.step(step.steps[index], children)
                continue
            pooled = pool[index]
            known = registry()[pooled.op].params
            given = {
                **registry()[pooled.op].defaults,
                **{name: value for name, value in step.params.items() if name in known},
                **pooled.params,
            }
            happening = self._applied(pooled, given, step, f"{step.id}/{pooled.op}", children)
            if choice.weights is None:
                self._add(children, happening)
            else:
                for entry, slot, applied in zip(entries, slots, happening, strict=True):
                    collected[entry].append((int(slot), applied))
        if choice.weights is not None:
            self._add(
                selection, _branched(op, step, selection, drawn, choice, choice.weights, collected)
            )

    def _add(self, selection: Selection, happening: Iterator[Applied]) -> None:
        for row, applied in zip(selection.rows.tolist(), happening, strict=False):
            self.ops[row].append(applied)

    def _applied(
        self,
        pooled: PoolEntry,
        given: Mapping[str, Any],
        step: Step,
        key: str,
        selection: Selection,
    ) -> Iterator[Applied]:
        """Draw the arguments of an op, and yield what happens, entry by entry."""
        op = registry()[pooled.op]
        partners: Sequence[int | None] = [None] * len(selection.rows)
        if op.mixes:
            if len(self.streams) < 2:
                self.notes[0].append(
                    f"{op.title} needs a second picture; this one is alone in its batch."
                )
                return
            partners = self._partners(key, selection)
        if self.size and not op.can_change(*self.size):
            height, width = self.size
            note = (
                f"{op.title} changes nothing: it needs a picture of at least {op.smallest_px} x "
                f"{op.smallest_px} pixels, and this one has {width} x {height}."
            )
            for row in set(selection.rows.tolist()):
                if note not in self.notes[row]:
                    self.notes[row].append(note)
        columns = selection.sample(key, {**op.draws, **pooled.draws}, op.params, given)
        each = zip(*columns.values(), strict=True) if columns else ((),) * len(partners)
        for drawn, partner, stage in zip(each, partners, selection.stages.tolist(), strict=True):
            values = {**given, **dict(zip(columns, drawn, strict=True))}
            yield Applied(step.id, op.name, values, partner, stage)

    def _partners(self, key: str, selection: Selection) -> list[int]:
        """Return the row of the partner of each entry.

        The samples of the whole batch form a circle, in the order of a keyed hash, and the partner is
        the next one. Each sample thus has another one as its partner, whatever the order of the batch.
        """
        partners = np.empty(len(selection.rows), np.int64)
        for salt in np.unique(selection.salts):
            circle = np.argsort(rng.combine(self.streams, rng.key(f"{key}.partner") ^ salt))
            following = np.empty_like(circle)
            following[circle] = np.roll(circle, -1)
            same = selection.salts == salt
            partners[same] = following[selection.rows[same]]
        return partners.tolist()


def _branched(
    op: Op,
    step: Step,
    selection: Selection,
    drawn: Mapping[str, npt.NDArray[Any]],
    choice: PolicyChoice,
    weights: npt.NDArray[np.float64],
    collected: list[list[tuple[int, Applied]]],
) -> Iterator[Applied]:
    """Yield for each entry the weighted sum of its branches, from its ops with their slots."""
    depth = len(choice.child) // len(weights)
    columns = {name: drawn[name].tolist() for name in op.drawn_once}
    for entry, ops in enumerate(collected):
        in_order = sorted(ops, key=lambda slot_and_op: slot_and_op[0])
        branches = tuple(
            Branch(float(weight), tuple(one for slot, one in in_order if slot // depth == number))
            for number, weight in enumerate(weights[:, entry])
        )
        values = {**step.params, **{name: column[entry] for name, column in columns.items()}}
        yield Applied(step.id, op.name, values, None, int(selection.stages[entry]), branches)


def _stages(step: Step) -> int:
    """Return how many stages a step may take: one, or for a policy one per slot and depth."""
    draws = registry()[step.op].draws.values()
    slots = max((draw_of.repeats(step.params) for draw_of in draws), default=1)
    return slots * max((_stages(child) for child in step.steps), default=1)
