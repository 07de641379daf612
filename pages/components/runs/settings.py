"""The settings of a run in words that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from augment import RunError
from augment.runs import Run
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.stages import head_epochs
from augment.runs.words import CHOICES, LABELS, place, value_in_words

TRAINED = CHOICES["trainable"]
"""What a run trains, by `RunConfig.trainable`."""
_ELSEWHERE = ("recipe", "name", "model", "weights", "head_epochs", "trainable")
"""Fields that are shown apart."""


def settings(run: Run, config: RunConfig) -> dict[str, str]:
    """Return the settings of a run by their labels, as plain text."""
    in_words = stages(config)
    found = {
        **{LABELS[name]: value_in_words(config, name) for name in ("model", "weights")},
        "Stages": in_words[0].upper() + in_words[1:],
    }
    if validated := _validated(run):
        found["Validated epochs"] = f"{in_spans(validated)} (of {config.epochs})"
    if attempt := run.to_dict().get("attempt"):
        found["Attempt"] = f"{attempt}"
    if where := place(run):
        found["Where"] = f"{where[0].upper()}{where[1:]}"
    return found | {
        label: value_in_words(config, name)
        for name, label in LABELS.items()
        if name not in _ELSEWHERE
    }


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
