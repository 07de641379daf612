"""The configuration of a training run: one frozen object that validates itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from augment import data as sources
from augment.data import Prepared
from augment.data.source import CROP, FITS, LARGEST, SMALLEST, TRAIN
from augment.data.splits import LEAVE_OUT, NOTHING, SCHEMES
from augment.engine.limits import SEED, Limits, shorten
from augment.engine.recipe import Recipe
from augment.errors import ConfigError, DataError
from augment.models import DEFAULT, IMAGENET, MODELS, NONE

NAME_LENGTH = 60
"""Characters that the name of a run may have."""

MOST_EPOCHS = 1000
"""Epochs that a run may have."""

_WEIGHT_FILES = (".keras", ".weights.h5", ".h5")


def _number(default: float, limits: Limits) -> Any:
    return field(default=default, metadata={"limits": limits})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run: a model, trained by SGD with label smoothing, as in the Keras guide.

    Attributes:
        recipe: A ``Recipe``, or its dictionary.
        model: The name of a model in `augment.models.MODELS`.
        data: The name of a source.
        size: Side of the pictures in pixels.
        fit: How pictures become square (`augment.data.open_prepared`).
        splits: The scheme of splits (`augment.data.open_prepared`).
        split_seed: Seed of the splits, where the scheme draws them.
        leave_out: Which pictures the splits leave out (`augment.data.open_prepared`).
        per_class: Train on this many pictures of each class, chosen by the seed; 0 for all.
        epochs: Passes over the training pictures.
        head_epochs: The first epochs, which train the head alone on the features of the frozen body: the
            first of them without augmentation, the others with.
        batch_size: Pictures in a training step.
        learning_rate: Of SGD; the highest that the schedule reaches.
        schedule: How the learning rate falls: ``"cosine"`` (to 0, at the last step) or ``"constant"``.
        warmup: The share of the steps in which the learning rate rises from 0.
        momentum: Of SGD.
        weight_decay: Decoupled weight decay of SGD, of kernels alone.
        clip_norm: Gradients are scaled down to this norm, taken over all of them; 0 for never.
        patience: Training ends early after this many validations without improvement; 0 for never.
        label_smoothing: The share of each label that is spread over all classes.
        balance: What is done for rare classes: ``"none"``, ``"class_weights"`` (their loss counts more),
            or ``"oversampling"`` (their pictures come more often, each time drawn anew).
        seed: Seed of the order, the draws, the choice of pictures and the initial weights.
        weights: ``"none"`` (from scratch), ``"imagenet"`` (the public weights of the model), or the path
            of a ``.keras``, ``.weights.h5`` or ``.h5`` file. Statistics of batch normalisation are frozen
            with all but "none".
        trainable: ``"all"``, ``"last_block"``, or ``"head"`` (then all epochs are head epochs).
        devices: On how many GPUs, or CPUs, of this machine a batch is divided.
        precision: ``"float32"``, ``"mixed_bfloat16"``, ``"mixed_float16"``, or as the device has it
            (``"auto"``).
        jit: Whether XLA compiles the training step: ``"on"``, ``"off"``, or as Keras decides
            (``"auto"``: not on the CPU).
        name: A name to find the run by; empty for none.

    Raises:
        ConfigError: A value is not allowed; the message has the field, the value and what is allowed.
        RecipeError: The recipe is not valid.
    """

    recipe: Recipe
    model: str = _choice(DEFAULT, *MODELS)
    data: str = "bundled"
    size: int = _number(64, Limits(low=SMALLEST, high=LARGEST, unit="px"))
    fit: str = _choice(CROP, *FITS)
    splits: str = _choice(SCHEMES[0], *SCHEMES)
    split_seed: int = _number(0, SEED)
    leave_out: str = _choice(NOTHING, *LEAVE_OUT)
    per_class: int = _number(0, Limits(low=0, high=100_000))
    epochs: int = _number(2, Limits(low=1, high=MOST_EPOCHS))
    head_epochs: int = _number(0, Limits(low=0, high=MOST_EPOCHS))
    batch_size: int = _number(32, Limits(low=1, high=1024))
    learning_rate: float = _number(0.01, Limits(low=1e-6, high=10.0))
    schedule: str = _choice("cosine", "cosine", "constant")
    warmup: float = _number(0.05, Limits(low=0.0, high=0.5))
    momentum: float = _number(0.9, Limits(low=0.0, high=0.999))
    weight_decay: float = _number(0.0, Limits(low=0.0, high=1.0))
    clip_norm: float = _number(0.0, Limits(low=0.0, high=1000.0))
    patience: int = _number(0, Limits(low=0, high=MOST_EPOCHS))
    label_smoothing: float = _number(0.1, Limits(low=0.0, high=0.9))
    balance: str = _choice("none", "none", "class_weights", "oversampling")
    seed: int = _number(7, SEED)
    weights: str = NONE
    trainable: str = _choice("all", "all", "last_block", "head")
    devices: int = _number(1, Limits(low=1, high=64))
    precision: str = _choice("auto", "auto", "float32", "mixed_bfloat16", "mixed_float16")
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
        self._check_stages()
        self._check_devices()

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
        if "model" not in values:  # of a run made when the learning rate was always constant
            values = {"schedule": "constant", "warmup": 0.0, **values}
        return cls(**values)

    def _check_stages(self) -> None:
        if self.weights == IMAGENET and not MODELS[self.model].has_imagenet:
            raise ConfigError(
                f"weights is imagenet, but there are no such weights of the model {self.model};"
                " use none, or a file."
            )
        if self.head_epochs > self.epochs:
            raise ConfigError(
                f"head_epochs is {self.head_epochs}, but the run has only {self.epochs} epochs."
            )
        if self.weights == NONE and (self.head_epochs or self.trainable != "all"):
            field_name = "head_epochs" if self.head_epochs else "trainable"
            raise ConfigError(
                f"{field_name} is {getattr(self, field_name)}, but a body with random weights must be"
                " trained whole; use weights imagenet or a file, or head_epochs 0 and trainable all."
            )

    def _check_devices(self) -> None:
        if self.batch_size % self.devices:
            raise ConfigError(
                f"batch_size is {self.batch_size}, which {self.devices} devices cannot divide evenly;"
                f" use a multiple of {self.devices}."
            )
        if self.devices > 1 and self.jit == "on":
            raise ConfigError(
                f"jit is on, but XLA does not compile a step on {self.devices} devices; use jit auto,"
                " or devices 1."
            )

    def check_inputs(self) -> None:
        """Check that the data and the file of weights exist.

        Raises:
            ConfigError: The file of weights does not exist.
            DataError: The data is not prepared at this size (the message has the command that
                prepares it), or has no such splits, or no split to train on.
        """
        if self.weights not in (NONE, IMAGENET) and not Path(self.weights).is_file():
            raise ConfigError(f"weights names the file {self.weights}, but there is no such file.")
        self.prepared().split(TRAIN)

    def prepared(self) -> Prepared:
        """Return the prepared data, split as configured.

        Raises:
            DataError: The data is not prepared at this size, or has no such splits.
        """
        return sources.open_prepared(
            self.data,
            self.size,
            self.fit,
            scheme=self.splits,
            seed=self.split_seed,
            leave_out=self.leave_out,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values; ``from_dict`` reads them back."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {"recipe": self.recipe.to_dict()}

    def without_folders(self) -> dict[str, Any]:
        """Return the fields as JSON values, without the folders of this machine, to give them away."""
        values = self.to_dict()
        for name in ("data", "weights"):
            kind, colon, place = values[name].rpartition(":")
            values[name] = f"{kind}{colon}{Path(place).name}"
        return values


def limits(name: str) -> Limits:
    """Return the limits of the number field ``name`` of ``RunConfig``; KeyError for other fields."""
    return next(item for item in fields(RunConfig) if item.name == name).metadata["limits"]  # type: ignore[no-any-return]


def _recipe(value: object, data: str) -> Recipe:
    if isinstance(value, Recipe):
        return value
    return Recipe.from_dict(value, class_names=sources.source(data).class_names or None)


def _weights(value: str) -> str:
    if value in (NONE, IMAGENET):
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
