from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from augment.presets import PRESETS
from augment.runs.config import RunConfig
from augment.runs.words import CHOICES, LABELS, value_in_words

RECIPE = PRESETS["mixing"].recipe


def test_every_setting_has_a_label_and_every_choice_a_name() -> None:
    assert {*LABELS, "recipe"} == {item.name for item in fields(RunConfig)}
    for item in fields(RunConfig):
        if item.name in CHOICES and "choices" in item.metadata:
            assert set(CHOICES[item.name]) == set(item.metadata["choices"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data": "digits"}, "Handwritten digits"),
        ({"size": 224}, "224 px"),
        ({"seed": 4_000_000_000}, "4000000000"),
        ({"per_class": 1000}, "1,000"),
        ({"per_class": 0}, "all"),
        ({"learning_rate": 0.025}, "0.025"),
        ({"warmup": 0.05}, "5% of the steps"),
        ({"patience": 0}, "never ends early"),
        ({"patience": 1}, "1 validation"),
        ({"balance": "class_weights"}, "weigh their loss"),
        ({"precision": "mixed_bfloat16"}, "mixed bfloat16"),
        ({"splits": "re-split"}, "re-split"),
    ],
)
def test_values(settings: dict[str, Any], words: str) -> None:
    [name] = settings
    assert value_in_words(RunConfig(recipe=RECIPE, **settings), name) == words
