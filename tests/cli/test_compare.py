"""``compare``: the document of the contract, the text, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from augment import presets
from tests.cli.conftest import Cli, assert_refused
from tests.compare.conftest import LABELS, NAMES, finish

RIGHT = LABELS.tolist()
WRONG = [(label + 1) % 3 for label in RIGHT]
NOTHING = {"recipe": presets.PRESETS["nothing"].recipe}


def test_the_document_has_every_pair(cli: Cli, home: object) -> None:
    for seed in (1, 2):
        finish(RIGHT, test=WRONG, seed=seed)
    for seed in (1, 2):
        finish([*WRONG[:5], *RIGHT[5:]], test=RIGHT, seed=seed, **NOTHING)
    finish(RIGHT, test=RIGHT, epochs=9)
    document = cli("compare", "run-1,run-2", "run-3,run-4", "run-5", "--json").document
    assert document["split"] == "test"
    names = [group["name"] for group in document["groups"]]
    assert [group["runs"] for group in document["groups"]] == [
        ["run-1", "run-2"],
        ["run-3", "run-4"],
        ["run-5"],
    ]
    assert [group["seeds"] for group in document["groups"]] == [[1, 2], [1, 2], [1]]
    figures = document["groups"][0]["figures"]
    assert figures["validation"]["accuracy"] == {"mean": 1.0, "deviation": 0.0, "count": 2}
    pairs = document["pairs"]
    assert [(pair["first"], pair["second"]) for pair in pairs] == [
        (names[0], names[1]),
        (names[0], names[2]),
        (names[1], names[2]),
    ]
    pair = pairs[0]
    assert (pair["difference"], pair["pictures"], pair["seeds"]) == (1.0, 10, 2)
    assert pair["interval"][0] <= 1.0 <= pair["interval"][1]
    assert (pair["broken"], pair["repaired"]) == (0, 10)
    assert [each["name"] for each in pair["classes"]] == list(NAMES)
    assert all({"difference", "low", "high", "flagged"} <= set(each) for each in pair["classes"])
    on_validation = cli("compare", "run-1", "run-3", "--split", "validation", "--json").document
    assert on_validation["pairs"][0]["difference"] == -0.5
    assert on_validation["pairs"][0]["broken"] == 5


def test_the_text_says_what_matters(cli: Cli, home: object) -> None:
    finish(RIGHT, seed=1)
    finish(WRONG, seed=1, **NOTHING)
    finish(WRONG, seed=2, **NOTHING)
    finish(WRONG, seed=3, state={"state": "CANCELLED"}, **NOTHING)
    result = cli("compare", "run-1", "run-2", "--seeds")
    assert result.code == 0
    for words in (
        "100.0%",
        "0.0% ± 0.0 (2 seeds)",
        "Group 1 has one seed, and one run is no result",
        "2 against 1, on 10 pictures of validation",
        "points",
        "RandAugment removed; CutMix removed; MixUp removed.",
        "Pictures broken: 10; repaired: 0.",
        "Confusions that changed most, in pictures of a run:\n    +4.0: lily taken for rose\n",
    ):
        assert words in result.out, result.out
    assert result.err.count("warning: The run run-4 is left out: it ended CANCELLED.") == 1


def test_groups_of_one_name_are_told_apart(cli: Cli, home: object) -> None:
    for seed in (1, 2):
        finish(RIGHT, seed=seed)
    document = cli("compare", "run-1", "run-2", "--json").document
    assert [group["name"][-4:] for group in document["groups"]] == [" (1)", " (2)"]
    assert document["pairs"][0]["second"] == document["groups"][1]["name"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run-1"], ("from 2 to 8", "1 was given")),
        (["run-1"] * 9, ("from 2 to 8", "9 was given")),
        (["run-1", "nix"], ("There is no run 'nix'",)),
        (["run-1", ""], ("'' is not the id of a run",)),
        (["run-1,run-2", "run-2"], ("differ in more than the seed", "Epochs: 4 -> 9")),
        (["run-1", "run-2", "--split", "test"], ("augment runs test run-1",)),
        (["run-1", "run-2", "--split", "train"], ("'train'", "validation")),
        (["run-3", "run-1"], ("none of its runs counts", "CANCELLED")),
    ],
)
def test_what_cannot_be_compared_is_refused(
    cli: Cli, home: object, words: list[str], expected: tuple[str, ...]
) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"epochs": 9},
        {"state": {"state": "CANCELLED"}, "size": 64},
    ]
    for each in changes:
        finish(RIGHT, **each)
    assert_refused(cli("compare", *words), *expected)
