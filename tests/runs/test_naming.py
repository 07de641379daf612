"""What a run is called, and what people may write about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment import runs
from augment.engine.recipe import Recipe
from augment.errors import ConfigError
from augment.presets import PRESETS
from augment.runs import folders, naming
from augment.runs.naming import Label, default_name, recipe_name
from tests.runs.conftest import CONFIG, config

RAND = {"op": "rand_augment"}


def recipe(*steps: dict[str, object]) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": list(steps)})


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ((), "nothing"),
        (({"op": "flip", "enabled": False},), "nothing"),
        ((RAND | {"magnitude": 0.7},), "RandAugment magnitude 0.7"),
        (
            (RAND | {"magnitude": 0.7, "probability": 0.5},),
            "RandAugment magnitude 0.7 probability 0.5",
        ),
        (({"op": "cut_mix", "alpha": 0.4}, {"op": "grayscale"}), "CutMix alpha 0.4 + Grayscale"),
        (
            ({"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "grayscale"}]},),
            "One of: CutMix / Grayscale",
        ),
        (({"op": "grayscale", "classes": [0, 2]},), "Grayscale for 2 classes"),
        (({"op": "grayscale"},) * 5, "Grayscale + Grayscale + 3 more"),
    ],
)
def test_a_recipe_is_called_what_it_does(steps: tuple[dict[str, object], ...], name: str) -> None:
    assert recipe_name(recipe(*steps)) == name


def test_a_recipe_that_is_a_preset_has_its_name() -> None:
    for preset in PRESETS.values():
        assert recipe_name(preset.recipe) in (preset.title, "nothing")


def test_a_run_is_called_what_it_is() -> None:
    given = config(recipe=recipe(RAND | {"magnitude": 0.7}), model="small", epochs=30, size=64)
    assert default_name(given) == (
        "RandAugment magnitude 0.7, Small network, Eleven bundled photographs, 64 px, 30 epochs, seed 3"
    )


def test_a_label_is_written_and_shown(home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    default = runs.get("2026-x").title
    naming.write_label(folder, Label(name="mine", note="why\nso", tags=(" a ", "", "b", "a")))
    run = runs.get("2026-x")
    assert (run.title, run.note, run.tags) == ("mine", "why\nso", ("a", "b"))
    naming.write_label(folder, Label())
    assert runs.get("2026-x").title == default


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ({"name": "x" * 61}, "name may have 60 characters, but 61"),
        ({"note": "x" * 2001}, "note may have 2,000 characters, but 2,001"),
        ({"tags": ("x" * 31,)}, "tag may have 30 characters, but 31"),
        ({"tags": tuple("abcdefghijk")}, "may have 10 tags, but 11"),
        ({"tags": "abc"}, "tags must be a list of words"),
        ({"name": 5}, "name must be text"),
    ],
)
def test_what_a_label_cannot_be(entries: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Label(**entries)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["{", "[]", '{"name": 5}', '{"tags": "x"}'])
def test_a_damaged_label_is_a_problem_and_no_more(home: Path, content: str) -> None:
    folder = folders.create("2026-x", CONFIG)
    folder.label.write_text(content)
    run = runs.get("2026-x")
    assert run.problem.startswith("label.json is damaged")
    assert (run.title, run.note, run.tags) == (default_name(CONFIG), "", ())
