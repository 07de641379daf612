"""The command ``tta``: its table, its document, and its refusals. The model is a tiny one."""

from __future__ import annotations

import json

import pytest

from augment import runs
from augment.predict import tta
from augment.runs.folders import RunFolder
from tests.cli.conftest import Cli, assert_refused
from tests.cli.test_documented import assert_documented
from tests.train.test_testing import RUN, folder, saved

__all__ = ["folder", "saved"]

pytest.importorskip("keras")


def test_the_document_is_the_result(folder: RunFolder, cli: Cli) -> None:
    done = cli(
        "tta",
        RUN,
        "--recipe",
        "crop_and_flip",
        "--views",
        "2",
        "--no-plain",
        "--seed",
        "3",
        "--json",
    )
    assert done.code == 0, done.err
    assert "predicting the views of validation" in done.err
    [result] = tta.results(runs.get(RUN))
    assert done.document == {"run": RUN} | result.to_dict()
    assert_documented("tta", done.document)
    assert (result.views, result.plain, result.seed) == (2, False, 3)
    assert {"plain", "votes", "mean", "log_mean"} == set(done.document["accuracy"])


def test_the_table(folder: RunFolder, cli: Cli) -> None:
    first = cli("tta", RUN, "--recipe", "crop_and_flip", "--views", "3", "--split", "test")
    assert first.code == 0, first.err
    assert "TEST (22 pictures, 3 views of each, the first as it is)" in first.out
    lines = first.out.splitlines()
    header = next(line for line in lines if line.startswith("METHOD"))
    assert header.split("  ")[0] == "METHOD"
    for words in ("OVER PLAIN", "95 % INTERVAL", "STAYED RIGHT", "REPAIRED", "BROKEN"):
        assert words in header
    for method in ("plain", "votes", "averaged probabilities", "weighted views"):
        assert any(line.startswith(method) for line in lines), method
    [result] = tta.results(runs.get(RUN))
    votes = next(line for line in lines if line.startswith("votes"))
    assert votes.split()[-4:] == [str(result.changes["votes"][name]) for name in tta.CHANGES]
    assert sum(line.split()[:1] == [str(count)] for line in lines for count in (1, 2, 3)) == 3
    assert "Weights of the views: " in first.out
    assert "times as long" in first.out
    assert "Evaluated once on 22 test pictures" in first.out
    assert "before" not in first.err
    second = cli("tta", RUN, "--recipe", "crop_and_flip", "--views", "1", "--split", "test")
    assert f"before, at {result.created[:10]} {result.created[11:19]} UTC" in second.err
    assert "evaluated 2 times" in second.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--recipe", "cut_mix"), "mixes pictures"),
        (("--recipe", "crop_and_flip", "--views", "65"), "must be a whole number from 1 to 64"),
        (("--recipe", "crop_and_flip", "--split", "train"), "choose from"),
        (("--recipe", "no-such"), "is neither a file nor a preset"),
        ((), "--recipe"),
    ],
)
def test_a_refusal_is_one_sentence(
    words: tuple[str, ...], expected: str, folder: RunFolder, cli: Cli
) -> None:
    assert_refused(cli("tta", RUN, *words), expected)
    assert not folder.tta.exists()


def test_a_recipe_for_chosen_classes_is_refused_by_the_names_of_the_run(
    folder: RunFolder, cli: Cli, tmp_path: object
) -> None:
    path = folder.path / "classes.json"
    path.write_text(json.dumps({"version": 1, "steps": [{"op": "flip", "classes": [1]}]}))
    assert_refused(cli("tta", RUN, "--recipe", path), "is for chosen classes")


def test_a_run_that_has_no_model(folder: RunFolder, cli: Cli) -> None:
    folder.best.unlink()
    assert_refused(cli("tta", RUN, "--recipe", "crop_and_flip", "--json"), "has no saved model")
    assert_refused(cli("tta", "no-such", "--recipe", "crop_and_flip"), "There is no run 'no-such'")
