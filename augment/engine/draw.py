"""Draw: turn a recipe into a plan. Probability, classes and policies are here and nowhere else.

What a recipe needs is looked up once (`_prepared`); a batch is then a few calls over arrays, whatever its
size, and no object is made for a row.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from augment.engine import arrays, rng
from augment.engine.arrays import Ints
from augment.engine.op import Op, registry
from augment.engine.params import Draw, Param
from augment.engine.plan import Applied, Branch, Column, Plan
from augment.engine.policies import PolicyChoice, PoolEntry
from augment.engine.recipe import Recipe, Step
from augment.engine.rng import Floats
from augment.errors import ArrayError, RecipeError

Values = npt.NDArray[Any]


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
    everyone, stage = Selection.all_rows(drawing.streams, 0), 0
    for step in _prepared(_Same(recipe), _Same(registry())):
        drawing.step(step, everyone._replace(stages=everyone.stages + stage))
        stage += step.stages
    return Plan.drawn(
        seed=seed,
        ids=id_array.copy(),
        epochs=epochs,
        notes=drawing.notes,
        columns=tuple(drawing.columns),
    )


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


class Selection(NamedTuple):
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

    def at(self, chosen: npt.NDArray[np.bool_] | slice) -> Selection:
        """Return the entries that are chosen."""
        return Selection(
            rows=self.rows[chosen],
            streams=self.streams[chosen],
            salts=self.salts[chosen],
            stages=self.stages[chosen],
            strengths=None if self.strengths is None else self.strengths[chosen],
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> Selection:
        """Return the entries that are chosen, and the selection itself where all are."""
        return self if chosen.all() else self.at(chosen)

    def in_slots(
        self, slots: Ints, entries: Ints, width: int, strengths: Floats | None
    ) -> Selection:
        """Return the selection that a policy draws its children for.

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

    def uniform(self, keys: rng.UInts) -> Floats:
        """Return float64 (k, n): a number between 0 and 1 for each entry by each key.

        Args:
            keys: uint64 (k, 1), or (k, n) where the entries have keys of their own.
        """
        return rng.uniform(self.streams, keys ^ self.salts)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What an op draws, prepared for any number of batches; see `of`.

    Attributes:
        draws: For each argument its name, its distribution, which of the uniform numbers it takes,
            and its values at strength 0 and 1, if it follows the strength of a policy.
        keys: uint64 (k, 1), the key of each uniform number.
        given: The values of the op's parameters.
    """

    draws: tuple[tuple[str, Draw, slice, tuple[float, float] | None], ...]
    keys: rng.UInts
    given: dict[str, Any]

    @classmethod
    def of(
        cls,
        key: str,
        draws: Mapping[str, Draw],
        params: Mapping[str, Param],
        given: Mapping[str, Any],
    ) -> Arguments:
        """Prepare the arguments of an op.

        Args:
            key: What the draws are keyed by, with the argument's name.
            draws: The arguments.
            params: The op's parameters.
            given: Their values.
        """
        prepared = []
        keys: list[np.uint64] = []
        for name, draw in draws.items():
            count = draw.repeats(given) if draw.slots else draw.uniforms_needed
            uniforms = slice(len(keys), len(keys) + count)
            keys.extend(rng.key(f"{key}.{name}{n or ''}") for n in range(count))
            ends = draw.strength_range(params) if draw.takes_strength else None
            prepared.append((name, draw, uniforms, ends))
        return cls(
            draws=tuple(prepared),
            keys=np.array(keys, np.uint64)[:, None],
            given=dict(given),
        )

    def sample(self, uniforms: Floats, strengths: Floats | None = None) -> dict[str, Values]:
        """Return each argument for n entries, (n,) each.

        Args:
            uniforms: float64 (k, n), by `keys`; more than k are not read.
            strengths: float64 (n,) from 0 to 1, or None outside policies.
        """
        drawn = {}
        for name, draw, mine, ends in self.draws:
            strength = None
            if strengths is not None and ends is not None:
                weakest, strongest = ends
                strength = weakest + strengths * (strongest - weakest)
            drawn[name] = draw.sample(uniforms[mine], self.given, strength)
        return drawn

    def sample_slots(self, uniforms: Floats) -> dict[str, Values]:
        """Return what a policy draws for n entries, each (slots, n), or (n,) where it has no slots.

        Args:
            uniforms: float64 (k, n), by `keys`.
        """
        return {
            name: draw.sample(
                (uniforms[mine] if draw.slots else uniforms[mine][0])[None], self.given
            )
            for name, draw, mine, _ in self.draws
        }


@dataclass(frozen=True, kw_only=True)
class _Source:
    """An op of a step or of a policy's pool, prepared.

    Attributes:
        step: The id of the step.
        op: The op.
        arguments: What it draws.
        partner_key: The key of the partners, for an op that mixes.
    """

    step: str
    op: Op
    arguments: Arguments
    partner_key: np.uint64

    @classmethod
    def of(
        cls, step: Step, key: str, op: Op, draws: Mapping[str, Draw], given: Mapping[str, Any]
    ) -> _Source:
        arguments = Arguments.of(key, draws, op.params, given)
        partner_key = rng.key(f"{key}.partner")
        return cls(step=step.id, op=op, arguments=arguments, partner_key=partner_key)


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A step with all that is the same for every batch.

    Attributes:
        step: The step.
        source: The op itself.
        happens_key: uint64 (1, 1), the key of whether it happens.
        stages: How many stages it may take: one, or for a policy one per slot and depth.
        width: How many of them a slot may take.
        children: The steps that a policy chooses from.
        pool: Or the ops that it chooses from.
        pool_keys: uint64 (k, ops), the keys of each; 0 where it has fewer than another.
    """

    step: Step
    source: _Source
    happens_key: rng.UInts
    stages: int
    width: int
    children: tuple[_Prepared, ...]
    pool: tuple[_Source, ...]
    pool_keys: rng.UInts

    @classmethod
    def of(cls, step: Step, ops: Mapping[str, Op]) -> _Prepared:
        op = ops[step.op]
        entries = op.pool(step.params) if op.pool else ()
        pool = tuple(_pooled(step, entry, ops) for entry in entries)
        pool_keys = np.zeros(
            (max((len(o.arguments.keys) for o in pool), default=0), len(pool)), np.uint64
        )
        for index, source in enumerate(pool):
            pool_keys[: len(source.arguments.keys), index] = source.arguments.keys[:, 0]
        children = tuple(cls.of(child, ops) for child in step.steps)
        slots = max((draw_of.repeats(step.params) for draw_of in op.draws.values()), default=1)
        width = max((child.stages for child in children), default=1)
        return cls(
            step=step,
            source=_Source.of(step, step.id, op, op.draws, step.params),
            happens_key=np.array([[rng.key(f"{step.id}.probability")]]),
            stages=slots * width,
            width=width,
            children=children,
            pool=pool,
            pool_keys=pool_keys,
        )


def _pooled(step: Step, entry: PoolEntry, ops: Mapping[str, Op]) -> _Source:
    op = ops[entry.op]
    of_policy = {name: value for name, value in step.params.items() if name in op.params}
    given = {**op.defaults, **of_policy, **entry.params}
    return _Source.of(step, f"{step.id}/{op.name}", op, {**op.draws, **entry.draws}, given)


class _Same:
    """What is a key by being that very object: a recipe, which never changes but has no hash."""

    def __init__(self, it: Any) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


@functools.lru_cache(maxsize=64)
def _prepared(recipe: _Same, ops: _Same) -> tuple[_Prepared, ...]:
    """Return the steps of a recipe, prepared with the ops of a registry."""
    return tuple(_Prepared.of(step, ops.it) for step in recipe.it.steps)


class _Drawing:
    """Collects what happens to each row while the steps are drawn one by one."""

    def __init__(
        self, streams: rng.UInts, own_class: Ints | None, size: tuple[int, int] | None
    ) -> None:
        self.streams = streams
        self.own_class = own_class
        self.size = size
        self.columns: list[Column] = []
        self.notes: dict[int, list[str]] = {}

    def step(self, prepared: _Prepared, selection: Selection) -> None:
        """Draw one step of the recipe for a selection."""
        step = prepared.step
        may_have = self._may_have(step)
        if may_have is False:
            return
        if may_have is not True:
            selection = selection.where(may_have[selection.rows])
        if step.probability < 1.0:
            happens = selection.uniform(prepared.happens_key)[0] < step.probability
            selection = selection.where(happens)
        if len(selection.rows) == 0:
            return
        source = prepared.source
        if source.op.kind == "policy":
            self._policy(prepared, selection)
            return
        uniforms = selection.uniform(source.arguments.keys)
        self.columns.extend(self._column(source, selection, uniforms))

    def _may_have(self, step: Step) -> bool | npt.NDArray[np.bool_]:
        """Return whether the step is on and for the sample's own class: of all rows, or (B,)."""
        if not step.enabled or step.classes is None:
            return step.enabled
        if self.own_class is None:
            raise RecipeError(
                f"Step {step.id} is for chosen classes, so labels are needed; pass labels=."
            )
        return np.isin(self.own_class, step.classes)

    def _policy(self, prepared: _Prepared, selection: Selection) -> None:
        step, source = prepared.step, prepared.source
        children = prepared.pool or prepared.children
        if not children:
            return
        count = len(selection.rows)
        allowed = np.ones((count, len(children)), bool)
        for index, child in enumerate(prepared.children):
            may_have = self._may_have(child.step)
            allowed[:, index] = may_have if isinstance(may_have, bool) else may_have[selection.rows]
        drawn = source.arguments.sample_slots(selection.uniform(source.arguments.keys))
        choice: PolicyChoice = source.op.function(allowed, **step.params, **drawn)
        happens = choice.child >= 0
        if choice.strength is not None:
            # At strength 0 nothing happens, not even an op that knows no strength.
            happens &= choice.strength > 0.0
        # Child by child, so that each is drawn once, over all slots.
        chosen = np.flatnonzero(happens)
        child_of = choice.child.ravel()[chosen]
        order = np.argsort(child_of.astype(np.int16), kind="stable")
        chosen, child_of = chosen[order], child_of[order]
        slots, entries = np.divmod(chosen, count)
        strengths = None if choice.strength is None else choice.strength.ravel()[chosen]
        given = selection.in_slots(slots, entries, prepared.width, strengths)
        ends = np.searchsorted(child_of, np.arange(len(children) + 1)).tolist()
        parts = [
            (n, slice(*ends[n : n + 2])) for n in range(len(children)) if ends[n] < ends[n + 1]
        ]
        if not prepared.pool:
            for index, part in parts:
                self.step(prepared.children[index], given.at(part))
            return
        uniforms = given.uniform(prepared.pool_keys[:, child_of])
        happening = [
            (part, column)
            for index, part in parts
            for column in self._column(prepared.pool[index], given.at(part), uniforms[:, part])
        ]
        if choice.weights is None:
            self.columns.extend(column for _, column in happening)
            return
        collected: list[list[tuple[int, Applied]]] = [[] for _ in range(count)]
        for part, column in happening:
            for entry, slot, applied in zip(
                entries[part].tolist(), slots[part].tolist(), column.applied(), strict=True
            ):
                collected[entry].append((slot, applied))
        self.columns.append(
            Column(
                step=step.id,
                op=source.op.name,
                given=source.arguments.given,
                drawn={name: drawn[name] for name in source.op.drawn_once},
                rows=selection.rows,
                stages=selection.stages,
                branches=_branches(choice, choice.weights, collected),
            )
        )

    def _column(self, source: _Source, selection: Selection, uniforms: Floats) -> Iterator[Column]:
        """Yield what happens by an op, if it can.

        Args:
            source: The op.
            selection: What it is drawn for; at least one entry.
            uniforms: float64 (k, n), the uniform numbers of the op's arguments.
        """
        op = source.op
        partners = None
        if op.mixes:
            if len(self.streams) < 2:
                self._note(0, f"{op.title} needs a second picture; this one is alone in its batch.")
                return
            partners = self._partners(source.partner_key, selection)
        if self.size and not op.can_change(*self.size):
            height, width = self.size
            note = (
                f"{op.title} changes nothing: it needs a picture of at least {op.smallest_px} x "
                f"{op.smallest_px} pixels, and this one has {width} x {height}."
            )
            for row in set(selection.rows.tolist()):
                if note not in self.notes.get(row, ()):
                    self._note(row, note)
        yield Column(
            step=source.step,
            op=op.name,
            given=source.arguments.given,
            drawn=source.arguments.sample(uniforms, selection.strengths),
            rows=selection.rows,
            stages=selection.stages,
            partners=partners,
        )

    def _note(self, row: int, note: str) -> None:
        self.notes.setdefault(row, []).append(note)

    def _partners(self, key: np.uint64, selection: Selection) -> Ints:
        """Return, int64 (n,), the row of the partner of each entry.

        The samples of the whole batch form a circle, in the order of a keyed hash, and the partner is
        the next one. Each sample thus has another one as its partner, whatever the order of the batch.
        """
        partners = np.empty_like(selection.rows)
        for salt in set(selection.salts.tolist()):
            circle = np.argsort(rng.combine(self.streams, key ^ np.uint64(salt)))
            following = np.empty_like(circle)
            following[circle] = np.concatenate((circle[1:], circle[:1]))
            same = selection.salts == salt
            partners[same] = following[selection.rows[same]]
        return partners


def _branches(
    choice: PolicyChoice,
    weights: npt.NDArray[np.float64],
    collected: list[list[tuple[int, Applied]]],
) -> list[tuple[Branch, ...]]:
    """Return for each entry the branches that its ops make, from its ops with their slots."""
    depth = len(choice.child) // len(weights)
    made = []
    for ops, shares in zip(collected, weights.T.tolist(), strict=True):
        in_order = sorted(ops, key=lambda slot_and_op: slot_and_op[0])
        made.append(
            tuple(
                Branch(weight, tuple(one for slot, one in in_order if slot // depth == number))
                for number, weight in enumerate(shares)
            )
        )
    return made
