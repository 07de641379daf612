"""The settings of a run in words that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from augment import RunError
from augment.engine.params import label_of
from augment.models import IMAGENET, MODELS, NONE
from augment.runs import Run
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.stages import head_epochs

TRAINED = {
    "all": "the whole network",
    "last_block": "the last block and the head",
    "head": "the head alone",
}
"""What a run trains, by `RunConfig.trainable`."""
_BALANCE = {
    "none": "every picture counts the same",
    "class_weights": "pictures of rare classes count more",
    "oversampling": "pictures of rare classes come more often",
}

_AUTO = {"precision": "as the device has it", "jit": "as Keras decides"}


def settings(run: Run, config: RunConfig) -> dict[str, str]:
    """Return the settings of a run by their labels, as plain text."""
    fields = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in config.to_dict().items()
    }
    for name in ("recipe", "name", "model", "weights", "head_epochs", "trainable"):
        del fields[name]
    weights = {NONE: "random: trained from scratch", IMAGENET: "of ImageNet"}
    fields["per_class"] = str(config.per_class or "all")
    fields["clip_norm"] = f"{config.clip_norm:g}" if config.clip_norm else "never"
    fields["patience"] = f"{config.patience} validations" if config.patience else "never"
    fields["warmup"] = f"{config.warmup:.0%} of the steps"
    fields["balance"] = _BALANCE[config.balance]
    fields |= {name: words for name, words in _AUTO.items() if fields[name] == "auto"}
    labels = {
        "per_class": "Pictures of a class",
        "clip_norm": "Gradients clipped at norm",
        "patience": "Ends early after",
        "warmup": "Warm-up",
        "balance": "Rare classes",
        "jit": "Compiled by XLA",
        "splits": "Splits",
        "leave_out": "Left out",
    }
    in_words = stages(config)
    found = {
        "Model": MODELS[config.model].title,
        "Initial weights": weights.get(config.weights, config.weights),
        "Stages": in_words[0].upper() + in_words[1:],
    }
    if validated := _validated(run):
        found["Validated epochs"] = f"{in_spans(validated)} (of {config.epochs})"
    if attempt := run.to_dict().get("attempt"):
        found["Attempt"] = f"{attempt}"
    return found | {labels.get(name, label_of(name)): text for name, text in fields.items()}


def stages(config: RunConfig) -> str:
    """Return in words what the epochs of a run train."""
    heads, epochs = head_epochs(config), config.epochs
    body = TRAINED[config.trainable]
    if not heads:
        return f"{_epochs(1, epochs)} {_verb(1, epochs)} {body}"
    first = (
        f"{_epochs(1, heads)} {_verb(1, heads)} the head on a frozen body, "
        "the first without augmentation"
    )
    if heads == epochs:
        return first
    return f"{first}; {_epochs(heads + 1, epochs)} {_verb(heads + 1, epochs)} {body}"


def in_spans(numbers: Sequence[int]) -> str:
    """Return ascending numbers in short, as in "1 to 4, 6, 8 to 10"."""
    spans, start = [], numbers[0]
    for number, following in pairwise([*numbers, numbers[-1] + 2]):
        if following != number + 1:
            spans.append(f"{start}" if start == number else f"{start} to {number}")
            start = following
    return ", ".join(spans)


def _epochs(first: int, last: int) -> str:
    return f"epoch {first}" if first == last else f"epochs {first} to {last}"


def _verb(first: int, last: int) -> str:
    return "trains" if first == last else "train"


def _validated(run: Run) -> list[int]:
    """Return the epochs that are validated; empty where the run does not say, as runs of before."""
    try:
        found = RunFolder(run.path).read_spec().get("validated_epochs")
    except RunError:
        return []
    if isinstance(found, list) and all(isinstance(epoch, int) for epoch in found):
        return sorted(found)
    return []
