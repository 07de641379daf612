"""Any invalid recipe gives one message: where, what was given, and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, assert_refused


def recipe(*steps: Any) -> str:
    return json.dumps({"version": 1, "steps": steps})


def nested(depth: int) -> str:
    step: dict[str, Any] = {"op": "cut_mix"}
    for _ in range(depth):
        step = {"op": "one_of", "steps": [step]}
    return recipe(step)


BAD = {
    "unknown op": (recipe({"op": "cutmix"}), ["step 1", "cutmix", "cut_mix"]),
    "unknown parameter": (
        recipe({"op": "mix_up"}, {"op": "cut_mix", "beta": 1}),
        ["Step 2", "cut_mix", "beta", "alpha"],
    ),
    "out of range": (
        recipe({"op": "rand_augment", "magnitude": 30}),
        ["Step 1", "rand_augment", "magnitude", "30", "0 to 1"],
    ),
    "wrong type": (
        recipe({"op": "cut_mix", "alpha": "strong"}),
        ["Step 1", "alpha", "strong", "a number"],
    ),
    "not a number": ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": NaN}]}', ["alpha"]),
    "no object": ("[]", ["object", "steps"]),
    "another version": ('{"version": 9, "steps": []}', ["version 9", "version 1"]),
    "no JSON": ("{'version': 1}", ["JSON"]),
    "empty": ("", ["empty"]),
    "blank": (" \n", ["empty"]),
    "nested fifty deep": (nested(50), ["nested", "5"]),
    "nested beyond Python's stack": ("[" * 100_000, ["nested"]),
    "an op that is a list": (recipe({"op": ["cut_mix"]}), ["step 1", "op"]),
    "an unknown class": (recipe({"op": "flip", "classes": ["rabbit"]}), ["Step 1", "rabbit"]),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("command", ["preview", "train"])
def test_a_bad_recipe(case: str, command: str, cli: Cli, tmp_path: Path) -> None:
    text, words = BAD[case]
    file = tmp_path / "recipe.json"
    file.write_text(text, encoding="utf-8")
    rest = ["--out", tmp_path / "out.png"] if command == "preview" else []
    result = cli(command, "--recipe", file, "--size", 32, *rest)
    assert_refused(result, str(file))
    for word in words:
        assert word.lower() in result.err.lower(), result.err
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]


def test_a_file_of_50_mb_is_refused_unread(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as opened:
        opened.truncate(50 * 2**20)
    result = cli("preview", "--recipe", file, "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(result, "large.json", "51,200 KB", "256 KB")


def test_a_file_that_is_not_utf_8(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "latin.json"
    file.write_bytes(recipe({"op": "flip", "id": "X"}).encode().replace(b"X", b"\xe9\xff"))
    result = cli("preview", "--recipe", file, "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(result, "latin.json", "UTF-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing.json", ["neither a file nor a preset", "guide"]), (".", ["folder"])],
)
def test_a_path_that_is_not_a_file(name: str, words: list[str], cli: Cli, tmp_path: Path) -> None:
    where = tmp_path / name
    result = cli("preview", "--recipe", where, "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(result, str(where), *words)


def test_a_path_that_is_not_valid(cli: Cli, tmp_path: Path) -> None:
    result = cli("preview", "--recipe", "a\0b", "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(result, "cannot be read")


def test_a_bad_recipe_through_a_pipe(process: Cli, tmp_path: Path) -> None:
    bad = recipe({"op": "cutmix"}).encode()
    words = ("preview", "--recipe", "-", "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(process(*words, stdin=bad), "Standard input", "cutmix")
    assert_refused(process(*words, stdin=b"x" * 400_000), "Standard input", "256 KB")
    good = process(*words, stdin=recipe({"op": "flip"}).encode())
    assert (good.code, good.err) == (0, "")


def test_an_endless_device(cli: Cli, tmp_path: Path) -> None:
    result = cli("preview", "--recipe", "/dev/zero", "--size", 32, "--out", tmp_path / "out.png")
    assert_refused(result, "/dev/zero", "256 KB")


def test_a_preset_wins_over_a_file_of_its_name(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("guide").write_text("no recipe", encoding="utf-8")
    assert cli("preview", "--recipe", "guide", "--size", 32, "--out", "out.png").code == 0
    result = cli("preview", "--recipe", "./guide", "--size", 32, "--out", "out.png")
    assert_refused(result, "guide", "JSON")
