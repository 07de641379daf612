"""Which step of a recipe is hard: the training loss of the pictures that an op happened to.

The draws of the training are repeated, without rendering a picture, and held against the losses in
``train_losses.npz``. As it is drawn by chance what happens to a picture, the difference between the
pictures that an op happened to and the others is that op's doing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from augment.compare.groups import Group
from augment.engine.distributions import Beta
from augment.engine.op import registry
from augment.engine.params import Draw, Param
from augment.engine.plan import Applied
from augment.engine.recipe import Recipe, Step
from augment.errors import RunError
from augment.runs.evaluation import Floats, Ints
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.runs.stages import is_augmented
from augment.system import files
from augment.system.units import counted
from augment.train.epoch_batches import EpochBatches
from augment.train.train_losses import Losses

PERIODS = 8
"""Into how many periods the epochs are divided, where there are as many."""
BINS = 4
"""Into how many bins of strength the pictures of an op are divided."""
MOST_PICTURES = 40_000
"""How many pictures the draws of a group are repeated for, about; of more, epochs are left out."""

_ERRORS = 1.96
"""Standard errors to either side of the mean of many pictures, for 95 %."""
_UNIFORMS = (2.0**-53, 0.5, 1.0 - 2.0**-53)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The training loss of some pictures.

    Attributes:
        mean: Their mean; None without pictures.
        error: The standard error of the mean, over the pictures; None for fewer than two.
        pictures: How many there are; a picture counts once in each epoch and run.
    """

    mean: float | None
    error: float | None
    pictures: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"mean": self.mean, "error": self.error, "pictures": self.pictures}


@dataclass(frozen=True, kw_only=True)
class StrengthBin:
    """The pictures that an op happened to with a strength in a range.

    Attributes:
        low: The least strength, from 0 (changes nothing) to 1 (the op's extreme).
        high: The greatest.
        losses: In each period.
    """

    low: float
    high: float
    losses: tuple[Loss, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"low": self.low, "high": self.high, "losses": _dicts(self.losses)}


@dataclass(frozen=True, kw_only=True)
class HardOp:
    """The training loss by whether an op happened to a picture, and how strongly.

    Attributes:
        step: The id of the step of the recipe that it comes from.
        op: The name of the op; for a policy as a whole, that of the policy.
        title: The title of the op.
        within: The title of the policy that it is in; empty for what the recipe has at the top.
        happened: The losses of the pictures that it happened to, in each period.
        otherwise: Those of the other pictures that it could have happened to (those of the classes that
            the step is for); where it is in a policy, another op of the policy may have happened to them.
        strengths: The losses by strength, with about as many pictures in each bin, ascending; empty
            where the op has no strength.
    """

    step: str
    op: str
    title: str
    within: str
    happened: tuple[Loss, ...]
    otherwise: tuple[Loss, ...]
    strengths: tuple[StrengthBin, ...] = ()

    @property
    def full_title(self) -> str:
        """The title with that of the policy that the op is in, as a person reads it."""
        return f"{self.within} → {self.title}" if self.within else self.title

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "step": self.step,
            "op": self.op,
            "title": self.title,
            "within": self.within,
            "happened": _dicts(self.happened),
            "otherwise": _dicts(self.otherwise),
            "strengths": _dicts(self.strengths),
        }


@dataclass(frozen=True, kw_only=True)
class AddedLoss:
    """The mean training loss of the pictures that an op happened to, less that of the others.

    Attributes:
        difference: Over all epochs.
        low: Lower end of its 95 % interval, over pictures.
        high: Upper end.
    """

    difference: float
    low: float
    high: float


def added_loss(op: HardOp) -> AddedLoss | None:
    """Return what an op adds; None where it happened to all pictures, to none, or to a single one."""
    happened, otherwise = op.happened[-1], op.otherwise[-1]
    if happened.mean is None or otherwise.mean is None:
        return None
    if happened.error is None or otherwise.error is None:
        return None
    difference = happened.mean - otherwise.mean
    half = _ERRORS * math.hypot(happened.error, otherwise.error)
    return AddedLoss(difference=difference, low=difference - half, high=difference + half)


@dataclass(frozen=True, kw_only=True)
class HardSteps:
    """How hard each step of a recipe makes the pictures.

    Attributes:
        periods: The first and the last epoch of each period; the last entry covers all epochs, so
            ``happened[-1]`` is over the whole training.
        ops: Each step of the recipe, and after a policy the ops that it draws.
        epochs: The epochs whose draws were repeated.
        pictures: How many pictures that are, over the runs.
        runs: The ids of the runs whose losses these are.
        notes: A sentence for each thing that should be known.
    """

    periods: tuple[tuple[int, int], ...]
    ops: tuple[HardOp, ...]
    epochs: tuple[int, ...]
    pictures: int
    runs: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "periods": [list(period) for period in self.periods],
            "ops": _dicts(self.ops),
            "epochs": list(self.epochs),
            "pictures": self.pictures,
            "runs": list(self.runs),
            "notes": list(self.notes),
        }


def hard_steps(group: Group, *, most: int = MOST_PICTURES) -> HardSteps:
    """Return how hard each step of the recipe of a group makes the training pictures.

    An op counts as having happened where its own draw says so; what happened to the picture that a mix
    blends in does not count. Where oversampling took a picture several times in an epoch, each of its
    draws has the mean loss of all.

    Args:
        group: The group.
        most: For about how many pictures the draws are repeated; of more, epochs are left out, and of
            large epochs also batches.

    Raises:
        DataError: The data is not prepared (the message has the command that prepares it).
        RunError: The recipe has no step, no run of the group has losses of its training pictures, or the
            data has changed.
    """
    recipe = group.config.recipe
    if not any(step.enabled for step in recipe.steps):
        raise RunError(f"{group.name} has no step that could be hard.")
    found = _Found()
    runs = [run for run in group.runs if files.exists(RunFolder(run.path).train_losses)]
    if not runs:
        raise RunError(
            f"No run of {group.name} has the losses of its training pictures (train_losses.npz); it is "
            "written on one device, for up to about 100,000 pictures."
        )
    totals = [_repeat(run, found, most=most // len(runs)) for run in runs]
    if not found.losses:
        raise RunError(f"No epoch of {group.name} that was augmented has losses.")
    return _summary(recipe, found, runs=runs, epochs_of_runs=max(totals))


@dataclass
class _Found:
    """What happened to each picture, and its loss; a picture of an epoch of a run is an index.

    Attributes:
        losses: The loss of each picture.
        epochs: The epoch of each picture.
        labels: Its class.
        happened: By step and op, the indexes of the pictures that it happened to, and how strongly (NaN
            where the op has no strength).
    """

    losses: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    happened: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)

    def add(self, loss: float, epoch: int, label: int, ops: Iterable[Applied]) -> None:
        index = len(self.losses)
        self.losses.append(loss)
        self.epochs.append(epoch)
        self.labels.append(label)
        for applied in ops:
            if has_happened(applied):
                indexes = self.happened.setdefault((applied.step, applied.op), {})
                # Of an op that happened several times, the strongest counts.
                strength = strength_of(applied)
                indexes[index] = max(indexes.get(index, strength), strength)


def _repeat(run: Run, found: _Found, *, most: int) -> int:
    """Draw again what happened in a run, for about so many pictures; return how many epochs it has.

    Epochs that were not augmented do not count.
    """
    assert run.config is not None  # of a group
    kept = Losses.read(RunFolder(run.path).train_losses)
    batches = EpochBatches(run.config, run.config.prepared())
    if not np.array_equal(kept.ids, batches.ids):
        raise RunError(
            f"The data of the run {run.id} has changed since it was trained, so its draws cannot be "
            "repeated; train again."
        )
    epochs = [epoch for epoch in kept.epochs.tolist() if is_augmented(run.config, epoch)]
    if not epochs:
        return 0
    each = batches.pictures_in(epochs[-1])
    count = min(len(epochs), max(most // each, PERIODS))
    places = np.unique(np.linspace(0, len(epochs) - 1, count).round().astype(int))
    every = max(1, math.ceil(count * each / most))
    by_epoch = dict(zip(kept.epochs.tolist(), kept.losses.astype(np.float64), strict=True))
    for epoch in (epochs[place] for place in places):
        losses = by_epoch[epoch]
        for batch, rows in list(enumerate(batches.rows(epoch)))[::every]:
            plan = batches.plan(epoch, batch)
            assert plan is not None  # because it is augmented
            for row, happens in zip(rows.tolist(), plan.rows, strict=True):
                if math.isfinite(losses[row]):
                    label = int(batches.labels[row])
                    found.add(float(losses[row]), epoch, label, _flat(happens.ops))
    return len(epochs)


def _flat(ops: Iterable[Applied]) -> Iterator[Applied]:
    """Yield ops and those on their branches."""
    for applied in ops:
        yield applied
        for branch in applied.branches:
            yield from branch.ops


def has_happened(applied: Applied) -> bool:
    """Whether an op in a plan changes the picture: not where every choice that it drew is no.

    A flip, for example, may be drawn to flip in neither direction.
    """
    chosen = [
        value
        for name in registry()[applied.op].drawn_once
        if isinstance(value := applied.values.get(name), bool)
    ]
    return not chosen or any(chosen)


def strength_of(applied: Applied) -> float:
    """Return how strong an op in a plan is: 0 changes nothing, 1 is its extreme; NaN if it has none.

    It is the distance of a drawn argument from its value at strength 0, relative to that of its value at
    strength 1 (`Param.strength_range`), and the largest of them where there are several. For a mix it is
    how evenly two pictures share the result: 1 where each has half, 0 where one has all.
    """
    op = registry()[applied.op]
    if op.mixes:
        shares = [applied.values[name] for name, draw in op.draws.items() if isinstance(draw, Beta)]
        return 2.0 * min(min(share, 1.0 - share) for share in shares) if shares else math.nan
    strengths = [
        min(abs(float(applied.values[name]) - identity) / reach, 1.0)
        for name, (identity, reach) in _scales(applied.op).items()
    ]
    return max(strengths, default=math.nan)


@functools.cache
def _scales(name: str) -> Mapping[str, tuple[float, float]]:
    """Return for each drawn argument that follows a strength its value at 0, and how far it goes at 1."""
    op = registry()[name]
    found = {}
    for argument in op.drawn_once:
        if op.draws[argument].takes_strength:
            weakest, strongest = op.draws[argument].strength_range(op.params)
            identity = _at(op.draws[argument], op.params, weakest)[0]
            reach = np.abs(_at(op.draws[argument], op.params, strongest) - identity).max()
            found[argument] = (float(identity), float(reach))
    return found


def _at(draw: Draw, params: Mapping[str, Param], value: float) -> Floats:
    """Return what is drawn where a policy's strength gives a value, from one end to the other."""
    uniforms = np.stack([np.array(_UNIFORMS)] * draw.uniforms_needed)
    return np.asarray(draw.sample(uniforms, {}, np.full(len(_UNIFORMS), value)), np.float64)


def _summary(
    recipe: Recipe, found: _Found, *, runs: Sequence[Run], epochs_of_runs: int
) -> HardSteps:
    losses, epochs = np.array(found.losses), np.array(found.epochs)
    labels = np.array(found.labels)
    drawn = np.unique(epochs)
    parts = np.array_split(drawn, min(PERIODS, len(drawn)))
    periods = [(int(part[0]), int(part[-1])) for part in parts]
    firsts = np.array([first for first, _ in periods])
    by = _ByPeriod(losses, np.searchsorted(firsts, epochs, side="right") - 1, len(periods))
    ops = []
    for step, within, classes in _steps(recipe.steps):
        eligible = (
            np.ones(len(losses), bool) if classes is None else np.isin(labels, sorted(classes))
        )
        inside = _ids(step)
        keys = [key for key in found.happened if key[0] in inside]
        together = _union([found.happened[key] for key in keys])
        title = registry()[step.op].title
        is_alone = registry()[step.op].kind != "policy"
        strengths = found.happened.get((step.id, step.op), {}) if is_alone else {}
        ops.append(
            by.hard_op(
                step, step.op, within, chosen=together, eligible=eligible, strengths=strengths
            )
        )
        if registry()[step.op].pool is not None:
            for _, name in sorted(key for key in keys if key[1] != step.op):
                of_op = found.happened[step.id, name]
                ops.append(
                    by.hard_op(step, name, title, chosen=of_op, eligible=eligible, strengths=of_op)
                )
    return HardSteps(
        periods=(*periods, (periods[0][0], periods[-1][1])),
        ops=tuple(ops),
        epochs=tuple(drawn.tolist()),
        pictures=len(losses),
        runs=tuple(run.id for run in runs),
        notes=tuple(_notes(recipe, drawn=len(drawn), epochs=epochs_of_runs, pictures=len(losses))),
    )


@dataclass(frozen=True)
class _ByPeriod:
    """The mean losses of pictures in each of some periods, and then in all of them.

    Attributes:
        losses: float64 (M,).
        periods: int64 (M,), the period of each picture.
        count: The number of periods.
    """

    losses: Floats
    periods: Ints
    count: int

    def of(self, indexes: Ints) -> tuple[Loss, ...]:
        losses, periods = self.losses[indexes], self.periods[indexes]
        each = (losses[periods == period] for period in range(self.count))
        return tuple(map(_loss, (*each, losses)))

    def hard_op(
        self,
        step: Step,
        name: str,
        within: str,
        *,
        chosen: Iterable[int],
        eligible: Any,
        strengths: Mapping[int, float],
    ) -> HardOp:
        happened = np.zeros(len(self.losses), bool)
        happened[list(chosen)] = True
        return HardOp(
            step=step.id,
            op=name,
            title=registry()[name].title,
            within=within,
            happened=self.of(np.flatnonzero(happened)),
            otherwise=self.of(np.flatnonzero(eligible & ~happened)),
            strengths=tuple(self.bins(strengths)),
        )

    def bins(self, strengths: Mapping[int, float]) -> Iterator[StrengthBin]:
        """Yield the losses by strength; none where there is one strength alone."""
        indexes = np.fromiter(strengths, np.int64, len(strengths))
        values = np.fromiter(strengths.values(), np.float64, len(strengths))
        if not len(values) or np.isnan(values[0]):
            return
        inner = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
        places = np.searchsorted(inner, values, side="right")
        filled = np.unique(places)
        for place in filled if len(filled) > 1 else ():
            inside = places == place
            yield StrengthBin(
                low=float(values[inside].min()),
                high=float(values[inside].max()),
                losses=self.of(indexes[inside]),
            )


def _loss(losses: Floats) -> Loss:
    count = len(losses)
    return Loss(
        mean=float(losses.mean()) if count else None,
        error=float(losses.std(ddof=1) / math.sqrt(count)) if count > 1 else None,
        pictures=count,
    )


def _steps(
    steps: Iterable[Step], within: str = "", classes: frozenset[int] | None = None
) -> Iterator[tuple[Step, str, frozenset[int] | None]]:
    """Yield the steps that are on, what each is in, and the classes that it may happen to (None: all)."""
    for step in steps:
        if step.enabled:
            own = classes
            if step.classes is not None:
                own = frozenset(step.classes) & (frozenset(step.classes) if own is None else own)
            yield step, within, own
            yield from _steps(step.steps, registry()[step.op].title, own)


def _ids(step: Step) -> set[str]:
    """Return the ids of a step and of all that are in it."""
    return {step.id}.union(*map(_ids, step.steps))


def _union(parts: Iterable[Mapping[int, float]]) -> set[int]:
    return set().union(*parts)


def _notes(recipe: Recipe, *, drawn: int, epochs: int, pictures: int) -> Iterator[str]:
    if drawn < epochs:
        yield f"From {drawn} of {counted(epochs, 'epoch')}, which are {pictures:,} pictures."
    if any(registry()[step.op].mixes for step in recipe.walk() if step.enabled):
        yield (
            "The loss of a mixed picture is that of its mixed label, which no prediction brings to 0, so "
            "a mix looks harder than it is."
        )


def _dicts(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [value.to_dict() for value in values]
