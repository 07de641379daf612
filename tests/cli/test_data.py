"""``data``: what there is, and preparing it."""

from __future__ import annotations

from pathlib import Path

from augment import data
from tests.cli.conftest import Cli, assert_refused


def test_the_list_says_plainly_what_each_source_is(cli: Cli) -> None:
    result = cli("data", "list")
    for name in data.names():
        assert name in result.out
        assert data.source(name).note in result.out


def test_prepare_shows_its_progress_beside_the_result(cli: Cli, home: Path) -> None:
    result = cli("data", "prepare", "bundled", "--size", 32, "--json")
    assert result.code == 0
    splits = {name: len(split) for name, split in data.open_prepared("bundled", 32).splits.items()}
    assert result.document == {"source": "bundled", "size": 32, "splits": splits}
    assert "photographs" in result.err
    [bundled, tfds] = cli("data", "list", "--json").document
    [prepared] = bundled["prepared"]
    assert (prepared["size"], prepared["splits"], prepared["problem"]) == (32, splits, "")
    assert tfds["prepared"] == []


def test_preparing_twice_is_no_error(cli: Cli, home: Path) -> None:
    words = ("data", "prepare", "bundled", "--size", 32)
    assert cli(*words).out == cli(*words).out != ""


def test_what_cannot_be_prepared(cli: Cli, home: Path) -> None:
    assert_refused(cli("data", "prepare", "roses", "--size", 64), "roses", "bundled")
    assert_refused(cli("data", "prepare", "bundled", "--size", 5000), "5000", "512")
