"""The configuration of a training run: one frozen object that validates itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from augment import data as sources
from augment.data import Prepared
from augment.data.source import CROP, FITS, LARGEST, SMALLEST, TRAIN
from augment.data.splits import SCHEMES
from augment.engine.limits import SEED, Limits, shorten
from augment.engine.recipe import Recipe
from augment.errors import ConfigError, DataError

NAME_LENGTH = 60
"""Characters that the name of a run may have."""

_WEIGHT_FILES = (".keras", ".weights.h5", ".h5")


def _number(default: float, limits: Limits) -> Any:
    return field(default=default, metadata={"limits": limits})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run: DenseNet121 with SGD and label smoothing, as in the Keras guide.

    Attributes:
        recipe: A ``Recipe``, or its dictionary.
        data: The name of a source.
        size: Side of the pictures in pixels.
        fit: How pictures become square (`augment.data.open_prepared`).
        splits: The scheme of splits (`augment.data.open_prepared`).
        split_seed: Seed of the splits, where the scheme draws them.
        epochs: Passes over the training pictures.
        batch_size: Pictures in a training step.
        learning_rate: Of SGD.
        momentum: Of SGD.
        label_smoothing: The share of each label that is spread over all classes.
        seed: Seed of the order, the draws and the initial weights.
        weights: ``"none"`` (from scratch), ``"imagenet"`` (Keras' public file), or the path of a
            ``.keras``, ``.weights.h5`` or ``.h5`` file.
        jit: Whether XLA compiles the training step: ``"on"``, ``"off"``, or as Keras decides
            (``"auto"``: not on the CPU).
        name: A name to find the run by; empty for none.

    Raises:
        ConfigError: A value is not allowed; the message has the field, the value and what is allowed.
        RecipeError: The recipe is not valid.
    """

    recipe: Recipe
    data: str = "bundled"
    size: int = _number(64, Limits(low=SMALLEST, high=LARGEST, unit="px"))
    fit: str = _choice(CROP, *FITS)
    splits: str = _choice(SCHEMES[0], *SCHEMES)
    split_seed: int = _number(0, SEED)
    epochs: int = _number(2, Limits(low=1, high=1000))
    batch_size: int = _number(32, Limits(low=1, high=1024))
    learning_rate: float = _number(0.01, Limits(low=1e-6, high=10.0))
    momentum: float = _number(0.9, Limits(low=0.0, high=0.999))
    label_smoothing: float = _number(0.1, Limits(low=0.0, high=0.9))
    seed: int = _number(7, SEED)
    weights: str = "none"
    jit: str = _choice("auto", "auto", "on", "off")
    name: str = ""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if "limits" in item.metadata:
                try:
                    object.__setattr__(self, item.name, item.metadata["limits"].check(value))
                except ValueError as error:
                    raise ConfigError(f"{item.name} {error}.") from error
            elif item.name != "recipe" and not isinstance(value, str):
                raise ConfigError(f"{item.name} must be text, but {shorten(value)} was given.")
            if "choices" in item.metadata and value not in item.metadata["choices"]:
                allowed = ", ".join(item.metadata["choices"])
                raise ConfigError(
                    f"{item.name} must be one of {allowed}, but {shorten(value)} was given."
                )
        if len(self.name) > NAME_LENGTH:
            raise ConfigError(
                f"name may have {NAME_LENGTH} characters, but {len(self.name)} were given."
            )
        try:
            object.__setattr__(self, "data", sources.source(self.data).name)
        except DataError as error:
            raise ConfigError(f"data does not name a source: {error}") from error
        if not _is_writable(self.name):
            raise ConfigError(
                f"name must be text without null bytes and halves of characters, but"
                f" {shorten(self.name)} was given."
            )
        object.__setattr__(self, "weights", _weights(self.weights))
        object.__setattr__(self, "recipe", _recipe(self.recipe, self.data))

    @classmethod
    def from_dict(cls, values: object) -> RunConfig:
        """Return the configuration with these fields, as ``to_dict`` returns them.

        Raises:
            ConfigError: A field is unknown or missing, or its value is not allowed.
            RecipeError: The recipe is not valid.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(
                f"The configuration must be an object, but {shorten(values)} was given."
            )
        known = [item.name for item in fields(cls)]
        unknown = sorted(str(name) for name in values if name not in known)
        if unknown:
            raise ConfigError(
                f"{unknown[0]} is not a field of the configuration; allowed are {', '.join(known)}."
            )
        if "recipe" not in values:
            raise ConfigError("recipe is missing from the configuration.")
        return cls(**values)

    def check_inputs(self) -> None:
        """Check that the data and the file of weights exist.

        Raises:
            ConfigError: The file of weights does not exist.
            DataError: The data is not prepared at this size (the message has the command that
                prepares it), or has no such splits, or no split to train on.
        """
        if self.weights not in ("none", "imagenet") and not Path(self.weights).is_file():
            raise ConfigError(f"weights names the file {self.weights}, but there is no such file.")
        self.prepared().split(TRAIN)

    def prepared(self) -> Prepared:
        """Return the prepared data, split as configured.

        Raises:
            DataError: The data is not prepared at this size, or has no such splits.
        """
        return sources.open_prepared(
            self.data, self.size, self.fit, scheme=self.splits, seed=self.split_seed
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values; ``from_dict`` reads them back."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {"recipe": self.recipe.to_dict()}


def limits(name: str) -> Limits:
    """Return the limits of the number field ``name`` of ``RunConfig``; KeyError for other fields."""
    return next(item for item in fields(RunConfig) if item.name == name).metadata["limits"]  # type: ignore[no-any-return]


def _recipe(value: object, data: str) -> Recipe:
    if isinstance(value, Recipe):
        return value
    return Recipe.from_dict(value, class_names=sources.source(data).class_names or None)


def _weights(value: str) -> str:
    if value in ("none", "imagenet"):
        return value
    if not value.endswith(_WEIGHT_FILES):
        raise ConfigError(
            f"weights must be none, imagenet or a file that ends in {', '.join(_WEIGHT_FILES)};"
            f" {shorten(value)} was given."
        )
    try:
        return str(Path(value).expanduser().resolve())
    except (RuntimeError, ValueError, OSError) as error:
        # There is no such user, it holds a null byte, or its links lead in a circle.
        raise ConfigError(f"weights is not a path, but {shorten(value)} ({error}).") from error


def _is_writable(text: str) -> bool:
    """Whether a text can be encoded and passed to a process, without surrogates and null bytes."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
