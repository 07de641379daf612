"""``export`` prints the scripts of `augment.export`; that they run is tested there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import augment
from augment.export import LIBRARIES, to_augment, to_keras_cv
from augment.presets import PRESETS
from tests.cli.conftest import Cli, assert_refused
from tests.test_imports import imported_by

FLIP = {"version": 1, "steps": [{"op": "flip"}]}


def test_a_preset_by_name_by_option_and_by_default(cli: Cli) -> None:
    expected = to_keras_cv(PRESETS["mixing"].recipe)
    assert cli("export", "mixing", "--to", "keras_cv").out == expected
    assert cli("export", "--preset", "mixing", "--to", "keras_cv").out == expected
    assert cli("export", "--to", "augment").out == to_augment(PRESETS["guide"].recipe)


def test_a_file_and_a_pipe(cli: Cli, process: Cli, tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(FLIP), encoding="utf-8")
    expected = to_augment(augment.Recipe.from_dict(FLIP))
    assert cli("export", file, "--to", "augment").out == expected
    assert process("export", "-", "--to", "augment", stdin=file.read_bytes()).out == expected


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_is_a_target(library: str, cli: Cli) -> None:
    expected = LIBRARIES[library](PRESETS["mixing"].recipe)
    assert cli("export", "mixing", "--to", library).out == expected


def test_the_seed_is_that_of_the_script(cli: Cli) -> None:
    expected = to_augment(PRESETS["mixing"].recipe, seed=42)
    assert "\nSEED = 42\n" in expected
    assert cli("export", "mixing", "--to", "augment", "--seed", 42).out == expected


def test_a_script_is_written_to_a_file(cli: Cli, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    result = cli("export", "--to", "keras_cv", "--output", script)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{script}: the recipe as a script with keras_cv\n"
    assert script.read_text(encoding="utf-8") == to_keras_cv(PRESETS["guide"].recipe)
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_the_document_holds_script_and_recipe(cli: Cli, tmp_path: Path) -> None:
    document = cli("export", "custom", "--to", "keras_cv", "--json").document
    recipe = PRESETS["custom"].recipe
    assert document == {
        "to": "keras_cv",
        "recipe": recipe.to_dict(),
        "output": None,
        "script": to_keras_cv(recipe),
    }
    script = tmp_path / "script.py"
    again = cli("export", "custom", "--to", "keras_cv", "--json", "--output", script).document
    assert again == {**document, "output": str(script)}
    assert script.read_text(encoding="utf-8") == document["script"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["export"], ["--to"]),
        (["export", "--to", "torch"], ["torch", "keras_cv", "augment"]),
        (["export", "guide", "--preset", "custom", "--to", "augment"], ["--preset"]),
        (["export", "--preset", "mine", "--to", "augment"], ["mine", "guide"]),
        (["export", "mine.json", "--to", "augment"], ["mine.json", "neither a file nor a preset"]),
        (["export", "--to", "keras_cv", "--seed", "1"], ["--seed", "keras_cv draws for itself"]),
        (["export", "--to", "torchvision", "--seed", "1"], ["--seed", "torchvision draws"]),
        (["export", "--to", "augment", "--seed", "-1"], ["--seed", "-1", "0 to 4294967295"]),
        (["export", "--to", "augment", "--output", "."], ["--output", "folder"]),
        (
            ["export", "--to", "augment", "--output", "none/s.py"],
            ["none/s.py", "cannot be written"],
        ),
    ],
)
def test_what_cannot_be_exported(
    words: list[str],
    expected: list[str],
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(cli(*words), *expected)
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_recipe_is_an_error_that_names_the_step(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text('{"version": 1, "steps": [{"op": "cut_mix", "alpha": 99}]}', encoding="utf-8")
    assert_refused(cli("export", file, "--to", "augment"), str(file), "Step 1", "alpha is 99")


@pytest.mark.parametrize("library", LIBRARIES)
def test_exporting_is_light(library: str) -> None:
    command = ["export", "--to", library]
    assert imported_by(f"from augment.cli import main; assert main({command}) == 0") == ""
