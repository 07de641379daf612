"""A pipeline of albumentations, as its own ``to_dict`` or ``save`` writes it, as a recipe.

It reads plain JSON, needs no albumentations, and makes nothing of what a document names: a name is looked
up among the transforms known here. Versions 1.x and 2.x name some parameters differently; both are read.
What a recipe cannot say, or says differently, is a remark with the place of the transform.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import scipy

from augment.engine.limits import cut, shorten, visible
from augment.engine.op import registry
from augment.engine.recipe import MAX_BYTES, Recipe, quoted
from augment.errors import RecipeError
from augment.export.with_albumentations import (
    SHARPEN_SCALE,
    UNIFORM_STDDEV,
    elastic_spread,
)
from augment.json_text import NotJson, is_whole, parse

DEFAULT_SIZE = 224
"""The side in pixels of the pictures that a pipeline is for, where neither it nor the caller says so."""
MOST_TRANSFORMS = 500
_MOST_COPIES = 12  # of a step in a choice, by which it is chosen more often
_CLASS_NAME = "__class_fullname__"
_SYMMETRIC = 1e-4  # how far the ends of a range may be from symmetric, as a part of its width

_INSTEAD = "where a transform that is left out would be chosen, another one of the list is."

Steps = list[dict[str, Any]]


@dataclass(frozen=True)
class Imported:
    """What became of a pipeline.

    Attributes:
        recipe: The recipe.
        remarks: A sentence for each thing that has no counterpart, or only a similar one.
        version: The version of albumentations that wrote the document; empty if it does not say.
    """

    recipe: Recipe
    remarks: tuple[str, ...]
    version: str = ""


def is_pipeline(document: str | bytes) -> bool:
    """Whether a JSON text is a pipeline of albumentations, valid or not."""
    try:
        return len(document) <= MAX_BYTES and _is_saved(parse(document))
    except NotJson:
        return False


def _is_saved(read: Any) -> bool:
    root = read.get("transform", read) if isinstance(read, dict) else None
    return isinstance(root, dict) and _CLASS_NAME in root


def from_albumentations(document: Any, *, size: int | None = None) -> Imported:
    """Return a pipeline of albumentations as a recipe.

    Args:
        document: What ``A.to_dict(transform)`` returns, or its JSON, as ``A.save`` writes it, of at
            most 256 KB.
        size: The side of the pictures in pixels, for the transforms that measure in pixels; by default
            what the pipeline crops or resizes to, or else 224.

    Raises:
        RecipeError: It is no such document, a value of it is not of its type, or the recipe would be
            larger than recipes may be.
    """
    read = _read(document)
    if not _is_saved(read):
        raise RecipeError(
            'This is not a pipeline of albumentations: A.to_dict(transform) has a "transform" with a '
            f'"{_CLASS_NAME}".'
        )
    reader = _Reader(size)
    root = read.get("transform", read)
    version = read.get("__version__", "")
    reader.find_size(root)
    steps = reader.pipeline(root)
    try:
        recipe = Recipe.from_dict({"version": 1, "steps": steps})
    except RecipeError as error:
        raise RecipeError(f"The pipeline cannot become a recipe: {error}") from None
    return Imported(recipe, tuple(reader.remarks), version if isinstance(version, str) else "")


def _read(document: Any) -> Any:
    if not isinstance(document, str | bytes):
        try:
            # A dict has tuples and enums, which the JSON of it has not.
            document = json.dumps(document)
        except (TypeError, ValueError, RecursionError) as error:
            raise RecipeError(f"The pipeline cannot be written as JSON: {error}.") from None
    if len(document) > MAX_BYTES:
        raise RecipeError(
            f"The pipeline has {len(document) / 1024:,.0f} KB; at most {MAX_BYTES // 1024} KB are "
            "allowed."
        )
    try:
        return parse(document)
    except NotJson as error:
        raise RecipeError(f"The pipeline {error}.") from None


@dataclass(frozen=True)
class _Found:
    """A transform of the document.

    Attributes:
        name: Its class, without the package.
        where: Its place, such as ``transforms[2].OneOf[0] (RandomFog)``.
        values: Its arguments.
        probability: The probability of its steps.
        reader: Takes the remarks.
    """

    name: str
    where: str
    values: Mapping[str, Any]
    probability: float
    reader: _Reader

    def remark(self, text: str) -> None:
        """Add a remark that begins with the place."""
        self.reader.remark(f"{self.where}: {text}")

    def leave_out(self, why: str) -> Steps:
        """Add a remark that it is left out, and return no steps."""
        self.reader.left_out += 1
        self.remark(f"left out: {why}.")
        return []

    def wrong(self, name: str, expected: str) -> RecipeError:
        """Return the error of an argument that is not of its type."""
        value = quoted(self.values.get(name))
        return RecipeError(f"{self.where}: {name} is {value}; it must be {expected}.")

    def has(self, *names: str) -> bool:
        """Whether one of these arguments is given and not None."""
        return any(self.values.get(name) is not None for name in names)

    def number(self, name: str, default: float) -> float:
        """Return an argument that is a number."""
        value = self.values.get(name)
        if value is None:
            return default
        if not _is_number(value):
            raise self.wrong(name, "a number")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """Return an argument that is true or false."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def range(
        self, name: str, default: tuple[float, float], *, around: float | None = None
    ) -> tuple[float, float]:
        """Return an argument that is a range, or one number.

        Args:
            name: The argument.
            default: What it is if absent.
            around: What a single number is added to and taken from; None if it is both ends.
        """
        value = self.values.get(name)
        if value is None:
            return default
        return self._pair(name, value, around)

    def axis(self, name: str, axis: str, default: tuple[float, float]) -> tuple[float, float]:
        """Return the range for one axis of an argument that may be given for each."""
        value = self.values.get(name)
        if isinstance(value, dict):
            value = value.get(axis)
        return default if value is None else self._pair(name, value, None)

    def _pair(self, name: str, value: Any, around: float | None) -> tuple[float, float]:
        if _is_number(value):
            value = float(value)
            return (value, value) if around is None else (around - value, around + value)
        if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)):
            raise self.wrong(name, "a number or a list of two")
        low, high = sorted(map(float, value))
        return low, high

    # What the recipe's parameters can be.

    def step(self, op: str, probability: float | None = None, **params: Any) -> Steps:
        """Return one step, its numbers within the bounds of the op's parameters."""
        allowed = registry()[op].params
        values = {name: self._bounded(allowed[name], value) for name, value in params.items()}
        chance = self.probability if probability is None else probability
        return [{"op": op, "probability": round(min(chance, 1.0), 6), **values}]

    def _bounded(self, param: Any, value: Any) -> Any:
        if param.type == "choice":
            return value
        low, high = param.bounds
        bounded = min(max(value, low), high)
        if abs(bounded - value) > 1e-6:
            self.remark(
                f"{param.name} would be {value:g}; it is {bounded:g}, the end of its range."
            )
        return round(bounded) if param.type == "int" else float(f"{bounded:.5g}")

    def half_width(self, name: str, ends: tuple[float, float], centre: float = 0.0) -> float:
        """Return how far a range goes to either side, with a remark if that is not the same.

        Args:
            name: What the range is of.
            ends: The range.
            centre: What changes nothing.
        """
        down, up = centre - ends[0], ends[1] - centre
        widest = max(abs(down), abs(up))
        if abs(down - up) > _SYMMETRIC * max(widest, 1e-9):
            self.remark(
                f"{name} is {_drawn(ends)}; in a recipe it goes to both sides of {_text(centre)} alike, "
                "so as far as the further end."
            )
        return widest

    def upper(self, name: str, ends: tuple[float, float], zero: float = 0.0) -> float:
        """Return the upper end of a range, with a remark if it does not begin where nothing happens."""
        if abs(ends[0] - zero) > 1e-3 * max(abs(ends[1]), 1e-9):
            self.remark(f"{name} is {_drawn(ends)}; in a recipe the range begins at {_text(zero)}.")
        return ends[1]

    def border(self, mode: str = "border_mode", default: int = 0) -> dict[str, Any]:
        """Return what lies beyond the border."""
        number = self.number(mode, default)
        if number == 0:
            return {"fill_mode": "constant", "fill_value": self.level("fill", "value", "cval")}
        if number not in (1, 2):
            kind = "reflected without repeating the outermost pixels" if number == 4 else "repeated"
            self.remark(f"beyond the border the picture is {kind}; in a recipe it is reflected.")
        return {"fill_mode": "edge" if number == 1 else "reflect"}

    def level(self, *names: str) -> int:
        """Return the grey level of an argument, the first of these that is given."""
        name = next((name for name in names if self.has(name)), "")
        value = self.values.get(name, 0)
        if isinstance(value, str):
            self.remark(
                f"{name} is {quoted(value)}; in a recipe a rectangle has one level, here 128."
            )
            return 128
        levels = value if isinstance(value, list) and value else [value]
        if not all(map(_is_number, levels)):
            raise self.wrong(name, "a level, or a list of levels")
        mean = sum(levels) / len(levels)
        if len(set(levels)) > 1:
            self.remark(f"{name} is a colour; a recipe fills with a grey level, here its mean.")
        return round(min(max(mean, 0.0), 255.0))


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e12  # also excludes NaN
    )


def _text(value: float) -> str:
    return f"{value:.4g}"


def _drawn(ends: tuple[float, float]) -> str:
    low, high = map(_text, ends)
    return f"always {low}" if low == high else f"drawn from {low} to {high}"


class _Reader:
    """Reads the transforms of one document."""

    def __init__(self, size: int | None) -> None:
        self.remarks: list[str] = []
        self.count = 0
        self.left_out = 0
        self._size = size
        self._is_guess = size is None
        self.shape = 1.0
        """The width of the pictures as a multiple of their height."""

    def remark(self, text: str) -> None:
        """Add a remark, once."""
        if text not in self.remarks:
            self.remarks.append(text)

    def find_size(self, root: Any) -> None:
        """Take the size of the pictures from the first transform that crops or resizes to one."""
        waiting = [root]
        while waiting and self._size is None:
            each = waiting.pop()
            if not isinstance(each, dict):
                continue
            name = str(each.get(_CLASS_NAME, "")).rpartition(".")[2]
            sides = each.get("size") or [each.get("height"), each.get("width")]
            if name in _RESULT_SIZES and isinstance(sides, list):
                whole = [side for side in sides if is_whole(side, below=2**20) and side]
                if len(whole) == 2:
                    self._size, self._is_guess = min(whole), False
                    self.shape = whole[1] / whole[0]
            inner = each.get("transforms")
            waiting.extend(reversed(inner if isinstance(inner, list) else []))

    @property
    def size(self) -> int:
        """The side of the pictures in pixels, for what is measured in pixels."""
        if self._size is None:
            self._size = DEFAULT_SIZE
        if self._is_guess:
            self.remark(
                f"The pipeline has sizes in pixels and does not say of which pictures: {self._size} px "
                "are assumed."
            )
        return self._size

    def pipeline(self, root: Any) -> Steps:
        """Return the steps of the whole document."""
        name, values = self._named(root, "The pipeline")
        if "transforms" not in values:
            return self._transform(root, "The pipeline", forced=False, rate=1.0)
        for key, what in (
            ("bbox_params", "boxes"),
            ("keypoint_params", "key points"),
            ("additional_targets", "more targets"),
        ):
            if values.get(key):
                self.remark(f"{key}: a recipe augments pictures and labels of classes, no {what}.")
        found = _Found(name, name, values, 1.0, self)
        if name in ("Compose", "ReplayCompose", "Sequential"):
            return self._together(found, "transforms", self._chance(values, name, "The pipeline"))
        return self._transform(root, "transform", forced=False, rate=1.0)

    def _named(self, transform: Any, where: str) -> tuple[str, dict[str, Any]]:
        if not isinstance(transform, dict) or not isinstance(transform.get(_CLASS_NAME), str):
            raise RecipeError(
                f'{where} is {shorten(transform)}; it must be an object with a "{_CLASS_NAME}".'
            )
        package, _, name = transform[_CLASS_NAME].rpartition(".")
        if package and package.partition(".")[0] != "albumentations":
            name = transform[_CLASS_NAME]  # somebody's own, which may have any name
        return name, transform

    def _chance(self, values: Mapping[str, Any], name: str, where: str) -> float:
        if values.get("always_apply") is True:  # of version 1
            return 1.0
        default = 1.0 if name in ("Compose", "ReplayCompose", "SomeOf", "RandomOrder") else 0.5
        chance = values.get("p", default)
        if not _is_number(chance) or not 0 <= chance <= 1:
            raise RecipeError(f"{where}: p is {quoted(chance)}; it must be a number from 0 to 1.")
        return float(chance)

    def _children(self, found: _Found, where: str) -> list[tuple[Any, str]]:
        inner = found.values.get("transforms")
        if not isinstance(inner, list):
            raise found.wrong("transforms", "a list")
        return [(each, f"{where}[{index}]") for index, each in enumerate(inner)]

    def _transform(self, transform: Any, where: str, *, forced: bool, rate: float) -> Steps:
        """Return the steps of a transform.

        Args:
            transform: The transform.
            where: Its place.
            forced: Whether it happens whatever its own ``p`` is, as in a OneOf.
            rate: What its probability is multiplied by.
        """
        self.count += 1
        if self.count > MOST_TRANSFORMS:
            raise RecipeError(f"The pipeline has more than {MOST_TRANSFORMS} transforms.")
        name, values = self._named(transform, where)
        # SomeOf does not heed that it was chosen already.
        forced = forced and name not in ("SomeOf", "RandomOrder")
        chance = rate * (1.0 if forced else self._chance(values, name, where))
        label = f"{where} ({visible(cut(name))})"
        found = _Found(name, label, values, chance, self)
        inner = f"{where}.{name}"
        if name in ("Compose", "ReplayCompose", "Sequential"):
            return self._together(found, inner, chance)
        if name in ("OneOf", "OneOrOther"):
            return self._one_of(found, inner)
        if name in ("SomeOf", "RandomOrder"):
            return self._some_of(found, inner)
        if name == "NoOp":
            return []
        if name in _READERS:
            return _READERS[name](found)
        if name in _NOT_AUGMENTATION:
            return found.leave_out(_NOT_AUGMENTATION[name])
        hint = f"; {_CLOSEST[name]} comes closest" if name in _CLOSEST else ""
        return found.leave_out(f"it has no counterpart{hint}")

    def _together(self, found: _Found, where: str, chance: float) -> Steps:
        """Return the steps of transforms that happen one after the other, all or none."""
        children = self._children(found, where)
        steps: Steps = []
        taken = 0
        while taken < len(children):
            pair = children[taken : taken + 2]
            one = self._two_as_one([each for each, _ in pair], pair[0][1], chance)
            if one is not None:
                steps += one
                taken += 2
                continue
            each, place = pair[0]
            steps += self._transform(each, place, forced=False, rate=chance)
            taken += 1
        self.told_apart(found, steps, chance)
        return steps

    def told_apart(self, found: _Found, steps: Steps, chance: float) -> None:
        """Add a remark if several steps happen together there, and each on its own in a recipe."""
        if len(steps) > 1 and chance < 1.0:
            found.remark(
                f"there its parts happen together, with the probability {_text(chance)}; in a recipe "
                "each happens with that probability on its own."
            )

    def _two_as_one(self, pair: Sequence[Any], where: str, chance: float) -> Steps | None:
        """Return the step of two transforms that always follow each other, or None if it takes more.

        These are a padding and a crop, and two flips, which are half a turn.
        """
        if len(pair) < 2 or not all(isinstance(each, dict) for each in pair):
            return None
        (name, first), (next_name, second) = (self._named(each, where) for each in pair)
        if min(self._chance(first, name, where), self._chance(second, next_name, where)) < 1.0:
            return None
        found = _Found(name, f"{where} ({name} and {next_name})", first, chance, self)
        if {name, next_name} == {"HorizontalFlip", "VerticalFlip"}:
            return found.step("rot90", 1.0, turns="half", rate=chance)
        if name in ("Pad", "PadIfNeeded") and next_name == "RandomCrop":
            return self._padded_crop(found, second)
        return None

    def _padded_crop(self, found: _Found, crop: Mapping[str, Any]) -> Steps | None:
        height, width = crop.get("height"), crop.get("width")
        if not is_whole(height, below=2**20) or not is_whole(width, below=2**20):
            return None
        height, width = max(int(height or 1), 1), max(int(width or 1), 1)
        if found.name == "Pad":
            padding = found.values.get("padding", 0)
            sides = padding if isinstance(padding, list) else [padding]
            if not sides or not all(map(_is_number, sides)):
                raise found.wrong("padding", "a number or a list of numbers")
            factors = [side / (width, height)[place % 2] for place, side in enumerate(sides)]
        else:
            rows, columns = found.number("min_height", height), found.number("min_width", width)
            factors = [(rows - height) / 2 / height, (columns - width) / 2 / width]
        if max(factors) - min(factors) > 0.5 / min(height, width):
            found.remark("the sides are padded differently; in a recipe all by the mean of that.")
        mean = max(sum(factors) / len(factors), 0.0)
        return found.step("random_crop", padding_factor=mean, **found.border())

    def _one_of(self, found: _Found, where: str) -> Steps:
        """Return the step of a choice that ``p`` of its transforms weighs."""
        weighed: list[tuple[float, Steps]] = []
        nothing = total = 0.0
        children = self._children(found, where)
        if found.name == "OneOrOther":
            first = self._chance(found.values, found.name, found.where)
            found = _Found(found.name, found.where, found.values, 1.0, self)
        for place, (each, at) in enumerate(children):
            name, values = self._named(each, at)
            weight = self._chance(values, name, at)
            if found.name == "OneOrOther":
                weight = first if place == 0 else 1.0 - first
            left_out = self.left_out
            steps = self._transform(each, at, forced=True, rate=1.0)
            if steps and weight:
                weighed.append((weight, self._alternatives(steps, f"{at} ({visible(cut(name))})")))
            elif self.left_out > left_out:
                found.remark(_INSTEAD)
                continue
            else:  # it changes nothing, such as NoOp
                nothing += weight
            total += weight
        if not weighed:
            return found.leave_out("nothing of it is left")
        chance = found.probability * (1.0 - nothing / total)
        if len(weighed) == 1 and len(weighed[0][1]) == 1:
            [step] = weighed[0][1]
            return [{**step, "probability": round(step["probability"] * chance, 6)}]
        return [
            {"op": "one_of", "probability": round(chance, 6), "steps": self._copies(found, weighed)}
        ]

    def _alternatives(self, steps: Steps, where: str) -> Steps:
        if len(steps) > 1:
            self.remark(
                f"{where}: in a choice of a recipe there is no sequence, so its {len(steps)} steps are "
                "alternatives to each other."
            )
        return steps

    def _copies(self, found: _Found, weighed: Sequence[tuple[float, Steps]]) -> Steps:
        """Return the steps of a choice, each as often as it takes to be chosen by its weight."""
        weights = [weight / len(steps) for weight, steps in weighed for _ in steps]
        steps = [step for _, some in weighed for step in some]
        for count in range(len(steps), max(_MOST_COPIES, len(steps)) + 1):
            copies = [weight / sum(weights) * count for weight in weights]
            if all(abs(one - round(one)) < 1e-6 and round(one) > 0 for one in copies):
                if count > len(steps):
                    found.remark(
                        "some of its transforms are chosen more often than others; a recipe chooses "
                        "evenly, so their steps are listed several times."
                    )
                return [
                    step for step, one in zip(steps, copies, strict=True) for _ in range(round(one))
                ]
        found.remark(
            "some of its transforms are chosen more often than others; a recipe chooses evenly."
        )
        return steps

    def _some_of(self, found: _Found, where: str) -> Steps:
        """Return the step of several transforms drawn from a list."""
        children = self._children(found, where)
        count = found.values.get("n", 1)
        if isinstance(count, list) and count and all(map(is_whole, count)):
            found.remark("n is drawn from a range; in a recipe it is always the upper end.")
            count = max(count)
        if not is_whole(count) or count < 1:
            raise found.wrong("n", "a whole number from 1")
        replace = found.flag("replace", default=False)
        if not replace and count >= len(children):
            steps = []
            for each, at in children:
                steps += self._transform(each, at, forced=False, rate=found.probability)
            self.told_apart(found, steps, found.probability)
            if found.name == "RandomOrder" and len(steps) > 1:
                found.remark("the order is drawn there; in a recipe it is that of the list.")
            return steps
        steps = []
        kept = nothing = 0
        for each, at in children:
            name, _ = self._named(each, at)
            left_out = self.left_out
            if own := self._transform(each, at, forced=False, rate=1.0):
                kept += 1
                steps += self._alternatives(own, f"{at} ({visible(cut(name))})")
            elif self.left_out > left_out:
                found.remark(_INSTEAD)
            else:
                nothing += 1
        if not steps:
            return found.leave_out("nothing of it is left")
        if count > 1 and not replace:
            found.remark("there no transform is drawn twice; in a recipe the same one may be.")
        if count > 1 and found.name == "SomeOf":
            found.remark(
                "those drawn happen in the order of the list; in a recipe in the order drawn."
            )
        [step] = found.step(
            "random_pipeline",
            augmentations_per_image=count,
            rate=kept / (kept + nothing),
        )
        return [{**step, "steps": steps}]


def _flip(mode: str) -> Callable[[_Found], Steps]:
    return lambda found: found.step("flip", 1.0, mode=mode, rate=found.probability)


def _flip_of_version_1(found: _Found) -> Steps:
    """Return the step of Flip: left to right, top to bottom or both, each as often as the others."""
    [across] = found.step("flip", 1.0, mode="horizontal", rate=1.0)
    [down] = found.step("flip", 1.0, mode="vertical", rate=1.0)
    [both] = found.step("rot90", 1.0, turns="half", rate=1.0)
    return [{"op": "one_of", "probability": found.probability, "steps": [across, down, both]}]


def _rotate90(found: _Found) -> Steps:
    # One of its four rotations is none.
    return found.step("rot90", 1.0, turns="any", rate=0.75 * found.probability)


def _d4(found: _Found) -> Steps:
    steps = found.step("rot90", turns="any", rate=0.75) + found.step("flip", rate=0.5)
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _turn(found: _Found, name: str, ends: tuple[float, float]) -> Steps:
    if ends == (0.0, 0.0):
        return []
    half = found.half_width(name, ends)
    return found.step("rotate", factor=half / 360.0, **found.border(_border_name(found)))


def _border_name(found: _Found) -> str:
    return "border_mode" if found.has("border_mode") else "mode"


def _rotate(found: _Found) -> Steps:
    if found.flag("crop_border", default=False):
        found.remark("crop_border: in a recipe a rotated picture is not cropped.")
    if found.name == "SafeRotate":
        found.remark(
            "there the rotated picture is reduced until it fits; in a recipe it is cut off."
        )
    return _turn(found, "limit", found.range("limit", (-90.0, 90.0), around=0.0))


def _shifts(found: _Found, name: str, x: tuple[float, float], y: tuple[float, float]) -> Steps:
    steps: Steps = []
    border = found.border(_border_name(found))
    for ends, op, param in (
        (x, "translate_x", "width_factor"),
        (y, "translate_y", "height_factor"),
    ):
        if ends != (0.0, 0.0):
            steps += found.step(op, **{param: found.half_width(name, ends)}, **border)
    return steps


def _affine(found: _Found) -> Steps:
    border = found.border(_border_name(found))
    steps: Steps = []
    scales = [found.axis("scale", axis, (1.0, 1.0)) for axis in "xy"]
    if scales != [(1.0, 1.0)] * 2:
        if scales[0] != scales[1] or not found.flag("keep_ratio", default=False):
            found.remark("each axis is scaled on its own; in a recipe both are, alike.")
        ends = min(low for low, _ in scales), max(high for _, high in scales)
        steps += found.step("zoom", factor=found.half_width("scale", ends, 1.0), **border)
    steps += _turn(found, "rotate", found.range("rotate", (0.0, 0.0)))
    for axis, op, param in (("x", "shear_x", "x_factor"), ("y", "shear_y", "y_factor")):
        ends = found.axis("shear", axis, (0.0, 0.0))
        if ends != (0.0, 0.0):
            most = min(found.half_width("shear", ends), 80.0)
            steps += found.step(op, **{param: math.tan(math.radians(most))}, **border)
    name, per = "translate_percent", 1.0
    if not found.has(name) and found.has("translate_px"):
        name = "translate_px"
        moved = [found.axis(name, axis, (0.0, 0.0)) for axis in "xy"]
        per = 1.0 if moved == [(0.0, 0.0)] * 2 else float(found.reader.size)
    x, y = (
        (low / per, high / per)
        for low, high in (found.axis(name, axis, (0.0, 0.0)) for axis in "xy")
    )
    steps += _shifts(found, name, x, y)
    if found.flag("fit_output", default=False):
        found.remark("fit_output: in a recipe a picture keeps its size and is cut off.")
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _shift_scale_rotate(found: _Found) -> Steps:
    both = found.range("shift_limit", (-0.0625, 0.0625), around=0.0)
    x = found.range("shift_limit_x", both, around=0.0)
    y = found.range("shift_limit_y", both, around=0.0)
    scale = found.range("scale_limit", (-0.1, 0.1), around=0.0)
    turn = found.range("rotate_limit", (-45.0, 45.0), around=0.0)
    steps: Steps = []
    if scale != (0.0, 0.0):
        border = found.border(_border_name(found))
        steps += found.step("zoom", factor=found.half_width("scale_limit", scale), **border)
    steps += _turn(found, "rotate_limit", turn)
    steps += _shifts(found, "shift_limit", x, y)
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _root_mean_square(ends: tuple[float, float]) -> float:
    low, high = ends
    return math.sqrt((low * low + low * high + high * high) / 3.0)


def _perspective(found: _Found) -> Steps:
    found.remark(
        "there corners move outwards only; in a recipe in any direction, as far on average."
    )
    spread = _root_mean_square(found.range("scale", (0.05, 0.1), around=None))
    mode = "border_mode" if found.has("border_mode") else "pad_mode"
    border = found.border(mode)
    return found.step("perspective", factor=spread / UNIFORM_STDDEV, **border)


def _elastic(found: _Found) -> Steps:
    size = found.reader.size
    alpha, sigma = found.number("alpha", 1.0), found.number("sigma", 50.0)
    if not 0.1 <= sigma <= 10 * size or alpha < 0:
        raise found.wrong("sigma", f"a number from 0.1 to {10 * size}, and alpha one from 0")
    spread = UNIFORM_STDDEV
    if found.values.get("noise_distribution") == "gaussian":
        # Version 2 divides normal numbers by the largest of them.
        spread = 1.0 / float(scipy.special.ndtri(0.5 + 0.5 * 0.5 ** (1.0 / (2.0 * size * size))))
    side = min(size, 512)  # the spread is that of any size with the same ratio
    typical = (
        alpha * spread * elastic_spread((side, side), sigma * side / size) * side / size / size
    )
    found.remark(
        "there all pictures are deformed equally strongly, most at the edges; in a recipe each draws its "
        "strength, from 0 to twice as much, and is deformed evenly."
    )
    if found.number("alpha_affine", 0.0):  # of version 1
        found.remark("alpha_affine is left out; shear, zoom and rotate are steps of their own.")
    return found.step(
        "elastic",
        displacement_factor=2.0 * typical,
        smoothness_factor=sigma / size,
        **found.border(),
    )


def _resized_crop(found: _Found) -> Steps:
    low, high = found.range("scale", (0.08, 1.0))
    if high < 1.0:
        found.remark(f"the area ends at {_text(high)}; in a recipe at the whole picture.")
    ratio = found.range("ratio", (0.75, 4.0 / 3.0))
    if ratio[0] <= 0:
        raise found.wrong("ratio", "two numbers above 0")
    shape = found.reader.shape
    if shape != 1.0:
        found.remark(
            "ratio: in a recipe it is relative to the picture, here to the size of the result."
        )
    logarithms = math.log(ratio[0] / shape), math.log(ratio[1] / shape)
    most = math.exp(found.half_width("the logarithm of ratio", logarithms))
    return found.step("random_resized_crop", crop_area_factor=low, aspect_ratio_factor=most)


def _brightness_contrast(found: _Found) -> Steps:
    limit = "limit" if found.has("limit") else "brightness_limit"
    other = "limit" if found.has("limit") else "contrast_limit"
    nothing, usual = (0.0, 0.0), (-0.2, 0.2)
    brightness = contrast = nothing
    if found.name != "RandomContrast":
        brightness = found.range(limit, usual, around=0.0)
    if found.name != "RandomBrightness":
        contrast = found.range(other, usual, around=0.0)
    steps: Steps = []
    if contrast != nothing:
        found.remark(
            "its contrast multiplies the levels, so black stays black and the mean changes: in a recipe "
            "that is brightness with the method multiplicative."
        )
        half = found.half_width(other, contrast)
        steps += found.step("brightness", method="multiplicative", factor=half)
    if brightness != nothing:
        if not found.flag("brightness_by_max", default=True):
            found.remark(
                "brightness_by_max is off; in a recipe brightness is a part of the full range."
            )
        half = found.half_width(limit, brightness)
        steps += found.step("brightness", method="additive", factor=half)
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _colour_jitter(found: _Found) -> Steps:
    same = (1.0, 1.0)
    steps: Steps = []

    def about_one(name: str) -> tuple[float, float]:
        low, high = found.range(name, (0.8, 1.2), around=1.0)
        return max(low, 0.0), high

    brightness, contrast, saturation = map(about_one, ("brightness", "contrast", "saturation"))
    hue = found.range("hue", (-0.5, 0.5), around=0.0)
    if brightness != same:
        half = found.half_width("brightness", brightness, 1.0)
        steps += found.step("brightness", method="multiplicative", factor=half)
    if contrast != same:
        half = found.half_width("contrast", contrast, 1.0)
        steps += found.step("contrast", mean_of="picture", factor=half)
    if saturation != same and saturation[1] == 1.0:
        steps += found.step("color_degeneration", factor=1.0 - saturation[0])
    elif saturation != same:
        steps += found.step("saturation", factor=found.half_width("saturation", saturation, 1.0))
    if hue != (0.0, 0.0):
        steps += found.step("hue", factor=found.half_width("hue", hue))
    if len(steps) > 1:
        found.remark("there its parts happen in any order; in a recipe in this one.")
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _hsv(found: _Found) -> Steps:
    hue = found.range("hue_shift_limit", (-20.0, 20.0), around=0.0)
    sat = found.range("sat_shift_limit", (-30.0, 30.0), around=0.0)
    val = found.range("val_shift_limit", (-20.0, 20.0), around=0.0)
    steps: Steps = []
    if hue != (0.0, 0.0):  # half degrees
        steps += found.step("hue", factor=found.half_width("hue_shift_limit", hue) / 180.0)
    if sat != (0.0, 0.0):
        found.remark(
            "it adds to the saturation of the HSV model; in a recipe the colourfulness is multiplied."
        )
        factor = found.half_width("sat_shift_limit", sat) / 255.0
        steps += found.step("saturation", factor=factor)
    if val != (0.0, 0.0):
        found.remark("it adds to the value of the HSV model; in a recipe to every level.")
        factor = found.half_width("val_shift_limit", val) / 255.0
        steps += found.step("brightness", method="additive", factor=factor)
    found.reader.told_apart(found, steps, found.probability)
    return steps


def _rgb_shift(found: _Found) -> Steps:
    halves = []
    for name in ("r_shift_limit", "g_shift_limit", "b_shift_limit"):
        ends = found.range(name, (-20.0, 20.0), around=0.0)
        in_levels = max(map(abs, ends)) > 1.0
        halves.append(found.half_width(name, ends) / (255.0 if in_levels else 1.0))
    if max(halves) - min(halves) > 1e-6:
        found.remark("the channels have limits of their own; in a recipe all have the largest.")
    return found.step("channel_shift", factor=max(halves))


def _grey(found: _Found) -> Steps:
    if found.values.get("method", "weighted_average") != "weighted_average":
        found.remark(f"method is {quoted(found.values['method'])}; in a recipe grey is the luma.")
    return found.step("grayscale")


def _equalize(found: _Found) -> Steps:
    if not found.flag("by_channels", default=True):
        found.remark("by_channels is off; in a recipe each channel is equalized.")
    if found.values.get("mode", "cv") != "pil":
        found.remark("its mode is that of OpenCV; the arithmetic of a recipe is Pillow's.")
    return found.step("equalize")


def _auto_contrast(found: _Found) -> Steps:
    if found.number("cutoff", 0.0):
        found.remark("cutoff: in a recipe no part of the levels is ignored.")
    if found.values.get("method", "cdf") != "pil":
        found.remark("its method equalizes between the ends; in a recipe the levels are stretched.")
    return found.step("auto_contrast")


def _posterize(found: _Found) -> Steps:
    bits = found.values.get("num_bits", 4)
    flat = bits if isinstance(bits, list) else [bits]
    if any(isinstance(one, list) for one in flat):
        found.remark("each channel has bits of its own; in a recipe all have the fewest.")
        flat = [one for each in flat for one in (each if isinstance(each, list) else [each])]
    if not flat or not all(map(_is_number, flat)):
        raise found.wrong("num_bits", "a whole number, or a list of them")
    if max(flat) < 8:
        found.remark(
            f"at most {max(flat):g} bits are kept; in a recipe each picture keeps between the fewest and "
            "all 8."
        )
    return found.step("posterize", bits=min(flat))


def _solarize(found: _Found) -> Steps:
    if found.has("threshold"):  # of version 1, in levels
        ends = found.range("threshold", (128.0, 128.0))
    else:
        low, high = found.range("threshold_range", (0.5, 0.5))
        ends = (255.0 * low, 255.0 * high)
    return found.step("solarize", threshold_factor=found.upper("the threshold", ends))


def _gamma(found: _Found) -> Steps:
    low, high = found.range("gamma_limit", (80.0, 120.0))
    if low <= 0:
        raise found.wrong("gamma_limit", "two numbers above 0")
    logarithms = math.log(low / 100.0), math.log(high / 100.0)
    half = max(map(abs, logarithms))
    found.remark(
        f"the power is drawn from {_text(low / 100)} to {_text(high / 100)}; in a recipe its logarithm "
        f"is, so from {_text(math.exp(-half))} to {_text(math.exp(half))}."
    )
    return found.step("gamma", log_gamma=half)


def _blur(found: _Found) -> Steps:
    if found.name == "Blur":
        kernel = found.range("blur_limit", (3.0, 7.0))
        found.remark("it takes the mean over a square; in a recipe the blur is a Gaussian as wide.")
        sigmas = [math.sqrt(max(side * side - 1.0, 0.0) / 12.0) for side in kernel]
    else:
        sigmas = list(found.range("sigma_limit", (0.5, 3.0)))
        if max(sigmas) == 0.0:  # OpenCV's rule, of version 1
            kernel = found.range("blur_limit", (3.0, 7.0))
            sigmas = [max(0.3 * ((side - 1.0) / 2.0 - 1.0) + 0.8, 0.0) for side in kernel]
    low, high = sigmas
    highest = found.upper("sigma in pixels", (low, high)) if low > 0.1 else high
    return found.step("gaussian_blur", factor=highest / found.reader.size)


def _sharpen(found: _Found) -> Steps:
    found.remark("it only sharpens; in a recipe as many pictures become softer.")
    _, alpha = found.range("alpha", (0.2, 0.5))
    if found.values.get("method", "kernel") != "kernel":
        found.remark("its method is a Gaussian; in a recipe the kernel has 3 x 3 pixels.")
        return found.step("sharpness", factor=alpha)
    if found.range("lightness", (0.5, 1.0)) != (1.0, 1.0):
        found.remark("its lightness also makes pictures lighter or darker; a recipe does not.")
    return found.step("sharpness", factor=SHARPEN_SCALE * alpha)


def _noise(found: _Found) -> Steps:
    if found.has("var_limit"):  # of version 1, in levels
        low, high = found.range("var_limit", (10.0, 50.0), around=0.0)
        ends = math.sqrt(max(low, 0.0)) / 255.0, math.sqrt(max(high, 0.0)) / 255.0
    else:
        ends = found.range("std_range", (0.2, 0.44))
    if found.range("mean_range", (0.0, 0.0)) != (0.0, 0.0) or found.number("mean", 0.0):
        found.remark("its noise has a mean; in a recipe noise has none.")
    if not found.flag("per_channel", default=True):
        found.remark("its noise is grey; in a recipe each channel has noise of its own.")
    if found.number("noise_scale_factor", 1.0) != 1.0:
        found.remark("its noise is enlarged; in a recipe each pixel has noise of its own.")
    return found.step("gaussian_noise", stddev=found.upper("the standard deviation", ends))


def _jpeg(found: _Found) -> Steps:
    if found.has("quality_lower", "quality_upper"):  # of version 1
        low, high = found.number("quality_lower", 99.0), found.number("quality_upper", 100.0)
    else:
        low, high = found.range("quality_range", (99.0, 100.0))
    if found.values.get("compression_type", "jpeg") not in ("jpeg", 0):
        found.remark("it compresses as WebP; in a recipe as JPEG.")
    if high < 100:
        found.remark(f"the quality ends at {high:g}; in a recipe at 100.")
    return found.step("jpeg_quality", quality=low)


def _side_range(found: _Found, side: str) -> tuple[float, float]:
    """Return the sides of holes as fractions of the picture's."""
    name = f"hole_{side}_range"
    if not found.has(name):  # of version 1
        high = found.number(f"max_{side}", found.number(f"max_{side[0]}_size", 8.0))
        low, high = sorted((found.number(f"min_{side}", high), high))
    else:
        low, high = found.range(name, (0.1, 0.2))
    if high <= 1.0 and not (high == 1.0 and found.has(name) and low >= 1.0):
        return low, high
    return low / found.reader.size, high / found.reader.size


def _holes(found: _Found) -> Steps:
    count = found.range("num_holes_range", (1.0, 2.0))
    if not found.has("num_holes_range") and found.has("max_holes", "num_holes"):  # of version 1
        most = found.number("max_holes", found.number("num_holes", 8.0))
        count = found.number("min_holes", most), most
    heights, widths = _side_range(found, "height"), _side_range(found, "width")
    fill = next((found.values[name] for name in ("fill", "fill_value") if found.has(name)), 0)
    alone = count == (1.0, 1.0)
    chance = found.probability if alone else 1.0
    if fill in ("random", "random_uniform"):
        found.remark(
            "in a recipe a rectangle of noise has an area and an aspect ratio, not two sides."
        )
        sides = [max(side, 1e-3) for side in (*heights, *widths)]
        aspect = max(widths[1] / sides[0], heights[1] / sides[2], 1.0)
        areas = {"area_min_factor": heights[0] * widths[0], "area_factor": heights[1] * widths[1]}
        hole = found.step("random_erasing", chance, aspect_ratio_factor=min(aspect, 10.0), **areas)
    else:
        if found.name != "Cutout":
            found.remark("there a hole is entirely inside the picture; in a recipe its centre is.")
        hole = found.step(
            "cutout",
            chance,
            height_min_factor=heights[0],
            height_factor=heights[1],
            width_min_factor=widths[0],
            width_factor=widths[1],
            fill_value=found.level("fill", "fill_value"),
        )
    if alone:
        return hole
    low, high = sorted(count)
    if low < high:
        found.remark("the number of holes is drawn evenly; in a recipe each hole happens or not.")
    [step] = found.step(
        "random_pipeline",
        augmentations_per_image=high,
        rate=min((low + high) / 2.0 / max(high, 1.0), 1.0),
    )
    return [{**step, "steps": hole}]


def _erasing(found: _Found) -> Steps:
    low, high = found.range("scale", (0.02, 0.33))
    narrow, wide = found.range("ratio", (0.3, 3.3))
    if narrow <= 0:
        raise found.wrong("ratio", "two numbers above 0")
    fill: dict[str, Any] = {"fill": "noise"}
    if found.values.get("fill", 0) != "random":
        fill = {"fill": "constant", "fill_value": found.level("fill")}
    return found.step(
        "random_erasing",
        area_min_factor=low,
        area_factor=high,
        aspect_ratio_factor=max(wide, 1.0 / narrow, 1.0),
        **fill,
    )


def _grid(found: _Found) -> Steps:
    if found.flag("random_offset", default=True):
        found.remark("there each hole lies anywhere in its unit; in a recipe the grid is regular.")
    else:
        found.remark("there the grid is always in the same place; in a recipe it is drawn.")
    ratio = found.number("ratio", 0.5)
    units = (0.1, 0.1)
    names = {"unit_size_min": "holes_number_y", "unit_size_max": "holes_number_x"}  # of version 1
    if found.has("unit_size_range"):
        low, high = found.range("unit_size_range", (0.0, 0.0))
        # The upper end is left out, and our units go one pixel further than the recipe's.
        units = low / found.reader.size, max(high - 1.0, low) / found.reader.size
    elif all(found.has(name) for name in names):
        low, high = (found.number(name, 0.0) for name in names)
        units = low / found.reader.size, high / found.reader.size
    elif found.has("holes_number_xy"):
        x, y = found.range("holes_number_xy", (10.0, 10.0))
        units = 1.0 / max(y, 1.0), 1.0 / max(x, 1.0)
    return found.step(
        "grid_mask",
        ratio_factor=ratio,
        ratio_min_factor=ratio,
        unit_min_factor=units[0],
        unit_max_factor=units[1],
        rotation_factor=0.0,
        fill_value=found.level("fill", "fill_value"),
    )


def _additive_noise(found: _Found) -> Steps:
    params = found.values.get("noise_params")
    is_known = found.values.get("noise_type") == "gaussian" and isinstance(params, dict)
    if not is_known or found.values.get("spatial_mode") != "per_pixel":
        return found.leave_out("it has no counterpart; gaussian_noise comes closest")
    return _noise(
        _Found(found.name, found.where, {**dict(params or {})}, found.probability, found.reader)
    )


def _plain(op: str) -> Callable[[_Found], Steps]:
    return lambda found: found.step(op)


_READERS: Mapping[str, Callable[[_Found], Steps]] = {
    "HorizontalFlip": _flip("horizontal"),
    "VerticalFlip": _flip("vertical"),
    "Flip": _flip_of_version_1,
    "RandomRotate90": _rotate90,
    "D4": _d4,
    "SquareSymmetry": _d4,
    "Rotate": _rotate,
    "SafeRotate": _rotate,
    "Affine": _affine,
    "ShiftScaleRotate": _shift_scale_rotate,
    "Perspective": _perspective,
    "ElasticTransform": _elastic,
    "RandomResizedCrop": _resized_crop,
    "RandomBrightnessContrast": _brightness_contrast,
    "RandomBrightness": _brightness_contrast,
    "RandomContrast": _brightness_contrast,
    "ColorJitter": _colour_jitter,
    "HueSaturationValue": _hsv,
    "RGBShift": _rgb_shift,
    "ChannelShuffle": _plain("channel_shuffle"),
    "ToGray": _grey,
    "InvertImg": _plain("invert"),
    "Equalize": _equalize,
    "AutoContrast": _auto_contrast,
    "Posterize": _posterize,
    "Solarize": _solarize,
    "RandomGamma": _gamma,
    "GaussianBlur": _blur,
    "Blur": _blur,
    "Sharpen": _sharpen,
    "GaussNoise": _noise,
    "AdditiveNoise": _additive_noise,
    "ImageCompression": _jpeg,
    "JpegCompression": _jpeg,
    "CoarseDropout": _holes,
    "Cutout": _holes,
    "Erasing": _erasing,
    "GridDropout": _grid,
}
"""The transforms that have a counterpart, by name."""

_RESULT_SIZES = (
    "Resize",
    "RandomResizedCrop",
    "RandomSizedCrop",
    "RandomCrop",
    "CenterCrop",
    "RandomSizedBBoxSafeCrop",
)


def _each(names: Iterable[str], text: str) -> dict[str, str]:
    return dict.fromkeys(names, text)


_NOT_AUGMENTATION: Mapping[str, str] = {
    **_each(
        (
            "Resize",
            "LongestMaxSize",
            "SmallestMaxSize",
            "CenterCrop",
            "Crop",
            "Pad",
            "PadIfNeeded",
        ),
        "a recipe gets pictures of one size, which is chosen when data is prepared, and keeps it",
    ),
    **_each(
        ("Normalize", "ToFloat", "FromFloat", "ToTensorV2", "ToTensor3D", "ToRGB"),
        "a recipe gets and gives levels from 0 to 255, and a model normalizes them itself",
    ),
}
"""What a pipeline does beside augmenting, each with the end of a sentence."""

_CLOSEST: Mapping[str, str] = {
    **_each(
        ("RandomCrop", "RandomSizedCrop", "CropAndPad", "RandomCropFromBorders"), "random_crop"
    ),
    **_each(
        ("GridDistortion", "OpticalDistortion", "PiecewiseAffine", "ThinPlateSpline"), "elastic"
    ),
    "GridElasticDeform": "elastic",
    **_each(("MotionBlur", "MedianBlur", "AdvancedBlur", "GlassBlur"), "gaussian_blur"),
    **_each(("Defocus", "ZoomBlur", "Downscale"), "gaussian_blur"),
    **_each(("ISONoise", "MultiplicativeNoise", "ShotNoise", "SaltAndPepper"), "gaussian_noise"),
    **_each(("PixelDropout", "XYMasking", "MaskDropout", "ConstrainedCoarseDropout"), "cutout"),
    "CLAHE": "equalize",
    "UnsharpMask": "sharpness",
    "RandomToneCurve": "gamma",
    **_each(("FancyPCA", "PlanckianJitter", "ChannelDropout"), "channel_shift"),
    **_each(("ToSepia",), "grayscale"),
    "Transpose": "rot90",
    **_each(("MixUp", "OverlayElements"), "mix_up"),
    "Mosaic": "cut_mix",
}
"""The op that does something similar, for transforms without a counterpart."""
