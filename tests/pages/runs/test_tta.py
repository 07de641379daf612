"""The tab of test-time augmentation: what is offered, started and refused, and the results."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import runs
from augment.data.source import TEST, VALIDATION
from augment.helper import Helper
from augment.predict import tta as library
from augment.predict.aggregate import MEAN, TITLES, VOTES, WEIGHTED
from augment.predict.runs import model_stamp
from augment.predict.tta import BROKEN, REPAIRED, Result, Settings
from augment.presets import PRESETS
from augment.runs.folders import RunFolder
from pages.components.runs import saved
from pages.components.runs.tta import classes_by_change, cost, difference_sentence
from tests.helper_tasks import TASKS
from tests.pages.conftest import SECONDS
from tests.pages.data_page import SIZE, cards
from tests.pages.runs.test_saved import charts, opened, text
from tests.pages.shown import by_label, errors, plain
from tests.run_results import prepared_of
from tests.runs.conftest import eventually

Open = Callable[..., AppTest]
FLIP = PRESETS["crop_and_flip"].recipe


@pytest.fixture
def run(make_run: Open) -> RunFolder:
    folder: RunFolder = make_run("viewed", size=SIZE, splits="re-split")
    folder.best.write_bytes(b"a model")
    return folder


def with_views(folder: RunFolder, *, minutes: int = 0, **settings: Any) -> Result:
    """Write a result of a model that there never was, as the library writes them."""
    chosen = Settings(recipe=FLIP, **settings)
    split = prepared_of(folder).split(chosen.split)
    classes = len(prepared_of(folder).class_names)
    rng = np.random.default_rng(chosen.views)
    logits = rng.normal(0, 1, (chosen.views, len(split), classes))
    logits[:, np.arange(len(split)), split.labels] += 1.2
    # So good that the views break some pictures too.
    logits[0, ::3, :] += 2 * np.eye(classes)[split.labels[::3]] - 1
    logits[1:, ::3, 0] += 3
    logs = (logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))).astype(np.float32)
    weights = np.full(chosen.views, 1 / chosen.views) if chosen.split == TEST else np.array([])
    tally = library._Tally(split, chosen, weights)
    tally.add(np.arange(len(split)), logs[0], logs)
    made = runs.get(folder.id)
    then = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    result = tally.result(
        id=chosen.id(model_stamp(made)),
        class_names=prepared_of(folder).class_names,
        weights=weights.tolist(),
        weights_remark="Learned elsewhere.",
        seconds={"plain": 0.19, "views": 2.1},
        created=then,
        evaluated_at=[then] if chosen.split == TEST else [],
        model=model_stamp(made),
    )
    library._write(made, result, tally)
    return result


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def choose(app: AppTest, result: Result, name: str, value: str) -> AppTest:
    app.session_state[f"viewed tta {result.id} {name}"] = value
    app.run()
    assert errors(app) == []
    return app


def test_a_run_without_results_offers_the_recipes_that_can_make_views(
    open_page: Open, run: RunFolder
) -> None:
    app = opened(open_page, run, saved.TTA)
    assert "asks the model about several augmented views" in text(app)
    offered = by_label(app.selectbox, "Recipe of the views").options
    assert PRESETS["crop_and_flip"].title in offered
    assert PRESETS["cut_mix"].title not in offered
    refused = text(app)
    assert f"{PRESETS['cut_mix'].title}: The step cut_mix (CutMix) mixes pictures" in refused
    assert "Evaluate with 16 views" in labels(app)
    assert "optimistic" not in "".join(each.value for each in app.warning)
    by_label(app.button_group, "On the pictures of").set_value(TEST).run()
    assert "whoever chooses by the test pictures" in app.warning[0].value


def test_what_is_dropped_of_the_recipe_of_the_run_is_named(open_page: Open, make_run: Open) -> None:
    folder = make_run("guided", recipe=PRESETS["guide"].recipe, size=SIZE)
    folder.best.write_bytes(b"")
    app = opened(open_page, folder, saved.TTA)
    assert by_label(app.selectbox, "Recipe of the views").value == "The recipe of this run"
    assert "Without CutMix, MixUp: a view that mixes pictures" in text(app)


def test_without_a_model_or_the_right_nothing_can_be_started(
    open_page: Open, run: RunFolder, visitor: Callable[..., None]
) -> None:
    result = with_views(run, views=3)
    visitor(address="192.0.2.9")
    app = opened(open_page, run, saved.TTA)
    assert "would be kept with it" in text(app)
    assert "With 3 views on validation" in text(app)  # to look at results is everybody's
    assert not any(label.startswith("Evaluate with") for label in labels(app))
    visitor()
    run.best.unlink()
    assert "no saved model" in text(opened(open_page, run, saved.TTA))
    assert result.id


def test_the_figures_are_said_with_their_interval_and_their_cost(
    open_page: Open, run: RunFolder
) -> None:
    result = with_views(run, views=5)
    app = opened(open_page, run, saved.TTA)
    shown = text(app)
    assert shown.count("% interval") >= 3
    assert difference_sentence(result, MEAN) in shown
    assert f"5 views take 11 times as long: 2.1 s instead of 0.19 s for {result.pictures}" in shown
    assert result.remark in shown
    changes = result.changes[MEAN]
    assert f"**{changes[BROKEN]} broken**" in shown
    assert f"**{changes[REPAIRED]} repaired**" in shown
    app = choose(app, result, "method", VOTES)
    assert f"**{result.changes[VOTES][REPAIRED]} repaired**" in text(app)


def test_a_difference_that_may_be_chance_is_called_so(run: RunFolder) -> None:
    result = with_views(run, views=2)
    one = result.difference[MEAN]
    for low, high, chance in ((-0.001, 0.02, True), (0.001, 0.02, False), (-0.02, -0.001, False)):
        one.update(low=low, high=high, difference=0.012)
        said = difference_sentence(result, MEAN)
        assert said.startswith("Averaged probabilities: +1.2 points, 95 % interval ")
        assert ("may be chance" in said) is chance


def test_classes_come_by_what_they_gained(open_page: Open, run: RunFolder) -> None:
    result = with_views(run, views=5)
    app = opened(open_page, run, saved.TTA)
    app = choose(app, result, "classes shown", "Table")
    [table] = app.dataframe
    net = list(table.value["Net"])
    assert net == sorted(net, reverse=True)
    changes = result.changes[MEAN]
    assert sum(net) == changes[REPAIRED] - changes[BROKEN] != 0
    rows = [
        {"name": name, "pictures": 4, "repaired": up, "broken": down}
        for name, up, down in (("b", 1, 1), ("A", 2, 2), ("c", 3, 1), ("d", 0, 2))
    ]
    assert [row["name"] for row in classes_by_change([*rows, rows[0] | {"pictures": 0}])] == [
        *("c", "A", "b", "d")
    ]


@pytest.mark.parametrize("which", [REPAIRED, BROKEN])
def test_the_pictures_that_changed_are_shown_by_class(
    open_page: Open, run: RunFolder, which: str
) -> None:
    result = with_views(run, views=5)
    app = choose(opened(open_page, run, saved.TTA), result, f"{MEAN} changed", which)
    before, after = ("taken for ", "right.") if which == REPAIRED else ("right.", "taken for ")
    shown = cards(app)
    assert len(shown) == result.changes[MEAN][which] > 1
    for card in shown:
        assert f"As it is: {before}" in card["text"]
        assert f"With views: {after}" in card["text"]
    one = next(row for row in result.by_class[MEAN] if row[which])
    app = choose(app, result, f"{MEAN} {which} class", one["name"])
    assert [card["title"] for card in cards(app)] == [one["name"]] * one[which]


def test_pictures_of_other_data_get_a_sentence_and_the_figures_stay(
    open_page: Open, run: RunFolder
) -> None:
    result = with_views(run, views=5)
    path = run.tta / f"{result.id}.npz"
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **(arrays | {"ids": arrays["ids"] + 1}))
    app = opened(open_page, run, saved.TTA)
    assert "The pictures cannot be shown. " in text(app)
    assert "With 5 views on validation" in text(app)
    run.tta.joinpath(f"{result.id}.json").write_text("{}")
    app = opened(open_page, run, saved.TTA)
    assert "is damaged" in plain(app.warning[0].value)


def test_the_latest_is_shown_first_and_weights_on_test_alone(
    open_page: Open, run: RunFolder
) -> None:
    first = with_views(run, views=4, minutes=9)
    count = len(charts(opened(open_page, run, saved.TTA)))
    tested = with_views(run, views=3, split=TEST)
    app = opened(open_page, run, saved.TTA)
    kept = by_label(app.selectbox, "Evaluation")
    assert [plain(each).split(",")[0] for each in kept.options] == [
        f"{each.views} views by Crop and flip" for each in (tested, first)
    ]
    assert "With 3 views on test" in text(app)
    assert len(charts(app)) == count
    app = choose(app, tested, "method", WEIGHTED)
    assert len(charts(app)) == count + 1
    assert "View 1 is the picture as it is. Learned elsewhere." in text(app)
    by_label(app.selectbox, "Evaluation").set_value(first.id).run()
    assert "With 4 views on validation" in text(app)
    assert TITLES[WEIGHTED] not in str(by_label(app.button_group, "Shown below").options)


@pytest.fixture
def stand_in(helper_with: Callable[..., Helper]) -> Helper:
    """The helper process with a task that needs no TensorFlow."""
    return helper_with({"tta": TASKS["tta"]})


def test_an_evaluation_is_followed_and_then_shown(
    open_page: Open, run: RunFolder, stand_in: Helper
) -> None:
    """The stand-in hangs where there are two views; otherwise it returns the id of the result."""
    asked = {"views": 6, "seed": 7, "split": VALIDATION}
    expected = with_views(run, minutes=9, **asked)
    with_views(run, views=4)
    app = opened(open_page, run, saved.TTA)
    by_label(app.selectbox, "Recipe of the views").set_value(PRESETS["crop_and_flip"].title)
    by_label(app.number_input, "Views").set_value(6).run()
    pid = stand_in.pid
    if pid:  # else it would answer before the page has run
        os.kill(pid, signal.SIGSTOP)
    by_label(app.button, "Evaluate with 6 views").click().run()
    job = app.session_state["viewed tta request"]
    if pid:
        os.kill(pid, signal.SIGCONT)
    assert job.result(SECONDS) == expected.id
    app.run()
    assert errors(app) == []
    assert "With 6 views on validation" in text(app)
    by_label(app.number_input, "Views").set_value(2).run()
    by_label(app.button, "Evaluate with 2 views").click().run()
    job = app.session_state["viewed tta request"]
    eventually(lambda: job.stage == "working")
    app.run()
    assert "Working. " in text(app)
    assert "With 6 views on validation" in text(app)
    assert by_label(app.button, "Evaluate with 2 views").disabled
    stand_in.close()
    assert job.exception(SECONDS)
    app.run()
    assert "ended before it had a result" in errors(app)[0]
    assert not by_label(app.button, "Evaluate with 2 views").disabled


def test_many_seconds_are_whole_ones(run: RunFolder) -> None:
    result = with_views(run, views=2)
    result.seconds.update(plain=37.962, views=136.479)
    assert cost(result).startswith("2 views take 3.6 times as long: 136 s instead of 38 s for ")
