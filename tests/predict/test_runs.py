"""What is known of a model without loading it, and the sentence where it cannot predict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from augment import data, runs
from augment.errors import RunError
from augment.home import data_home
from augment.predict.runs import ModelFacts, model_facts, model_stamp, with_models
from augment.runs.folders import RunFolder
from augment.system import files
from tests.predict.conftest import RUN, evaluated, finished

NAMES = data.source("bundled").class_names


def test_the_facts_are_those_of_configuration_and_evaluation(bare: RunFolder) -> None:
    evaluated(bare, NAMES)
    title = runs.get(RUN).title
    expected = ModelFacts(run_id=RUN, title=title, size=32, fit="crop", class_names=NAMES)
    assert model_facts(RUN) == model_facts(runs.get(RUN)) == expected


def test_only_runs_with_a_model_are_listed(bare: RunFolder) -> None:
    finished("no-model", b"").best.unlink()
    finished("no-spec", b"").spec.write_text("{")
    assert [run.id for run in with_models(runs.list_runs())] == [RUN]


def test_a_run_whose_data_are_gone_has_the_classes_of_its_evaluation(bare: RunFolder) -> None:
    spec = json.loads(bare.spec.read_text())
    spec["config"]["data"] = "folder:/gone"
    files.write_json(bare.spec, spec)
    with pytest.raises(RunError, match="the names of its classes are not known"):
        model_facts(RUN)
    evaluated(bare, ("cat", "dog"))
    assert model_facts(RUN).class_names == ("cat", "dog")


def test_a_run_that_is_not_over_has_its_best_model_so_far(bare: RunFolder) -> None:
    lock = files.acquire(bare.lock)
    assert lock is not None
    with lock:
        files.write_json(bare.state, {"state": "RUNNING"})
        facts = model_facts(RUN)
    assert facts.class_names == NAMES
    assert facts.note.startswith(f"The run {RUN} is not over yet (")
    assert facts.note.endswith("; this is its best model so far.")


def model_deleted(folder: RunFolder) -> None:
    evaluated(folder, NAMES)
    folder.best.unlink()


def no_model(folder: RunFolder) -> None:
    folder.best.unlink()
    files.write_json(folder.state, {"state": "FAILED", "reason": "why"})


def none_yet(folder: RunFolder) -> None:
    folder.best.unlink()
    folder.state.unlink()


def no_spec(folder: RunFolder) -> None:
    folder.spec.write_text("{")


def other_classes(folder: RunFolder) -> None:
    evaluated(folder, ("tulip", *NAMES[1:]))


def another_order(folder: RunFolder) -> None:
    evaluated(folder, NAMES[::-1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (model_deleted, "it was there when the run was evaluated, and has been deleted since."),
        (no_model, "no saved model (best.keras); it ended FAILED before its first epoch was over."),
        (none_yet, "has no saved model (best.keras); it has none yet (waiting in the queue"),
        (no_spec, "cannot predict: spec.json is damaged"),
        (other_classes, f"have changed since the run {RUN} (without tulip, with {NAMES[0]})"),
        (another_order, f"have changed since the run {RUN} (in another order)"),
    ],
)
def test_a_run_that_cannot_predict_is_one_sentence(
    change: Callable[[RunFolder], None], words: str, bare: RunFolder, nothing_starts: None
) -> None:
    change(bare)
    with pytest.raises(RunError) as caught:
        model_facts(RUN)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(RunError, match="There is no run 'nothing'"):
        model_facts("nothing")


def test_the_stamp_is_that_of_the_content(bare: RunFolder, tmp_path: Path) -> None:
    first = model_stamp(runs.get(RUN))
    shutil.copy(bare.best, tmp_path)
    (tmp_path / "best.keras").replace(bare.best)
    assert model_stamp(runs.get(RUN)) == first
    bare.best.write_bytes(b"another one")
    assert model_stamp(runs.get(RUN)) != first
    bare.best.unlink()
    with pytest.raises(RunError, match=r"\(best\.keras\) cannot be read: No such file"):
        model_stamp(runs.get(RUN))


def test_nothing_is_prepared_to_know_the_classes(bare: RunFolder) -> None:
    assert model_facts(RUN).class_names == NAMES
    assert not list(data_home().rglob("*.npy"))
