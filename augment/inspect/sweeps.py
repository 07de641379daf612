"""One picture under several values of one setting of a recipe, or of two; all draws stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from augment.engine.colour import Image
from augment.engine.op import registry
from augment.engine.params import Param
from augment.engine.plan import Row
from augment.engine.recipe import Recipe
from augment.engine.samples import Labels, Samples
from augment.errors import RecipeError
from augment.inspect.mixing import is_mixing
from augment.inspect.settings import PROBABILITY, find, settings_of, value_of, with_setting
from augment.inspect.subject import Subject

# From this ratio of its ends on, a range is divided in even ratios: else half of its values look alike.
_WIDE = 100.0


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A setting of one step of a recipe.

    Attributes:
        step_id: The id of the step.
        op: The name of its op.
        name: The name of the parameter, or "probability".
        label: Its name on a page, such as "RandAugment: Magnitude".
        param: Its range, unit and help.
        present: The value that the recipe has.
    """

    step_id: str
    op: str
    name: str
    label: str
    param: Param
    present: Any

    @property
    def key(self) -> str:
        """Its name in an address and in a document, "STEP.PARAMETER"."""
        return f"{self.step_id}.{self.name}"


def sweepable(recipe: Recipe) -> tuple[Axis, ...]:
    """Return every setting that can change anything: of all steps that are on, in their order."""
    counts: dict[str, int] = {}
    axes: list[Axis] = []
    for step in recipe.enabled_steps():
        op = registry()[step.op]
        counts[op.name] = counts.get(op.name, 0) + 1
        which = f" {counts[op.name]}" if counts[op.name] > 1 else ""
        axes.extend(
            Axis(
                step_id=step.id,
                op=op.name,
                name=name,
                label=f"{op.title}{which}: {param.label}",
                param=param,
                present=value_of(step, name),
            )
            for name, param in settings_of(step).items()
        )
    return tuple(axes)


def default_axes(recipe: Recipe) -> tuple[Axis, ...]:
    """Return what to look at first, across and down: for RandAugment the paper's N and M.

    These are the first two numbers, in the order in which the ops declare them. After them come
    choices, then what matters for one choice alone, then what is for fine tuning, then probabilities.

    Returns:
        Two; one where the recipe has no more; none where no step is on.
    """
    return tuple(sorted(sweepable(recipe), key=_rank)[:2])


def default_axis(recipe: Recipe, *, mixing: bool = True) -> Axis | None:
    """Return what to look at first alone: of `default_axes` the first that runs from nothing on.

    Args:
        recipe: The recipe.
        mixing: Whether it may be of a step that mixes pictures; where there is no other, it is.
    """
    axes: Sequence[Axis] = default_axes(recipe)
    if not mixing:
        others = (axis for axis in sweepable(recipe) if not is_mixing(axis.op))
        axes = sorted(others, key=_rank)[:2] or axes
    strengths = (axis for axis in axes if axis.param.identity is not None)
    return next(strengths, axes[0] if axes else None)


def values(axis: Axis, count: int = 7) -> tuple[Any, ...]:
    """Return the values to show: evenly over the range, both ends and the present value among them.

    A range above 0 whose ends differ a hundredfold or more is divided in even ratios. The present
    value replaces the nearest one other than an end. A setting with fewer stops gives fewer values, and
    a choice gives all.

    Args:
        axis: What to vary.
        count: How many, at least 3.

    Raises:
        ValueError: The count is less than 3.
    """
    if count < 3:
        raise ValueError(f"count is {count}; it must be at least 3")
    param = axis.param
    if param.type == "choice":
        return param.choices
    low, high = param.bounds
    even = np.geomspace if param.type == "float" and 0 < low * _WIDE <= high else np.linspace
    spaced = {on_step(param, value) for value in even(low, high, count)} | {low, high}
    if axis.present not in spaced:
        inner = sorted(spaced - {low, high})
        nearest = min(inner, key=lambda value: abs(value - axis.present), default=axis.present)
        spaced = spaced - {nearest} | {axis.present}
    return tuple(param.check(value) for value in sorted(spaced))


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The picture under one value of a setting, or under one of each of two.

    Attributes:
        values: The value; for a matrix the one across, then the one down.
        image: uint8 (S, S, 3).
        label: float32 (K,).
        row: What was drawn for it: its ops and notes.
        is_present: Whether this is what the recipe has, and so the picture that `augment.apply` gives.
    """

    values: tuple[Any, ...]
    image: Image
    label: Labels
    row: Row
    is_present: bool


def sweep(
    recipe: Recipe,
    samples: Samples,
    *,
    row: int,
    seed: int,
    epoch: int,
    axis: Axis,
    values: Sequence[Any],
) -> tuple[Variant, ...]:
    """Render one picture of a batch under each value of a setting.

    What is drawn is keyed by the steps and not by their settings, so each picture differs from the
    next by the setting alone; where the setting is a probability, by whether the step happens.

    Args:
        recipe: What may happen; it stays as it is.
        samples: The batch that the picture is in.
        row: Which of them.
        seed: Any integer.
        epoch: The epoch.
        axis: What to vary, one of `sweepable`.
        values: See `values`.

    Returns:
        One for each value.

    Raises:
        RecipeError: A value is not allowed, or the step is no longer in the recipe. The values of
            `values` are always allowed, because what a setting may be depends on no other setting.
        IndexError: There is no such row.
    """
    subject = Subject(samples=samples, row=row)
    present = _present(recipe, axis)
    return tuple(
        _variant(changed, subject, seed, epoch, (value,), value == present)
        for value in values
        for changed in [with_setting(recipe, axis.step_id, axis.name, value)]
    )


def matrix(
    recipe: Recipe,
    samples: Samples,
    *,
    row: int,
    seed: int,
    epoch: int,
    across: Axis,
    across_values: Sequence[Any],
    down: Axis,
    down_values: Sequence[Any],
) -> tuple[tuple[Variant, ...], ...]:
    """Render one picture of a batch under each pair of values of two settings; see `sweep`.

    Returns:
        One tuple for each value down, in it one variant for each value across.

    Raises:
        RecipeError: As for `sweep`; or the two settings are the same.
    """
    if (across.step_id, across.name) == (down.step_id, down.name):
        raise RecipeError("The settings across and down are the same; choose two that differ.")
    subject = Subject(samples=samples, row=row)
    present = (_present(recipe, across), _present(recipe, down))
    lines = [(value, with_setting(recipe, down.step_id, down.name, value)) for value in down_values]
    return tuple(
        tuple(
            _variant(changed, subject, seed, epoch, (value, below), (value, below) == present)
            for value in across_values
            for changed in [with_setting(line, across.step_id, across.name, value)]
        )
        for below, line in lines
    )


def _variant(
    recipe: Recipe,
    subject: Subject,
    seed: int,
    epoch: int,
    given: tuple[Any, ...],
    is_present: bool,
) -> Variant:
    subject = subject.within(recipe)
    plan = subject.drawn(recipe, seed=seed, epoch=epoch)
    image, label = subject.rendered(plan)
    row = plan.rows[subject.row]
    return Variant(values=given, image=image, label=label, row=row, is_present=is_present)


def _present(recipe: Recipe, axis: Axis) -> Any:
    return value_of(find(recipe, axis.step_id), axis.name)


def _rank(axis: Axis) -> tuple[bool, bool, bool, bool]:
    """Return the sort key that puts the most telling settings first; sorting keeps equals in order."""
    return (
        axis.name == PROBABILITY.name,
        axis.param.secondary,
        axis.param.only_if is not None,
        axis.param.type == "choice",
    )


def on_step(param: Param, value: float) -> float:
    """Return the value of a slider that is nearest to a number."""
    low, high = param.bounds
    step = param.step or (1.0 if param.type == "int" else (high - low) / 1000)
    return min(round(low + round((value - low) / step) * step, 9), high)
