"""What the views of Explore show, for the page and for the command line: tiles with what is said of each.

A view is one group of tiles or several. The page shows them beside their pictures before augmentation,
`augment.inspect.sheet` writes them into a file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.op import registry
from augment.engine.plan import Applied, Plan, Row
from augment.engine.recipe import Recipe
from augment.engine.render import Batch
from augment.engine.samples import Images, Labels, Samples
from augment.inspect.draws import FULL_SCALE, Spread, spread
from augment.inspect.mixing import acts_alone, is_mixing, mixing_steps, without_mixing
from augment.inspect.stages import Walk
from augment.inspect.strength import Scale, Series
from augment.inspect.subject import Subject
from augment.inspect.sweeps import Axis, Variant, matrix, sweep, values

VIEWS = ("Grid", "Steps", "Sweep", "Range", "Strength", "keras_cv")
"""The views by the names that the page shows, in its order."""
GRID, STEPS, SWEEP, RANGE, STRENGTH, KERAS_CV = VIEWS

ORIGINAL, AFTER, MEAN, DEVIATION, BY_KERAS_CV = SHOWN = (
    "original",
    "after",
    "mean",
    "deviation",
    "keras_cv",
)
"""What a tile shows: the picture as it is, after a recipe, two figures of many draws, or by keras_cv."""

DRAWS = 25
"""How many epochs the range is of."""
MOST_VALUES, SIDE_OF_TABLE = 7, 5
"""How many values a sweep of one parameter has that are not given, and of each of two."""

_IN_A_ROW = 7
_AS_IN_GRID, _UNMIXED = "as in the grid", "grid, unmixed"


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewTile:
    """One picture of a view, and what is said of it.

    Attributes:
        name: Its heading.
        image: uint8 (S, S, 3).
        of: The row of the picture that it is made of.
        shows: `ORIGINAL`, `AFTER`, `MEAN`, `DEVIATION` or `BY_KERAS_CV`.
        ops: What was drawn for it, as far as this tile is about it.
        notes: What did not happen, and why.
        label: float32 (K,); None for what is no picture of a class.
        texts: What is said in place of `ops`; empty where these say it.
        mark: A short text on the picture, such as "as in the grid".
        step: The id of the step after which it is, in a walk; else empty.
        epoch: The epoch of its draws; None where there are none.
        values: What it has instead of the recipe in a sweep, by "STEP.PARAMETER".
        is_present: Whether these are the values that the recipe has.
    """

    name: str
    image: Image
    of: int
    shows: str = AFTER
    ops: tuple[Applied, ...] = ()
    notes: tuple[str, ...] = ()
    label: npt.NDArray[np.float32] | None = None
    texts: tuple[str, ...] = ()
    mark: str = ""
    step: str = ""
    epoch: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    is_present: bool = False


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What changes in one direction of a group.

    Attributes:
        title: What changes.
        texts: Its values.
    """

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class TileGroup:
    """Tiles that are shown together.

    Attributes:
        tiles: At least one, row by row.
        headings: What changes across and, in a table, down; none for other groups.
        pairs: Whether every two tiles belong together, and stay in one row.
    """

    tiles: tuple[ViewTile, ...]
    headings: tuple[Heading, ...] = ()
    pairs: bool = False

    @property
    def images(self) -> Images:
        """The pictures, uint8 (n, S, S, 3)."""
        return np.stack([tile.image for tile in self.tiles])

    @property
    def columns(self) -> int:
        """How many tiles a row of a sheet has."""
        if len(self.headings) > 1:
            return len(self.headings[0].texts)
        if len(self.tiles) <= _IN_A_ROW:
            return len(self.tiles)
        columns = math.ceil(math.sqrt(len(self.tiles)))
        return columns + columns % 2 if self.pairs else columns


def grid_group(samples: Samples, plan: Plan, batch: Batch) -> TileGroup:
    """Return every picture of a batch after its plan."""
    labels = samples.labels if batch.labels is None else batch.labels
    return TileGroup(
        tiles=tuple(
            _drawn(name, row, image, label, of=number)
            for number, (name, image, row, label) in enumerate(
                zip(samples.names, batch.images, plan.rows, labels, strict=True)
            )
        )
    )


def walk_group(walked: Walk, samples: Samples, *, row: int) -> TileGroup:
    """Return a picture as it is, and after each op of `walk` over it."""
    tiles = []
    for number, stage in enumerate(walked.stages):
        common: dict[str, Any] = {"image": stage.image, "of": row, "label": stage.label}
        if stage.applied is None:
            name, texts = f"{number}. Original", (samples.names[row],)
            tiles.append(ViewTile(name=name, shows=ORIGINAL, texts=texts, **common))
        else:
            name, epoch = f"{number}. {registry()[stage.op].title}", walked.row.epoch
            ops = (stage.applied,)
            tiles.append(ViewTile(name=name, ops=ops, step=stage.step, epoch=epoch, **common))
    return TileGroup(tiles=tuple(tiles))


def why_mixed(recipe: Recipe, over: Sequence[Axis] = ()) -> str:
    """Return in a sentence why mixing cannot be held off in a view of one picture; empty if it can.

    Args:
        recipe: The recipe, which mixes.
        over: What is swept.
    """
    if not any(acts_alone(step.op) for step in recipe.enabled_steps()):
        return "Mixing is all that this recipe does, so it happens here."
    labels = [axis.label for axis in over if is_mixing(axis.op)]
    return f"{labels[0]} belongs to a mixing step, so mixing happens here." if labels else ""


def sweep_group(
    recipe: Recipe,
    samples: Samples,
    *,
    row: int,
    seed: int,
    epoch: int,
    over: Sequence[tuple[Axis, Sequence[Any]]],
    mixing: bool,
) -> TileGroup:
    """Return a picture under several values of one setting, or of two against each other.

    Args:
        recipe: What may happen.
        samples: The batch that the picture is in.
        row: Which of them.
        seed: Any integer.
        epoch: The epoch.
        over: The setting across and, if there are two, the one down; each with its values, of which
            none are those of `values`.
        mixing: Whether the steps that mix pictures happen.

    Raises:
        RecipeError: A value is not allowed, or both settings are the same.
        IndexError: There is no such row.
    """
    present = _AS_IN_GRID
    if not mixing:
        if _is_mixed(recipe, samples, row, seed, epoch):
            present = _UNMIXED
        recipe = without_mixing(recipe)
    count = MOST_VALUES if len(over) == 1 else SIDE_OF_TABLE
    axes = [axis for axis, _ in over]
    stops = [tuple(given) or values(axis, count) for axis, given in over]
    drawn = {"row": row, "seed": seed, "epoch": epoch}
    variants: Sequence[Variant]
    if len(over) == 1:
        variants = sweep(recipe, samples, **drawn, axis=axes[0], values=stops[0])
    else:
        rows = matrix(
            recipe,
            samples,
            **drawn,
            across=axes[0],
            across_values=stops[0],
            down=axes[1],
            down_values=stops[1],
        )
        variants = tuple(chain.from_iterable(rows))
    return TileGroup(
        tiles=tuple(_of_variant(each, axes, row, present) for each in variants),
        headings=tuple(
            Heading(title=axis.label, texts=tuple(map(axis.param.format, its)))
            for axis, its in zip(axes, stops, strict=True)
        ),
    )


def spread_of(
    recipe: Recipe, samples: Samples, *, row: int, seed: int, epoch: int, mixing: bool
) -> Spread:
    """Return what `DRAWS` epochs make of a picture; without the steps that mix where it is not mixed."""
    drawn = recipe if mixing else without_mixing(recipe)
    return spread(drawn, samples, row=row, seed=seed, epoch=epoch, count=DRAWS)


def spread_groups(drawn: Spread, samples: Samples, *, row: int) -> tuple[TileGroup, TileGroup]:
    """Return the mean and the deviation of many draws of a picture, and the draws."""
    name = samples.names[row]
    figures = (
        ViewTile(
            name="Original",
            image=np.ascontiguousarray(samples.images[row]),
            of=row,
            shows=ORIGINAL,
            label=samples.labels[row],
            texts=(name,),
        ),
        ViewTile(
            name=f"Mean of {len(drawn.rows)} draws",
            image=drawn.mean,
            of=row,
            shows=MEAN,
            texts=(f"on average a pixel changes by {drawn.mean_change:.0f} grey levels",),
        ),
        ViewTile(
            name="Standard deviation",
            image=drawn.deviation_picture,
            of=row,
            shows=DEVIATION,
            texts=(
                "dark: the same in every draw",
                f"lightest: {FULL_SCALE:.0f} grey levels or more",
            ),
        ),
    )
    draws = tuple(
        _drawn(f"Epoch {at.epoch}", at, image, label, of=row)
        for at, image, label in zip(drawn.rows, drawn.images, drawn.labels, strict=True)
    )
    return TileGroup(tiles=figures), TileGroup(tiles=draws)


def keras_cv_group(
    samples: Samples, plan: Plan, batch: Batch, images: Images, labels: Labels
) -> TileGroup:
    """Return every picture by this package, and beside it by keras_cv.

    Args:
        samples: The pictures.
        plan: What this package drew for them.
        batch: The pictures after it.
        images: Those by keras_cv, uint8 (B, S, S, 3).
        labels: Their labels, float32 (B, K).
    """
    tiles: list[ViewTile] = []
    for ours in grid_group(samples, plan, batch).tiles:
        changed = bool((images[ours.of] != samples.images[ours.of]).any())
        theirs = ViewTile(
            name=f"keras_cv: {ours.name}",
            image=images[ours.of],
            of=ours.of,
            shows=BY_KERAS_CV,
            label=labels[ours.of],
            texts=("changed" if changed else "unchanged",),
        )
        tiles += [replace(ours, name=f"ours: {ours.name}"), theirs]
    return TileGroup(tiles=tuple(tiles), pairs=True)


def strength_group(scale: Scale, named: Mapping[str, Series], *, row: int = 0) -> TileGroup:
    """Return a picture at each strength of an op, a row for each library.

    Args:
        scale: The strengths.
        named: What each library does to the picture, by its name.
        row: The row of the picture.
    """
    strengths = tuple(map(scale.param.format, scale.values))
    return TileGroup(
        tiles=tuple(
            ViewTile(name=f"{name}, {strength}", image=image, of=row, texts=(given,))
            for name, series in named.items()
            for strength, image, given in zip(
                strengths, series.images, series.settings, strict=True
            )
        ),
        headings=(
            Heading(title=scale.param.label, texts=strengths),
            Heading(title="Library", texts=tuple(named)),
        ),
    )


def _drawn(
    name: str, row: Row, image: Image, label: npt.NDArray[np.float32], *, of: int
) -> ViewTile:
    """Return a picture after all that was drawn for it."""
    return ViewTile(
        name=name, image=image, of=of, ops=row.ops, notes=row.notes, label=label, epoch=row.epoch
    )


def _of_variant(variant: Variant, axes: Sequence[Axis], row: int, present: str) -> ViewTile:
    each = list(zip(axes, variant.values, strict=True))
    name = ", ".join(axis.param.format(value) for axis, value in each)
    return replace(
        _drawn(name, variant.row, variant.image, variant.label, of=row),
        mark=present if variant.is_present else "",
        values={axis.key: value for axis, value in each},
        is_present=variant.is_present,
    )


def _is_mixed(recipe: Recipe, samples: Samples, row: int, seed: int, epoch: int) -> bool:
    """Whether a picture is mixed in the grid."""
    if not mixing_steps(recipe):
        return False
    plan = Subject(samples=samples, row=row).drawn(recipe, seed=seed, epoch=epoch)
    return any(is_mixing(applied.op) for applied in plan.rows[row].ops)
