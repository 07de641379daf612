"""One picture under several values of a setting, everything else and all that is drawn kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.errors import RecipeError
from augment.looking._settings import find, value_of, with_setting
from augment.looking._subject import Label, Subject
from augment.looking.axes import Axis
from augment.ops._colour import Image
from augment.plan import Row
from augment.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The picture under one value of a setting, or under one of each of two.

    Attributes:
        values: The value; for a matrix the one across, then the one down.
        image: uint8 (S, S, 3).
        label: float32 (K,), or None where no labels were given.
        row: What was drawn for it: its ops and notes.
        is_present: Whether this is what the recipe has, and so the picture that `augment.apply` gives.
    """

    values: tuple[Any, ...]
    image: Image
    label: Label | None
    row: Row
    is_present: bool


def sweep(
    recipe: Recipe,
    images: Image,
    labels: npt.NDArray[Any] | None,
    ids: npt.NDArray[np.int64],
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
        images: uint8 (B, S, S, 3), RGB.
        labels: float (B, K), rows summing to 1; or None.
        ids: The stable ids of the pictures, shape (B,).
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
    subject = Subject(images=images, labels=labels, ids=ids, row=row)
    present = _present(recipe, axis)
    return tuple(
        _variant(changed, subject, seed, epoch, (value,), value == present)
        for value in values
        for changed in [with_setting(recipe, axis.step_id, axis.name, value)]
    )


def matrix(
    recipe: Recipe,
    images: Image,
    labels: npt.NDArray[Any] | None,
    ids: npt.NDArray[np.int64],
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
    subject = Subject(images=images, labels=labels, ids=ids, row=row)
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
