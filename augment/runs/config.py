"""What a training run is asked to do: one frozen object that checks itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from augment import data as sources
from augment.data import Prepared
from augment.data.source import CROP, FITS, TRAIN
from augment.data.splits import SCHEMES
from augment.engine.recipe import Recipe
from augment.errors import ConfigError, DataError

_FILES = (".keras", ".weights.h5", ".h5")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a number of the configuration may be: ``low <= value <= high``."""

    low: float
    high: float
    unit: str = ""


def _number(default: float, *, low: float, high: float, unit: str = "") -> Any:
    return field(default=default, metadata={"limits": Limits(low=low, high=high, unit=unit)})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run; DenseNet121 with SGD and label smoothing, as in the Keras guide.

    ``recipe`` may be given as a ``Recipe`` or as its dictionary. ``weights`` is ``"none"`` (start from
    scratch), ``"imagenet"`` (Keras' public file), or the path of a ``.keras``, ``.weights.h5`` or
    ``.h5`` file. ``fit`` and ``splits`` say how the data was made square and how it is dealt
    (`augment.data.open_prepared`); ``split_seed`` is of a split that is dealt. ``jit`` says whether XLA
    compiles the training step: ``"on"``, ``"off"``, or as Keras decides (``"auto"``: not on the CPU).

    Raises:
        ConfigError: names the field, what came and what is allowed.
        RecipeError: the recipe is not valid.
    """

    recipe: Recipe
    data: str = "bundled"
    size: int = _number(64, low=32, high=512, unit="px")
    fit: str = _choice(CROP, *FITS)
    splits: str = _choice(SCHEMES[0], *SCHEMES)
    split_seed: int = _number(0, low=0, high=2**32 - 1)
    epochs: int = _number(2, low=1, high=1000)
    batch_size: int = _number(32, low=1, high=1024)
    learning_rate: float = _number(0.01, low=1e-6, high=10.0)
    momentum: float = _number(0.9, low=0.0, high=0.999)
    label_smoothing: float = _number(0.1, low=0.0, high=0.9)
    seed: int = _number(7, low=0, high=2**32 - 1)
    weights: str = "none"
    jit: str = _choice("auto", "auto", "on", "off")
    name: str = ""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if "limits" in item.metadata:
                whole = isinstance(item.default, int)
                number = _checked(item.name, value, item.metadata["limits"], whole=whole)
                object.__setattr__(self, item.name, number)
            elif item.name != "recipe" and not isinstance(value, str):
                raise ConfigError(f"{item.name} must be text, but {_shown(value)} came.")
            if "choices" in item.metadata and value not in item.metadata["choices"]:
                allowed = ", ".join(item.metadata["choices"])
                raise ConfigError(f"{item.name} must be one of {allowed}; {_shown(value)} came.")
        if len(self.name) > 60:
            raise ConfigError(f"name may have 60 characters, but {len(self.name)} came.")
        try:
            object.__setattr__(self, "data", sources.source(self.data).name)
        except DataError as error:
            raise ConfigError(f"data names no source: {error}") from error
        object.__setattr__(self, "weights", _weights(self.weights))
        object.__setattr__(self, "recipe", _recipe(self.recipe, self.data))

    @classmethod
    def from_dict(cls, values: object) -> RunConfig:
        """Return the configuration that ``to_dict`` wrote, or that a person typed.

        Raises:
            ConfigError: an unknown or missing field, or a value that is not allowed.
            RecipeError: the recipe is not valid.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(
                f"a configuration must be an object of fields; {_shown(values)} came."
            )
        known = [item.name for item in fields(cls)]
        unknown = sorted(str(name) for name in values if name not in known)
        if unknown:
            raise ConfigError(
                f"{unknown[0]} is not a field of a configuration; allowed are {', '.join(known)}."
            )
        if "recipe" not in values:
            raise ConfigError("recipe is missing from the configuration.")
        return cls(**values)

    def check_inputs(self) -> None:
        """Check what lies outside the configuration, before a run is made of it.

        Raises:
            ConfigError: the file of weights does not exist.
            DataError: the data is not prepared at this size (says the command that prepares it), or
                has no such splits, or none to train on.
        """
        if self.weights not in ("none", "imagenet") and not Path(self.weights).is_file():
            raise ConfigError(f"weights names the file {self.weights}, but there is no such file.")
        self.prepared().split(TRAIN)

    def prepared(self) -> Prepared:
        """Return the data, dealt as the configuration says.

        Raises:
            DataError: the data is not prepared at this size, or has no such splits.
        """
        return sources.open_prepared(
            self.data, self.size, self.fit, scheme=self.splits, seed=self.split_seed
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values that JSON can hold; ``from_dict`` reads them back."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {"recipe": self.recipe.to_dict()}


def limits(name: str) -> Limits:
    """Return what the number field ``name`` of ``RunConfig`` may be; KeyError for other fields."""
    return next(item for item in fields(RunConfig) if item.name == name).metadata["limits"]  # type: ignore[no-any-return]


def _checked(name: str, value: object, allowed: Limits, *, whole: bool) -> float:
    kind = "a whole number" if whole else "a number"
    span = f"{kind} from {allowed.low:g} to {allowed.high:.10g} {allowed.unit}".rstrip()
    wrong = ConfigError(f"{name} must be {span}, but {_shown(value)} came.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong
    if not math.isfinite(value) or not allowed.low <= value <= allowed.high:
        raise wrong
    if whole and value != int(value):
        raise wrong
    return int(value) if whole else float(value)


def _recipe(value: object, data: str) -> Recipe:
    if isinstance(value, Recipe):
        return value
    return Recipe.from_dict(value, class_names=sources.source(data).class_names or None)


def _weights(value: str) -> str:
    if value in ("none", "imagenet"):
        return value
    path = Path(value).expanduser()
    if not value.endswith(_FILES):
        raise ConfigError(
            f"weights must be none, imagenet or a file that ends in {', '.join(_FILES)};"
            f" {_shown(value)} came."
        )
    return str(path.resolve())


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
