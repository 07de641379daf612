"""The results of a saved model: figures, classes, confusions, pictures, batches, and the test split."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment.data.batches import batch_rows
from augment.data.source import TEST, TRAIN, VALIDATION
from augment.engine.samples import one_hot_rows
from augment.helper import Helper
from augment.runs.config import MOST_EPOCHS, RunConfig
from augment.runs.evaluation import Predictions, confusion, record_test, wilson, worst
from augment.runs.folders import RunFolder
from augment.train.epoch_batches import EpochBatches
from pages.components.parts.image_grid.image_grid import contact_sheet
from pages.components.runs import saved
from pages.components.runs.predicted import MOST_WORST
from tests.helper_tasks import TASKS
from tests.pages.conftest import SECONDS
from tests.pages.data_page import SIZE, cards
from tests.pages.shown import by_label, errors, grid, plain
from tests.run_results import predicted, prepared_of, with_results
from tests.runs.conftest import eventually

Open = Callable[..., AppTest]


@pytest.fixture
def run(make_run: Open) -> RunFolder:
    folder: RunFolder = make_run("run", size=SIZE)
    return folder


def opened(open_page: Open, folder: RunFolder, tab: str = saved.CLASSES) -> AppTest:
    app = open_page("runs.py", run=folder.id)
    app.session_state[f"{folder.id} results"] = tab
    app.run()
    assert errors(app) == []
    return app


def text(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader]
    return plain("\n".join(element.value for element in shown))


def charts(app: AppTest) -> list[Any]:
    """Return the charts: loss, accuracy, and those of the results."""
    return [*app.get("vega_lite_chart"), *app.get("arrow_vega_lite_chart")]


def test_a_result_says_what_guessing_gives_and_how_far_it_can_be_trusted(
    open_page: Open, run: RunFolder
) -> None:
    found = with_results(run)
    app = opened(open_page, run)
    shown = {metric.label: metric for metric in app.metric}
    assert shown["Accuracy"].value == f"{found.accuracy:.1%}"
    assert shown["Accuracy"].delta == shown["Validation accuracy"].delta == "guessing 9.1%"
    assert shown["Top-5 accuracy"].delta == "guessing 45.5%"
    assert {"Mean of the classes", "Cross-entropy", "Calibration error"} <= set(shown)
    assert "confidence is from accuracy" in shown["Calibration error"].proto.help
    low, high = wilson(int(found.is_correct.sum()), 88)
    assert f"may lie between {low:.1%} and {high:.1%}" in text(app)
    assert "Best of 2 validated epochs on 88 pictures" in text(app)


def test_classes_are_sorted_and_have_intervals(open_page: Open, run: RunFolder) -> None:
    with_results(run)
    app = opened(open_page, run)
    key = f"{run.id} {VALIDATION}"
    app.session_state[f"{key} shown"] = "Table"
    app.run()
    [table] = app.dataframe
    accuracy = list(table.value["Accuracy"])
    assert len(accuracy) == 11
    assert accuracy == sorted(accuracy)
    correct, pictures = int(table.value["Right"][0]), int(table.value["Pictures"][0])
    ends = (table.value["At least"][0], table.value["At most"][0])
    assert ends == pytest.approx(wilson(correct, pictures))
    app.session_state[f"{key} order"] = "Best first"
    app.run()
    assert list(app.dataframe[0].value["Accuracy"]) == sorted(accuracy, reverse=True)


def test_a_confused_pair_opens_its_pictures(open_page: Open, run: RunFolder) -> None:
    found = with_results(run)
    names = prepared_of(run).class_names
    app = opened(open_page, run, saved.CONFUSED)
    table = confusion(found)
    np.fill_diagonal(table, 0)
    label, other = np.unravel_index(table.argmax(), table.shape)
    count = int(table.max())
    name, taken = names[label], names[other]
    pair = next(button for button in app.button if " pair " in (button.key or ""))
    assert plain(pair.label) == f"{count} of 8: {name} → {taken}"
    pair.click().run()
    assert f": **{name}, taken for {taken}**" in text(app)
    shown = cards(app)
    assert [card["title"] for card in shown] == [name] * count
    assert all(card["text"].startswith(f"Taken for {taken}, ") for card in shown)


def test_the_worst_pictures_come_first(open_page: Open, run: RunFolder) -> None:
    found = with_results(run)
    names = prepared_of(run).class_names
    shown = cards(opened(open_page, run, saved.WORST))
    rows = worst(found, MOST_WORST)
    assert [card["title"] for card in shown] == [names[found.labels[row]] for row in rows]


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("head_epochs", [0, 1])
def test_a_batch_is_replayed_byte_for_byte(
    open_page: Open, make_run: Open, epoch: int, head_epochs: int
) -> None:
    weights = {"weights": "imagenet", "model": "lite0"} if head_epochs else {}
    folder = make_run("replayed", size=SIZE, batch_size=16, head_epochs=head_epochs, **weights)
    app = opened(open_page, folder, saved.REPLAY)
    by_label(app.number_input, "Epoch").set_value(epoch).run()
    by_label(app.number_input, "Batch, 1 to 11").set_value(3).run()
    assert errors(app) == []
    config = RunConfig.from_dict(folder.read_spec()["config"])
    prepared = config.prepared()
    split = prepared.split(TRAIN)
    rows = batch_rows(split.ids, batch_size=16, seed=config.seed, epoch=epoch - 1)[2]
    images, labels = split.images[rows], one_hot_rows(split.labels, split.class_count)[rows]
    own = labels.argmax(axis=1)
    if epoch > head_epochs:
        images, labels = augment.apply(
            config.recipe, images, labels, ids=split.ids[rows], seed=config.seed, epoch=epoch - 1
        )
    [element] = [
        element.proto.bytes
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith("image_grid")
    ]
    assert element.endswith(contact_sheet(images))
    mixed = [bool(tile["shares"]) for tile in grid(app)["tiles"]]
    assert mixed == [
        bool((label > 0.005).sum() > 1 or label.argmax() != index)
        for label, index in zip(labels, own, strict=True)
    ]
    assert any(mixed) == (epoch > head_epochs)


def test_under_each_copy_of_an_oversampled_picture_is_what_was_drawn_for_it(
    open_page: Open, make_run: Open
) -> None:
    turned = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rotate"}]})
    folder = make_run("copies", recipe=turned, data="digits", size=SIZE, balance="oversampling")
    config = RunConfig.from_dict(folder.read_spec()["config"])
    batches = EpochBatches(config, config.prepared())
    found = (batches.pictures(2, index) for index in range(batches.steps(2)))
    index, seen = next(each for each in enumerate(found) if (each[1].epochs >= MOST_EPOCHS).any())
    app = opened(open_page, folder, saved.REPLAY)
    by_label(app.number_input, "Epoch").set_value(2).run()
    by_label(app.number_input, f"Batch, 1 to {batches.steps(2)}").set_value(index + 1).run()
    assert errors(app) == []
    rows = augment.draw(turned, seen.ids, seed=config.seed, epoch=seen.epochs).rows
    drawn = ["\n".join(applied.caption_lines()) for row in rows for applied in row.ops]
    shown = [caption for tile in grid(app)["tiles"] for caption in tile["captions"]]
    assert shown == drawn[: len(shown)]
    assert len(set(shown)) > 1


def test_the_link_below_a_batch_opens_its_epoch(open_page: Open, run: RunFolder) -> None:
    app = opened(open_page, run, saved.REPLAY)
    by_label(app.number_input, "Epoch").set_value(2).run()
    assert "&epoch=1&" in app.get("page_link")[-1].proto.query_string


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (lambda found: {"ids": found.ids + 1}, "prepared from other originals"),
        (
            lambda found: {"labels": (found.labels + 1) % 11},
            "classes of bundled are no longer those",
        ),
    ],
)
def test_of_other_data_the_figures_are_shown_and_a_sentence_for_the_pictures(
    open_page: Open,
    run: RunFolder,
    changed: Callable[[Predictions], dict[str, Any]],
    sentence: str,
) -> None:
    found = with_results(run)
    dataclasses.replace(found, **changed(found)).write(run.predictions)
    app = opened(open_page, run, saved.WORST)
    assert sentence in text(app)
    assert {metric.label for metric in app.metric} >= {"Accuracy"}
    assert not app.get("bidi_component")


@pytest.mark.parametrize("tab", [saved.CONFUSED, saved.WORST])
@pytest.mark.parametrize("damaged", [False, True])
def test_without_predictions_there_is_what_there_is(
    open_page: Open, run: RunFolder, damaged: bool, tab: str
) -> None:
    with_results(run, old=True)
    if damaged:
        run.predictions.write_bytes(b"PK no archive")
    app = opened(open_page, run)
    assert len(charts(app)) == 3
    app.session_state[f"{run.id} results"] = tab
    app.run()
    assert errors(app) == []
    expected = "predictions.npz is damaged" if damaged else "was not kept"
    assert expected in plain(app.info[0].value)
    assert "Top-5 accuracy" not in {metric.label for metric in app.metric}


def test_predictions_of_a_run_that_goes_on_are_enough(open_page: Open, run: RunFolder) -> None:
    found = with_results(run)
    run.evaluation.unlink()
    app = opened(open_page, run, saved.CONFUSED)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Accuracy"] == f"{found.accuracy:.1%}"
    assert any(" → " in plain(button.label) for button in app.button)


def test_test_pictures_cannot_be_evaluated_without_a_model_or_a_split(
    open_page: Open, run: RunFolder
) -> None:
    app = opened(open_page, run, saved.TESTING)
    assert "no saved model" in app.info[0].value
    run.best.write_bytes(b"")
    app.run()
    assert "no test pictures" in app.info[0].value


@pytest.fixture
def testable(make_run: Open) -> RunFolder:
    folder: RunFolder = make_run("testable", size=SIZE, splits="re-split")
    folder.best.write_bytes(b"")
    return folder


def test_the_result_on_test_says_how_often_it_was_evaluated(
    open_page: Open, testable: RunFolder
) -> None:
    with_results(testable)
    prepared = prepared_of(testable)
    found = predicted(prepared, TEST)
    for _ in range(2):
        record_test(
            testable,
            found,
            prepared.class_names,
            epoch=1,
            label_smoothing=0.1,
            stopped_early=False,
        )
    app = opened(open_page, testable, saved.TESTING)
    assert re.search("evaluated on the test pictures 2 times, last .*(now|ago)", text(app))
    by_label(app.button, "Evaluate again")
    app.session_state[f"{testable.id} split"] = TEST
    app.run()
    assert "Saved model on test, after epoch 1" in text(app)
    assert "Evaluated 2 times" in text(app)


@pytest.fixture
def endless(helper_with: Callable[..., Helper]) -> Helper:
    """The helper process with an evaluation that needs no TensorFlow, and never ends."""
    return helper_with({"test_run": TASKS["hang"]})


def test_an_evaluation_on_test_shows_its_stage_and_its_failure(
    open_page: Open, testable: RunFolder, endless: Helper
) -> None:
    app = opened(open_page, testable, saved.TESTING)
    by_label(app.button, "Evaluate on the test pictures").click().run()
    job = app.session_state[f"{testable.id} test request"]
    eventually(lambda: job.stage == "working")
    app.run()
    assert "Working. " in text(app)
    assert "Evaluate on the test pictures" not in [button.label for button in app.button]
    endless.close()
    assert job.exception(SECONDS)
    app.run()
    assert "ended before it had a result" in errors(app)[0]
    by_label(app.button, "Evaluate on the test pictures")
