from __future__ import annotations

import pytest

from augment.presets import PRESETS
from augment.runs.config import RunConfig
from pages.components.runs.settings import in_spans, stages

PRETRAINED = {"model": "lite0", "weights": "imagenet"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 1}, "epoch 1 trains the whole network"),
        (
            {"epochs": 7, "head_epochs": 3, **PRETRAINED},
            "epochs 1 to 3 train the head on a frozen body, the first without augmentation; "
            "epochs 4 to 7 train the whole network",
        ),
        (
            {"epochs": 2, "trainable": "head", **PRETRAINED},
            "epochs 1 to 2 train the head on a frozen body, the first without augmentation",
        ),
        (
            {"epochs": 2, "head_epochs": 1, "trainable": "last_block", **PRETRAINED},
            "epoch 1 trains the head on a frozen body, the first without augmentation; "
            "epoch 2 trains the last block and the head",
        ),
    ],
)
def test_stages_in_words(settings: dict[str, object], words: str) -> None:
    assert stages(RunConfig.from_dict({"recipe": PRESETS["mixing"].recipe, **settings})) == words


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([3], "3"), ([1, 2, 3], "1 to 3"), ([1, 2, 4, 6, 7], "1 to 2, 4, 6 to 7")],
)
def test_spans(numbers: list[int], text: str) -> None:
    assert in_spans(numbers) == text
