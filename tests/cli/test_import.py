"""``import`` prints what `augment.export.from_albumentations` makes of a file, which is tested there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import augment
from augment.export import from_albumentations
from tests.cli.conftest import Cli, assert_refused
from tests.conftest import ROOT
from tests.test_imports import imported_by

FILE = ROOT / "tests/export/albumentations_2_0_8_detection.json"
EXPECTED = from_albumentations(FILE.read_bytes())


def test_the_recipe_is_printed_and_the_remarks_are_beside_it(cli: Cli) -> None:
    result = cli("import", FILE)
    assert result.code == 0
    assert augment.Recipe.from_json(result.out) == EXPECTED.recipe
    assert result.err.splitlines() == [f"remark: {remark}" for remark in EXPECTED.remarks]


def test_the_document_holds_recipe_and_remarks(cli: Cli) -> None:
    result = cli("import", FILE, "--json")
    assert result.err == ""
    assert result.document == {
        "recipe": EXPECTED.recipe.to_dict(),
        "remarks": list(EXPECTED.remarks),
        "from": "albumentations",
        "version": "2.0.8",
        "output": None,
    }


def test_the_recipe_is_written_and_can_be_used(cli: Cli, process: Cli, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    result = process("import", "-", "--output", recipe, stdin=FILE.read_bytes())
    assert result.out == f"{recipe}: the pipeline as a recipe of 10 steps\n"
    assert json.loads(recipe.read_text(encoding="utf-8")) == EXPECTED.recipe.to_dict()
    assert cli("export", recipe, "--to", "augment").code == 0


def test_the_size_is_that_of_the_pictures(cli: Cli) -> None:
    larger = cli("import", FILE, "--size", 448, "--json").document["recipe"]
    blur = larger["steps"][2]["steps"][1]
    assert (blur["op"], blur["factor"]) == ("gaussian_blur", 0.005)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["import"], ["FILE"]),
        (["import", "none.json"], ["no file", "none.json"]),
        (["import", "guide"], ["no file", "guide"]),
        (["import", "."], ["folder", "pipeline"]),
        (["import", str(FILE), "--size", "0"], ["--size", "1 to 65536 px"]),
        (["import", str(FILE), "--output", "none/r.json"], ["--output", "no such folder"]),
    ],
)
def test_mistakes(
    words: list[str],
    expected: list[str],
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(cli(*words), *expected)


def test_a_recipe_is_no_pipeline(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text('{"version": 1, "steps": []}', encoding="utf-8")
    assert_refused(cli("import", file), str(file), "not a pipeline of albumentations")


def test_it_is_light() -> None:
    command = ["import", str(FILE), "--json"]
    assert imported_by(f"from augment.cli import main; assert main({command}) == 0") == ""
