"""Recipes: which steps happen to pictures, as data. JSON in, validated and complete JSON out.

Every mistake in a recipe gets an error message of its own, which says where it is and what is allowed.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from augment.engine.limits import cut, did_you_mean, python_value, shorten
from augment.engine.op import registry
from augment.engine.params import Param
from augment.errors import RecipeError
from augment.json_text import NotJson, parse

VERSION = 1
MAX_BYTES = 256 * 1024
MAX_DEPTH = 5
MAX_STEPS = 50
MAX_ID_LENGTH = 64
MAX_CLASS = 2**53 - 1
"""The largest index of a class: the largest whole number that every reader of JSON keeps."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Steps that happen one after the other."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def from_json(cls, text: str | bytes, class_names: Sequence[str] | None = None) -> Recipe:
        """Read a recipe.

        Args:
            text: JSON of at most 256 KB.
            class_names: The names of the data's classes, so that steps may name classes.

        Raises:
            RecipeError: Says which step and parameter, what came, and what is allowed.
        """
        if not isinstance(text, str | bytes):
            raise RecipeError(
                f"The recipe is of type {type(text).__name__}, but augment.Recipe.from_json takes JSON "
                "text; augment.Recipe.from_dict takes a dict."
            )
        if len(text) > MAX_BYTES:
            raise RecipeError(
                f"The recipe has {len(text) / 1024:,.0f} KB; at most {MAX_BYTES // 1024} KB are "
                "allowed."
            )
        if not text.strip():
            raise RecipeError(
                'The recipe is empty; it must be JSON like {"version": 1, "steps": []}.'
            )
        try:
            read = parse(text)
        except NotJson as error:
            raise RecipeError(f"The recipe {error}.") from None
        return cls.from_dict(read, class_names)

    @classmethod
    def from_dict(cls, read: Any, class_names: Sequence[str] | None = None) -> Recipe:
        """Make a recipe from JSON-able values; see `from_json`."""
        if not isinstance(read, dict) or not isinstance(read.get("steps"), list):
            raise RecipeError('A recipe must be an object with a list of "steps".')
        _refuse_unknown("The recipe", read, ("version", "steps"))
        # To Python True is 1; to JSON, and to the schema, it is not.
        version = read.get("version")
        if isinstance(version, bool) or not isinstance(version, int | float) or version != VERSION:
            raise RecipeError(
                f"The recipe has version {quoted(version)}; this program reads version {VERSION}."
            )
        return cls(steps=_read_steps(read["steps"], class_names))

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON-able values, every one explicit."""
        return {"version": VERSION, "steps": [step.to_dict() for step in self.steps]}

    def to_json(self, indent: int | None = None) -> str:
        """Return the recipe as JSON, every value explicit."""
        return json.dumps(self.to_dict(), indent=indent)

    def walk(self) -> Iterable[Step]:
        """Yield every step, parents before their children."""
        waiting = list(reversed(self.steps))
        while waiting:
            step = waiting.pop()
            yield step
            waiting.extend(reversed(step.steps))

    def enabled_steps(self) -> Iterator[Step]:
        """Yield the steps that are on and in none that is off, parents before their children."""

        def enabled(steps: Sequence[Step]) -> Iterator[Step]:
            for step in steps:
                if step.enabled:
                    yield step
                    yield from enabled(step.steps)

        yield from enabled(self.steps)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a recipe; `Recipe.from_json` and `Recipe.from_dict` make valid ones.

    Attributes:
        op: The name of the op.
        id: What the draws are keyed by; unique in the recipe.
        enabled: Whether the step happens at all.
        probability: How probable it is that the step happens to a picture.
        classes: The indexes of the classes it is for, or None for all.
        params: The value of each parameter of the op.
        steps: The children, for policies that take steps.
    """

    op: str
    id: str
    enabled: bool = True
    probability: float = 1.0
    classes: tuple[int, ...] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON-able values, every one explicit."""
        described: dict[str, Any] = {
            "op": self.op,
            "id": self.id,
            "enabled": self.enabled,
            "probability": self.probability,
            "classes": None if self.classes is None else list(self.classes),
            **self.params,
        }
        if registry()[self.op].takes_steps:
            described["steps"] = [step.to_dict() for step in self.steps]
        return described


def quoted(value: Any) -> str:
    """Return a value of a user as short JSON on one line, for an error message."""
    value = python_value(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=shorten)
        if not text.isprintable():
            text = json.dumps(value, default=shorten)
    except (TypeError, ValueError, RecursionError):  # not from JSON, but by `Recipe.from_dict`
        return shorten(value)
    return cut(text)


_COMMON = ("op", "id", "enabled", "probability", "classes")


def _read_steps(read: list[Any], class_names: Sequence[str] | None) -> tuple[Step, ...]:
    """Return the steps that JSON-able values describe, valid, complete and each with an id.

    Raises:
        RecipeError: Says which step and parameter, what came, and what is allowed.
    """
    reader = _Reader(class_names)
    return _with_ids(reader.steps(read, "step ", depth=1), reader.ids)


class _Reader:
    """Reads the steps of one recipe; holds what they share: class names and the ids given.

    A step without an id has an empty one until the whole recipe is read, because an id made for it must
    not collide with one that is given further down.
    """

    def __init__(self, class_names: Sequence[str] | None) -> None:
        self.class_names = None if class_names is None else _read_names(class_names)
        self.ids: set[str] = set()
        self.count = 0

    def steps(self, read: list[Any], where: str, depth: int) -> tuple[Step, ...]:
        return tuple(
            self._step(step, f"{where}{index}", depth) for index, step in enumerate(read, start=1)
        )

    def _step(self, read: Any, where: str, depth: int) -> Step:
        self.count += 1
        if self.count > MAX_STEPS:
            raise RecipeError(
                f"The recipe has more than {MAX_STEPS} steps, which is the most allowed."
            )
        if not isinstance(read, dict):
            raise RecipeError(
                f'{_start(where)} is {quoted(read)}; it must be an object with an "op".'
            )
        op = registry().get(read["op"]) if isinstance(read.get("op"), str) else None
        if "op" not in read:
            raise RecipeError(f'{_start(where)} has no "op"; allowed: {", ".join(registry())}.')
        if op is None:
            raise RecipeError(_unknown(where, "op", read["op"], registry()))
        where = f"{where} ({op.name})"
        allowed = (*_COMMON, *op.params, *(("steps",) if op.takes_steps else ()))
        _refuse_unknown(_start(where), read, allowed)
        return Step(
            op=op.name,
            id=self._take_id(read["id"], where) if "id" in read else "",
            enabled=_boolean(where, "enabled", read.get("enabled", True)),
            probability=_probability(where, read.get("probability", 1.0)),
            classes=self._classes(where, read.get("classes")),
            params={
                name: _checked(where, name, param, read.get(name, param.default))
                for name, param in op.params.items()
            },
            steps=self._children(where, read.get("steps", []), depth) if op.takes_steps else (),
        )

    def _children(self, where: str, read: Any, depth: int) -> tuple[Step, ...]:
        if not isinstance(read, list):
            raise RecipeError(f"{_start(where)}: steps is {quoted(read)}; it must be a list.")
        if depth == MAX_DEPTH:
            raise RecipeError(
                f"{_start(where)}: its steps are nested {depth + 1} levels deep; at most {MAX_DEPTH} are "
                "allowed."
            )
        return self.steps(read, f"{where}, step ", depth + 1)

    def _take_id(self, requested: Any, where: str) -> str:
        if (
            not isinstance(requested, str)
            or not 0 < len(requested) <= MAX_ID_LENGTH
            or any("\ud800" <= letter <= "\udfff" for letter in requested)
        ):
            raise RecipeError(
                f"{_start(where)}: id is {quoted(requested)}; it must be a text of 1 to "
                f"{MAX_ID_LENGTH} characters."
            )
        if requested in self.ids:
            raise RecipeError(
                f"{_start(where)}: another step has the id {quoted(requested)} already."
            )
        self.ids.add(requested)
        return requested

    def _classes(self, where: str, read: Any) -> tuple[int, ...] | None:
        if read is None:
            return None
        if not isinstance(read, list) or not read:
            raise RecipeError(
                f"{_start(where)}: classes is {quoted(read)}; it must be a list of class names or "
                "indexes, or absent for all."
            )
        return tuple(sorted({self._class(where, item) for item in read}))

    def _class(self, where: str, item: Any) -> int:
        names = self.class_names
        if isinstance(item, str):
            if names is None:
                raise RecipeError(
                    f"{_start(where)}: classes names {quoted(item)}, but the names of the data's "
                    "classes are not known here; use indexes."
                )
            if item not in names:
                raise RecipeError(_unknown(where, "class", item, names))
            return names.index(item)
        item = python_value(item)
        whole = isinstance(item, int) and not isinstance(item, bool)
        end = MAX_CLASS + 1 if names is None else len(names)
        if not whole or not 0 <= item < end:
            most = "" if names is None else f" below {end}"
            raise RecipeError(
                f"{_start(where)}: classes holds {quoted(item)}; it must hold class names and "
                f"indexes from 0{most}."
            )
        return int(item)


def _read_names(class_names: Any) -> list[str]:
    names = list(class_names) if isinstance(class_names, Iterable) else [class_names]
    if isinstance(class_names, str) or not all(isinstance(name, str) for name in names):
        raise RecipeError(
            f"The class names are {quoted(class_names)}; they must be a list of texts, in the order of "
            "the classes' numbers."
        )
    return names


def _with_ids(steps: tuple[Step, ...], taken: set[str]) -> tuple[Step, ...]:
    """Return the steps with ids made from the op's name where they had none."""
    return tuple(
        replace(step, id=step.id or _made_id(step.op, taken), steps=_with_ids(step.steps, taken))
        for step in steps
    )


def _made_id(op_name: str, taken: set[str]) -> str:
    made = next(
        candidate
        for number in itertools.count(1)
        if (candidate := op_name if number == 1 else f"{op_name}_{number}") not in taken
    )
    taken.add(made)
    return made


def _checked(where: str, name: str, param: Param, value: Any) -> Any:
    try:
        return param.check(value)
    except ValueError as error:
        raise RecipeError(f"{_start(where)}: {name} is {quoted(value)}; {error}.") from None


def _boolean(where: str, name: str, value: Any) -> bool:
    value = python_value(value)
    if not isinstance(value, bool):
        raise RecipeError(f"{_start(where)}: {name} is {quoted(value)}; it must be true or false.")
    return value


def _probability(where: str, value: Any) -> float:
    value = python_value(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise RecipeError(
            f"{_start(where)}: probability is {quoted(value)}; it must be a number from 0 to 1."
        )
    return float(value) + 0.0  # without the sign of -0.0


def _unknown(where: str, what: str, value: Any, allowed: Iterable[str]) -> str:
    names = list(allowed)
    hint = did_you_mean(value, names)
    listed = ", ".join(names) if len(names) <= 60 else f"the {len(names)} of the data"
    return f"{_start(where)}: unknown {what} {quoted(value)}{hint}; allowed: {listed}."


def _start(where: str) -> str:
    return where[0].upper() + where[1:]


def _refuse_unknown(start: str, read: Mapping[str, Any], allowed: Sequence[str]) -> None:
    """Raise a `RecipeError` that begins with `start` if an entry of `read` is not allowed."""
    for name in read:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            raise RecipeError(
                f"{start} has an unknown parameter {quoted(name)}{hint}; allowed: "
                f"{', '.join(allowed)}."
            )
