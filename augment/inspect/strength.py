"""One op over its strength, whoever applies it: what it changes, what is left, and whether it grows.

A layer of another library is measured as our own op is: it is a function from a batch of pictures to
the batch after it. What is said of it in words follows from these figures alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.advice.measures import coarse, information
from augment.engine.colour import Image
from augment.engine.draw import draw
from augment.engine.op import Op, registry
from augment.engine.params import Param
from augment.engine.recipe import Recipe
from augment.engine.render import render
from augment.inspect.mixing import acts_alone
from augment.inspect.settings import PROBABILITY
from augment.inspect.sweeps import on_step

COUNT = 7
"""How many strengths are looked at, from the one that changes nothing to the extreme."""
DRAWS = 12
"""How many draws are measured at each."""
FIRST = "rand_augment"

Images = npt.NDArray[np.uint8]
Layer = Callable[[Images], Images]
"""From uint8 (B, S, S, 3) to the same after an op, each picture with draws of its own."""

_SURE = 3.0
"""How many standard errors two means must be apart to count as different: of seven, the furthest are."""
_LEAST = 0.5
"""Grey levels that two means must be apart as well: less, nobody sees."""
_STEADY = 4
"""How many steps in one direction are no chance."""
_FEW_LEVELS = 8

_RANGES: Mapping[str, tuple[str, float, float]] = MappingProxyType(
    {
        "posterize": ("bits", 8, 1),
        "solarize": ("threshold_factor", 256.0, 0.0),
        "jpeg_quality": ("quality", 100, 1),
    }
)
"""Where the strength is not from the identity of the first parameter that has one to its extreme."""
_FIXED: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"rand_augment": {"augmentations_per_image": 2, "rate": 1.0, "magnitude_stddev": 0.0}}
)
"""Parameters that are not at their defaults, so that libraries with fewer of them do the same."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The strengths of an op, in the values of one of its settings.

    Attributes:
        op: The op.
        setting: The parameter that grows, or "probability" for an op that has no strength.
        param: Its range, unit and help.
        values: From the value that changes nothing to the extreme.
    """

    op: str
    setting: str
    param: Param
    values: tuple[Any, ...]

    def params(self, value: Any) -> dict[str, Any]:
        """Return the parameters of the op at a value of the scale."""
        given = {**registry()[self.op].defaults, **_FIXED.get(self.op, {})}
        return given if self.setting == PROBABILITY.name else {**given, self.setting: value}

    def probability(self, value: Any) -> float:
        """Return the probability of the op at a value of the scale."""
        return float(value) if self.setting == PROBABILITY.name else 1.0

    def recipe(self, value: Any) -> Recipe:
        """Return the recipe with the op alone, at a value of the scale."""
        step = {"op": self.op, "probability": self.probability(value), **self.params(value)}
        return Recipe.from_dict({"version": 1, "steps": [step]})


def scale_of(name: str) -> Scale:
    """Return the strengths of an op."""
    op = registry()[name]
    if name in _RANGES:
        setting, weakest, strongest = _RANGES[name]
        param = op.params[setting]
    else:
        growing = (each for each in op.params.values() if _grows(each))
        param = next(growing, PROBABILITY)
        setting = param.name
        weakest, strongest = param.strength_range()
    spaced = np.linspace(weakest, strongest, COUNT)
    values = tuple(param.check(on_step(param, float(value))) for value in spaced)
    return Scale(op=name, setting=setting, param=param, values=values)


def comparable(counterparts: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the ops that another library may have, RandAugment first.

    Args:
        counterparts: The ops that have a counterpart besides those that name a twin in keras_cv.
    """
    found = [
        name
        for name, op in registry().items()
        if (op.twin or name in counterparts) and acts_alone(name)
    ]
    return tuple(sorted(found, key=lambda name: name != FIRST))


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """What somebody's op does to one picture, at each strength.

    Attributes:
        settings: What the op is given, as text, such as "factor 0.3".
        images: uint8 (n, S, S, 3), of each strength the draw with the median change.
        change: The mean absolute difference from the picture in grey levels, over all draws.
        error: Its standard error.
        own_levels: How many levels the picture has in a channel before.
        levels: How many it has after, at the median of the draws.
        bits: The share of its bits that is left, on average; None where the op moves pixels, after
            which the same place shows something else.
        one_way: What happens in one direction only, in words; empty for both, or if there are none.
    """

    settings: tuple[str, ...]
    images: Images
    change: tuple[float, ...]
    error: tuple[float, ...]
    own_levels: float
    levels: tuple[float, ...]
    bits: tuple[float, ...] | None
    one_way: str = ""


def measured(
    image: Image, op: str, settings: Sequence[str], layers: Sequence[Layer]
) -> Iterator[Series | None]:
    """Yield None after each strength, and at last the figures of all.

    Args:
        image: uint8 (S, S, 3).
        op: The op that the layers are the counterparts of.
        settings: Of each layer what it is given, as text.
        layers: One for each strength, the weakest first.
    """
    stays = _stays(registry()[op])
    copies = np.repeat(image[None], DRAWS, axis=0)
    shown, change, error, levels, bits = [], [], [], [], []
    [own] = coarse(image)
    _, whole = information(own, own)
    for layer in layers:
        after = layer(copies)
        changes = np.abs(after.astype(np.int16) - image).mean(axis=(1, 2, 3))
        shown.append(after[np.argsort(changes, kind="stable")[DRAWS // 2]])
        change.append(float(changes.mean()))
        error.append(float(changes.std(ddof=1)) / math.sqrt(DRAWS))
        levels.append(float(np.median([_levels(each) for each in after])))
        if stays:
            left = [information(own, each)[1] for each in coarse(*after)]
            bits.append(float(np.mean(left) / whole) if whole else 1.0)
        yield None
    yield Series(
        settings=tuple(settings),
        images=np.stack(shown),
        change=tuple(change),
        error=tuple(error),
        own_levels=_levels(image),
        levels=tuple(levels),
        bits=tuple(bits) if stays else None,
        one_way=_one_way(op, image, layers[1]),
    )


def ours(image: Image, scale: Scale, *, seed: int) -> Series:
    """Return the figures of our own op, with the same draws at each strength."""

    def layer(value: Any) -> Layer:
        plan = draw(scale.recipe(value), np.arange(DRAWS), seed=seed)
        return lambda images: render(plan, images).images

    settings = [
        f"{scale.param.label.lower()} {scale.param.format(value)}" for value in scale.values
    ]
    *_, series = measured(image, scale.op, settings, [layer(value) for value in scale.values])
    assert series
    return series


def pooled(series: Sequence[Series]) -> Series:
    """Return the figures of several pictures as those of all their draws together.

    The pictures are those of the first. What happens in one direction only does so for every picture.

    Args:
        series: Of each picture the figures of the same layers, at least one.
    """
    first, count = series[0], len(series)
    bits = [each.bits for each in series if each.bits is not None]
    one_way = {each.one_way for each in series}
    return replace(
        first,
        change=_mean([each.change for each in series]),
        error=tuple(
            math.hypot(*errors) / count
            for errors in zip(*(each.error for each in series), strict=True)
        ),
        own_levels=float(np.mean([each.own_levels for each in series])),
        levels=_mean([each.levels for each in series]),
        bits=_mean(bits) if bits else None,
        one_way=first.one_way if len(one_way) == 1 else "",
    )


def varying(arguments: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what differs between the arguments of a layer at each strength, as text."""
    names = [name for name in arguments[0] if len({repr(given[name]) for given in arguments}) > 1]
    return [
        ", ".join(f"{name} {_short(given[name])}" for name in names) or "always the same"
        for given in arguments
    ]


def grows(series: Series) -> str:
    """Return in a sentence without its subject whether the change grows with the strength.

    It grows or shrinks where every strength changes more, or less, than the one before (by chance one of
    720 orders of six), or where the stronger half is clearly apart from the weaker one. Where nothing
    happens at the weakest, the others are looked at.
    """
    change = series.change
    last, first = len(change) - 1, 0 if change[0] >= _LEAST else 1
    seen = range(first, last + 1)
    peak, low = max(seen, key=change.__getitem__), min(seen, key=change.__getitem__)

    def at(n: int) -> str:
        return f"{_grey(change[n])} at {series.settings[n]}"

    if max(change) < _LEAST:
        return "changes nothing that can be seen, at any strength"
    trend = _trend(series, first)
    peaks = first < peak < last and _apart(series, [peak], [last])
    if trend < 0:
        return f"gets weaker: {at(first)}, {at(last)}"
    if peaks and (trend > 0 or first == 1 or _apart(series, [peak], [first])):
        return (
            f"gets stronger up to {series.settings[peak]} and then weaker: {at(peak)}, {at(last)}"
        )
    if trend == 0:
        if _apart(series, [peak], [low]):
            return f"does not clearly get stronger: {at(first)}, {at(last)}"
        mean = _grey(float(np.mean(change[first:])))
        if first == 0:
            return f"changes the picture by about {mean} at every strength"
        return f"changes nothing at {series.settings[0]}, and then about {mean} at every strength"
    if low > first and _apart(series, [first], [low]):
        return f"gets weaker at first and then stronger: {at(first)}, {at(low)}, {at(last)}"
    if first == 0:
        return f"gets stronger, but begins with {at(0)}: {at(last)}"
    return f"gets stronger, from nothing at {series.settings[0]} to {at(last)}"


def _trend(series: Series, first: int) -> int:
    """Return 1 where the change grows from a strength on, -1 where it shrinks, and 0 otherwise."""
    change = series.change[first:]
    strengths = list(range(first, len(series.change)))
    half = len(strengths) // 2
    weak, strong = strengths[:half], strengths[-half:]
    steps = np.diff(change)
    steady = len(steps) >= _STEADY
    if _apart(series, strong, weak) or (
        steady and (steps > 0).all() and change[-1] - change[0] > _LEAST
    ):
        return 1
    if _apart(series, weak, strong) or (
        steady and (steps < 0).all() and change[0] - change[-1] > _LEAST
    ):
        return -1
    return 0


def _apart(series: Series, more: Sequence[int], less: Sequence[int]) -> bool:
    """Whether the mean change at some strengths is clearly above that at others."""

    def mean(strengths: Sequence[int]) -> tuple[float, float]:
        errors = [series.error[n] for n in strengths]
        return (
            float(np.mean([series.change[n] for n in strengths])),
            math.hypot(*errors) / len(errors),
        )

    (high, above), (low, below) = mean(more), mean(less)
    return high - low > max(_SURE * math.hypot(above, below), _LEAST)


def findings(series: Series) -> list[str]:
    """Return what else the figures show, as sentences without their subject."""
    found = []
    fewest = min(series.levels)
    if fewest <= _FEW_LEVELS < series.own_levels:
        where = [n for n, levels in enumerate(series.levels) if levels == fewest]
        *others, end = (series.settings[n] for n in where)
        listed = f"{', '.join(others)} and {end}" if others else end
        found.append(f"leaves {fewest:.0f} grey levels in a channel at {listed}")
    if series.one_way:
        found.append(f"{series.one_way} in all {DRAWS} draws at {series.settings[1]}")
    return found


def in_words(series: Series) -> str:
    """Return all that the figures say, in a sentence without its subject and its full stop."""
    return "; it ".join([grows(series), *findings(series)])


def figures(scale: Scale, named: Mapping[str, Series]) -> dict[str, list[str]]:
    """Return the figures as text, a column for each kind and, in it, a text for each strength.

    Args:
        scale: The strengths.
        named: What each library does, by its name.
    """
    columns = {scale.param.label: [scale.param.format(value) for value in scale.values]}
    for name, series in named.items():
        columns[f"{name}: change"] = [
            f"{mean:.1f} ± {error:.1f}"
            for mean, error in zip(series.change, series.error, strict=True)
        ]
        columns[f"{name}: grey levels"] = [f"{levels:.0f}" for levels in series.levels]
        if series.bits:
            columns[f"{name}: bits left"] = [f"{share:.0%}" for share in series.bits]
    return columns


def _mean(each: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(float(np.mean(values)) for values in zip(*each, strict=True))


def _grows(param: Param) -> bool:
    return param.identity is not None and not param.secondary


def _stays(op: Op) -> bool:
    """Whether a pixel stays where it is."""
    return op.kind != "policy" and op.group != "spatial"


def _levels(image: Image) -> float:
    return float(np.mean([len(np.unique(image[..., channel])) for channel in range(3)]))


def _grey(change: float) -> str:
    return f"{change:.1f} grey levels" if change < 9.95 else f"{change:.0f} grey levels"


def _short(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_short, value))})"
    return f"{value + 0.0:.3g}" if isinstance(value, float) else str(value)  # -0.0 is 0


def _lighter(before: Image, after: Image) -> float:
    return float(after.mean() - before.mean())


def _contrast(before: Image, after: Image) -> float:
    return float(after.std() - before.std())


def _fitted(after: Image) -> npt.NDArray[np.float64]:
    """Return the affine map, (2, 3), from output to input pixels that made a picture of `_places`.

    It is fitted in the middle, relative to the centre; lengths are parts of the side.
    """
    side = len(after)
    third = slice(side // 3, side - side // 3)
    rows, columns = np.mgrid[third, third]
    half = (side - 1) / 2
    ones = np.ones(rows.size)
    out = np.stack([(columns.ravel() - half) / side, (rows.ravel() - half) / side, ones], axis=1)
    middle = after[third, third].reshape(-1, 3)
    inputs = (middle[:, :2] / 255.0 - 0.5) * (side - 1) / side
    solved, *_ = np.linalg.lstsq(out, inputs, rcond=None)
    return np.asarray(solved.T, np.float64)


def _turned(_: Image, after: Image) -> float:
    map_ = _fitted(after)
    return float(math.atan2(map_[1, 0] - map_[0, 1], map_[0, 0] + map_[1, 1]))


def _sheared_x(_: Image, after: Image) -> float:
    return float(_fitted(after)[0, 1])


def _sheared_y(_: Image, after: Image) -> float:
    return float(_fitted(after)[1, 0])


def _moved_x(_: Image, after: Image) -> float:
    return float(_fitted(after)[0, 2])


def _moved_y(_: Image, after: Image) -> float:
    return float(_fitted(after)[1, 2])


def _zoomed(_: Image, after: Image) -> float:
    map_ = _fitted(after)
    return 1.0 - float(map_[0, 0] + map_[1, 1]) / 2


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How to tell in which of two directions an op goes.

    Attributes:
        figure: From the picture before and after to a number whose sign is the direction.
        words: What it does if that is always below 0, and if it is always above.
        least: Numbers closer to 0 are neither.
        places: Whether it is measured on a picture that shows where each pixel comes from.
    """

    figure: Callable[[Image, Image], float]
    words: tuple[str, str]
    least: float
    places: bool = True


_WAYS: Mapping[str, _Way] = MappingProxyType(
    {
        "brightness": _Way(
            figure=_lighter, words=("only darkens", "only brightens"), least=0.01, places=False
        ),
        "contrast": _Way(
            figure=_contrast,
            words=("only lowers the contrast", "only raises the contrast"),
            least=0.01,
            places=False,
        ),
        "rotate": _Way(figure=_turned, words=("turns one way only",) * 2, least=0.002),
        "shear_x": _Way(figure=_sheared_x, words=("shears one way only",) * 2, least=0.002),
        "shear_y": _Way(figure=_sheared_y, words=("shears one way only",) * 2, least=0.002),
        "translate_x": _Way(figure=_moved_x, words=("moves one way only",) * 2, least=0.002),
        "translate_y": _Way(figure=_moved_y, words=("moves one way only",) * 2, least=0.002),
        "zoom": _Way(figure=_zoomed, words=("only zooms out", "only zooms in"), least=0.002),
    }
)


def _one_way(op: str, image: Image, layer: Layer) -> str:
    """Return what a layer does in one direction only, in words; empty if in both, or if unknown."""
    way = _WAYS.get(op)
    if way is None:
        return ""
    before = _places(len(image)) if way.places else image
    after = layer(np.repeat(before[None], DRAWS, axis=0))
    figures = [way.figure(before, each) for each in after]
    signs = {figure > 0 for figure in figures if abs(figure) > way.least}
    return way.words[signs.pop()] if len(signs) == 1 else ""


def _places(side: int) -> Image:
    """Return a picture, uint8 (side, side, 3), whose red is the column and whose green the row."""
    rows, columns = np.mgrid[:side, :side] * 255.0 / max(side - 1, 1)
    shown = np.stack([columns, rows, np.zeros_like(rows)], axis=2)
    return np.asarray(np.rint(shown), np.uint8)
