"""``runs test``: the saved model of a run on its test split. Nothing is trained here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from augment import data, runs
from augment.errors import AugmentError
from augment.helper import TASKS, TIMEOUT_S, TIMEOUTS_S, finish
from augment.runs import folders
from augment.runs.evaluation import Predictions, evaluate
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.cli.test_documented import assert_documented
from tests.runs.conftest import config

keras = pytest.importorskip("keras")

from augment.train import testing  # noqa: E402 - after the skip

RUN = "2026-x"
CONFIG = config(splits="re-split", label_smoothing=0.2)


def model(size: int = 32, classes: int = 11, seed: int = 5) -> keras.Model:
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    small = keras.layers.AveragePooling2D(8)(keras.layers.Rescaling(1 / 255)(pixels))
    head = keras.layers.Dense(
        classes, activation="softmax", name="head", kernel_initializer="he_normal"
    )
    return keras.Model(pixels, head(keras.layers.Flatten()(small)))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "best.keras"
    model().save(path)
    return path.read_bytes()


@pytest.fixture
def folder(cli: Cli, saved: bytes) -> Iterator[RunFolder]:
    """The folder of a finished run, in the home that ``cli`` looks at, whose data stay prepared."""
    made = folders.create(RUN, CONFIG)
    files.write_json(made.state, {"state": "SUCCEEDED", "stopped_early": True})
    made.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.5\n2,1,1,,\n")
    made.best.write_bytes(saved)
    yield made
    shutil.rmtree(made.path)


def evaluated(folder: RunFolder, split: str, epoch: int = 1) -> Predictions:
    """Write an evaluation of a split, with made predictions; return these."""
    prepared = data.open_prepared("bundled", 32, scheme="re-split")
    rows = prepared.split(split)
    shares = np.random.default_rng(1).dirichlet(np.ones(11), len(rows))
    predictions = Predictions.of(rows.ids, rows.labels, shares)
    entries = evaluate(
        predictions, prepared.class_names, split=split, epoch=epoch, label_smoothing=0.2
    )
    files.write_json(folder.evaluation, entries | {"stopped_early": True})
    return predictions


def test_the_figures_are_those_of_keras(folder: RunFolder, cli: Cli) -> None:
    done = cli("runs", "test", RUN, "--json")
    assert done.code == 0, done.err
    split = data.open_prepared("bundled", 32, scheme="re-split").split("test")
    whole = keras.saving.load_model(folder.best)
    whole.compile(
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
        metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(5, name="top5")],
    )
    labels = split.one_hot(np.arange(len(split)))
    expected = whole.evaluate(split.images[:], labels, verbose=0, return_dict=True)
    document = done.document
    assert_documented("runs test", document)
    for name in ("loss", "accuracy", "top5"):
        assert document[name] == pytest.approx(expected[name], abs=3e-6), name
    assert (document["id"], document["split"], document["pictures"]) == (RUN, "test", len(split))
    assert (document["epoch"], document["stopped_early"]) == (1, True)
    assert json.loads(folder.test.read_text()) | {"id": RUN} == document
    run = runs.get(RUN)
    assert run.problem == ""
    assert run.test() == {name: value for name, value in document.items() if name != "id"}
    predictions = run.predictions("test")
    assert predictions is not None
    np.testing.assert_array_equal(predictions.ids, split.ids)
    shares = np.exp(predictions.log_probabilities)
    np.testing.assert_allclose(shares, whole.predict(split.images[:], verbose=0), atol=1e-6)
    assert run.predictions() is None


def test_it_says_that_it_was_done_before(folder: RunFolder, cli: Cli) -> None:
    first = cli("runs", "test", RUN)
    assert "before" not in first.err
    assert "TEST (22 pictures, after epoch 1)" in first.out
    assert "Evaluated once on 22 pictures" in first.out
    [time] = json.loads(folder.test.read_text())["evaluated_at"]
    second = cli("runs", "test", RUN)
    assert f"evaluated before, at {time[:10]} {time[11:19]} UTC" in second.err
    assert "Evaluated 2 times" in second.out
    earlier, later = json.loads(folder.test.read_text())["evaluated_at"]
    assert earlier == time < later


def test_without_validation_the_evaluation_is_of_the_test_split_already(
    folder: RunFolder, cli: Cli
) -> None:
    evaluated(folder, "test", epoch=2).write(folder.test_predictions)
    done = cli("runs", "test", RUN, "--json")
    assert "no validation split; its evaluation is one of the test split" in done.err
    assert done.document["epoch"] == 2
    shown = cli("runs", "show", RUN).out
    assert shown.count("TEST (22 pictures") == 1
    assert "VALIDATION" not in shown


def test_the_task_of_the_helper_process(folder: RunFolder) -> None:
    stages: list[str] = []
    assert TASKS["test_run"] == "augment.train.testing:test"
    assert TIMEOUTS_S["test_run"] > TIMEOUT_S
    entries = finish(testing.test(stages.append, RUN))
    assert stages == ["loading the model", "evaluating on test: 22 of 22"]
    assert folder.read_test() == entries


def no_spec(folder: RunFolder) -> None:
    folder.spec.write_text("{")


def queued(folder: RunFolder) -> None:
    folder.state.unlink()


def no_model(folder: RunFolder) -> None:
    folder.best.unlink()
    files.write_json(folder.state, {"state": "FAILED", "reason": "why"})


def no_test_split(folder: RunFolder) -> None:
    files.write_json(folder.spec, folder.read_spec() | {"config": config().to_dict()})


def not_prepared(folder: RunFolder) -> None:
    changed = config(data=f"folder:{folder.path.parent.parent / 'gone'}")
    files.write_json(folder.spec, folder.read_spec() | {"config": changed.to_dict()})


def other_pictures(folder: RunFolder) -> None:
    known = evaluated(folder, "validation")
    Predictions(
        ids=known.ids + 1, labels=known.labels, log_probabilities=known.log_probabilities
    ).write(folder.predictions)


def other_labels(folder: RunFolder) -> None:
    known = evaluated(folder, "validation")
    Predictions(
        ids=known.ids, labels=known.labels[::-1], log_probabilities=known.log_probabilities
    ).write(folder.predictions)


def other_classes(folder: RunFolder) -> None:
    evaluated(folder, "validation")
    text = folder.evaluation.read_text().replace("dandelion clock", "dandelion")
    folder.evaluation.write_text(text)


def truncated(folder: RunFolder) -> None:
    folder.best.write_bytes(folder.best.read_bytes()[:-100])


def spoilt_weights(folder: RunFolder) -> None:
    content = folder.best.read_bytes()
    start = content.index(b"\x89HDF")
    folder.best.write_bytes(content[: start + 8] + bytes(2000) + content[start + 2008 :])


def empty(folder: RunFolder) -> None:
    folder.best.write_bytes(b"")


def no_file(folder: RunFolder) -> None:
    folder.best.unlink()
    folder.best.mkdir()


def other_size(folder: RunFolder) -> None:
    model(size=40).save(folder.best)


def fewer_classes(folder: RunFolder) -> None:
    model(classes=3).save(folder.best)


def other_head(folder: RunFolder) -> None:
    whole = model()
    keras.Model(whole.input, keras.layers.Activation("linear")(whole.output)).save(folder.best)


def damaged_test(folder: RunFolder) -> None:
    folder.test.write_text('{"evaluated_at": ["yesterday"]}')


def no_epoch(folder: RunFolder) -> None:
    folder.metrics.unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_spec, "cannot be evaluated: spec.json is damaged"),
        (queued, "is not over yet (waiting in the queue"),
        (no_model, "has no saved model (best.keras); it ended FAILED"),
        (no_test_split, "has no split 'test'; its splits are photographs, train, validation"),
        (not_prepared, "gone"),
        (other_pictures, "has changed since the run 2026-x: it has other validation pictures"),
        (other_labels, "has changed since the run 2026-x: it has other validation pictures"),
        (other_classes, "has changed since the run 2026-x: it has other classes"),
        (truncated, "(best.keras) cannot be loaded: it is damaged"),
        (spoilt_weights, "(best.keras) cannot be loaded: it is damaged"),
        (empty, "(best.keras) cannot be loaded: it is damaged"),
        (no_file, "(best.keras) cannot be loaded: it is damaged"),
        (
            other_size,
            "takes (40, 40, 3) and returns (11,), but its data needs (32, 32, 3) and (11,)",
        ),
        (fewer_classes, "returns (3,), but its data needs"),
        (other_head, "not in the dense layer 'head'"),
        (damaged_test, "test.json is damaged: evaluated_at is ['yesterday']"),
        (no_epoch, "has no finished epoch in metrics.csv"),
    ],
)
def test_a_run_that_cannot_be_tested(
    change: Callable[[RunFolder], None], words: str, folder: RunFolder
) -> None:
    change(folder)
    before = folder.test.exists()
    with pytest.raises(AugmentError) as caught:
        testing.evaluate_on_test(RUN, lambda *_: None)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert folder.test.exists() == before
    assert not folder.test_predictions.exists()


def test_a_refusal_is_one_sentence(folder: RunFolder, cli: Cli) -> None:
    folder.best.unlink()
    assert_refused(cli("runs", "test", RUN, "--json"), "no saved model")
    assert_refused(cli("runs", "test", "no-such-run"), "There is no run 'no-such-run'")


def test_the_best_epoch_of_a_run_that_has_no_evaluation(folder: RunFolder) -> None:
    """As the training chooses it: by accuracy, then by loss, then the first."""
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n"
        "1,2,0.1,1.0,0.25\n2,2,0.9,3.0,0.5\n3,2,0.9,2.0,0.5\n4,2,0.9,2.0,0.5\n5,2,0.9,,\n"
    )
    assert testing._epoch(runs.get(RUN)) == 3
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,1,,\n2,2,1,,\n")
    assert testing._epoch(runs.get(RUN)) == 2
