"""Test-time augmentation of a finished run: the bytes of the plain evaluation, weights, results.

The run is made up, and its model is a tiny one; nothing is trained here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment import Recipe, data, presets, runs
from augment.errors import AugmentError, ConfigError, RecipeError, RunError
from augment.helper import LONG, TASKS, TIMEOUT_S, TIMEOUTS_S, finish
from augment.predict import tta
from augment.predict.aggregate import LOG_MEAN, MEAN, VOTES
from augment.predict.tta import Result, Settings
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import cli, shared_home
from tests.runs.conftest import config
from tests.train import test_testing
from tests.train.test_testing import RUN, folder, model, saved

__all__ = ["cli", "folder", "saved", "shared_home"]

keras = pytest.importorskip("keras")

from augment.models.fused_batch_norm import (  # noqa: E402 - after the skip
    FusedBatchNormalization,
    PlainCopy,
)
from augment.train import testing  # noqa: E402
from augment.train.predicting import Predictor  # noqa: E402

EMPTY = Recipe.from_dict({"version": 1, "steps": []})
NOISE = Recipe.from_dict({"version": 1, "steps": [{"op": "flip"}, {"op": "gaussian_noise"}]})


def evaluated(**settings: Any) -> Result:
    return finish(tta.evaluate(RUN, Settings(**{"recipe": NOISE, "views": 3} | settings), ignored))


def ignored(done: int, total: int, what: str) -> None:
    pass


def views_of(folder: RunFolder, split: str, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return what the model says of a split, float32 (N, K), and of its views, (V, N, K)."""
    _, prepared = testing.evaluable(RUN, split)
    rows = prepared.split(split)
    predictor = tta.predictor_of(testing.load(folder, prepared), rows)
    views = tta._Views(predictor, Settings(split=split, **settings))
    parts = [
        finish(views.of(rows, np.arange(start, min(start + views.batch_size, len(rows)))))
        for start in range(0, len(rows), views.batch_size)
    ]
    return np.concatenate([part[0] for part in parts]), np.concatenate(
        [part[1] for part in parts], axis=1
    )


@pytest.mark.parametrize(
    ("recipe", "views"), [(EMPTY, 1), (EMPTY, 3), (NOISE, 1)], ids=["empty", "empties", "plain"]
)
def test_views_that_change_nothing_are_the_plain_evaluation_to_the_byte(
    folder: RunFolder, recipe: Recipe, views: int
) -> None:
    testing.evaluate_on_test(RUN, ignored)
    known = runs.get(RUN).predictions("test")
    assert known is not None
    plain, logs = views_of(folder, "test", recipe=recipe, views=views)
    assert plain.tobytes() == known.log_probabilities.tobytes()
    for method in (tta.aggregate.mean, tta.aggregate.log_mean):
        assert method(logs).tobytes() == known.log_probabilities.tobytes()
    weights = np.full(views, 1 / views)
    for found in (
        tta.predicted_by(VOTES, logs),
        tta.aggregate.weighted(logs, weights).argmax(axis=1),
    ):
        np.testing.assert_array_equal(found, known.predicted)
    result = evaluated(split="test", recipe=recipe, views=views)
    assert set(result.accuracy) == {"plain", "votes", "mean", "log_mean", "weighted"}
    assert set(result.accuracy.values()) == {round(known.accuracy, 6)}
    for name in result.changes:
        assert len(tta.changed(runs.get(RUN), result.id, name).ids) == 0


def test_validation_is_predicted_as_the_training_did(folder: RunFolder) -> None:
    """With fused batch normalisation, which the saved model has not."""
    _, prepared = testing.evaluable(RUN, "validation")
    split = prepared.split("validation")
    keras.utils.set_random_seed(3)
    pixels = keras.Input((32, 32, 3), dtype="uint8")
    found = keras.layers.Conv2D(8, 3, strides=2)(keras.layers.Rescaling(1 / 255)(pixels))
    found = FusedBatchNormalization()(found)
    found = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(found))
    trained = keras.Model(pixels, keras.layers.Dense(11, activation="softmax", name="head")(found))
    random = np.random.default_rng(1)
    trained.set_weights([random.uniform(0.1, 2, each.shape) for each in trained.get_weights()])
    PlainCopy(trained).save(folder.best)
    training = Predictor(trained, pictures=len(prepared.split("train")))
    known = training.predictions(split).log_probabilities
    plain, logs = views_of(folder, "validation", recipe=EMPTY, views=2)
    assert plain.tobytes() == logs[0].tobytes() == logs[1].tobytes() == known.tobytes()
    by_saved = Predictor(testing.load(folder, prepared), pictures=len(split)).predictions(split)
    assert by_saved.log_probabilities.tobytes() != known.tobytes(), "nothing is shown"


def test_the_order_of_views_does_not_matter() -> None:
    logs = np.log(np.random.default_rng(2).dirichlet(np.full(5, 0.3), (6, 50))).astype(np.float32)
    for method in (VOTES, MEAN, LOG_MEAN):
        np.testing.assert_array_equal(
            tta.predicted_by(method, logs), tta.predicted_by(method, logs[::-1])
        )


def test_the_result_counts_what_the_predictions_say(folder: RunFolder) -> None:
    result = evaluated(views=4, seed=9)
    assert (result.split, result.views, result.seed, result.plain) == ("validation", 4, 9, True)
    run = runs.get(RUN)
    split = data.open_prepared("bundled", 32, scheme="re-split").split("validation")
    plain, logs = views_of(folder, "validation", recipe=NOISE, views=4, seed=9)
    before, labels = plain.argmax(axis=1), np.asarray(split.labels)
    assert result.accuracy["plain"] == pytest.approx((before == labels).mean(), abs=1e-6)
    assert set(result.accuracy) == {"plain", "votes", "mean", "log_mean"}
    for method in (VOTES, MEAN, LOG_MEAN):
        after = tta.predicted_by(method, logs)
        right, still = before == labels, after == labels
        expected = dict(
            zip(
                tta.CHANGES,
                map(
                    int,
                    map(np.sum, (right & still, ~right & still, right & ~still, ~right & ~still)),
                ),
                strict=True,
            )
        )
        assert result.changes[method] == expected
        of_classes = result.by_class[method]
        assert sum(row["pictures"] for row in of_classes) == result.pictures == len(split)
        assert [row["pictures"] for row in of_classes] == np.bincount(labels, minlength=11).tolist()
        for change in tta.CHANGES:
            assert sum(row[change] for row in of_classes) == expected[change]
        assert result.difference[method]["difference"] == pytest.approx(
            (expected["repaired"] - expected["broken"]) / len(split), abs=1e-6
        )
        assert result.difference[method]["low"] <= result.difference[method]["difference"]
        changed = tta.changed(run, result.id, method)
        np.testing.assert_array_equal(changed.ids, np.asarray(split.ids)[before != after])
        np.testing.assert_array_equal(changed.before, before[before != after])
        np.testing.assert_array_equal(changed.after, after[before != after])
        assert changed.is_repaired.sum() == expected["repaired"]
        assert changed.is_broken.sum() == expected["broken"]
        for count in range(1, 5):
            found = (tta.predicted_by(method, logs[:count]) == labels).mean()
            row = result.by_views[count - 1]
            assert row["views"] == count
            assert row[method]["accuracy"] == pytest.approx(found, abs=1e-6)
            assert row[method]["low"] <= found <= row[method]["high"]
    assert result.seconds["plain"] > 0
    assert result.seconds["views"] > 0
    assert json.loads(json.dumps(result.to_dict()))["remark"] == result.remark
    assert tta.results(run) == [result]
    assert tta.problems(run) == []


def test_the_first_view_is_drawn_without_plain(folder: RunFolder) -> None:
    _, logs = views_of(folder, "validation", recipe=NOISE, views=2)
    plain, drawn = views_of(folder, "validation", recipe=NOISE, views=2, plain=False)
    assert (logs[0] == plain).all()
    assert (drawn[0] != plain).any()
    assert (drawn[1] == logs[1]).all()


def test_the_task_of_the_helper_process_yields_after_each_batch(folder: RunFolder) -> None:
    assert TASKS["tta"] == "augment.predict.tta:run_tta"
    assert TIMEOUTS_S["tta"] > TIMEOUT_S
    assert "tta" in LONG
    stages: list[str] = []
    settings = {"recipe": NOISE.to_dict(), "views": 3, "split": "test"}
    task = tta.run_tta(stages.append, RUN, settings)
    steps, found = 0, ""
    while not found:
        try:
            next(task)
            steps += 1
        except StopIteration as end:
            found = end.value
    assert steps >= 1 + 3 + 3  # the model, then each view of validation and of test
    assert stages[0] == "loading the model"
    assert stages[-1] == "predicting the views of test: 22 of 22"
    [result] = tta.results(runs.get(RUN))
    assert result.id == found == Settings.from_dict(settings).id(result.model)


def test_weights_are_learned_on_validation_and_reported_on_test_alone(folder: RunFolder) -> None:
    test = evaluated(split="test")
    assert sum(test.weights) == pytest.approx(1, abs=1e-5)
    assert min(test.weights) >= 0
    assert "validation pictures by cross-fitting in 5 folds" in test.weights_remark
    split = data.open_prepared("bundled", 32, scheme="re-split").split("validation")
    _, logs = views_of(folder, "validation", recipe=NOISE, views=3)
    own = np.exp(logs[:, np.arange(len(split)), split.labels]).T
    expected = tta.learned(own, np.asarray(split.ids))
    np.testing.assert_allclose(test.weights, expected, atol=1e-4)
    validation = evaluated()
    assert "weighted" not in validation.accuracy
    np.testing.assert_allclose(validation.weights, expected, atol=1e-5)
    _, logs = views_of(folder, "test", recipe=NOISE, views=3)
    labels = data.open_prepared("bundled", 32, scheme="re-split").split("test").labels
    found = tta.aggregate.weighted(logs, np.array(test.weights)).argmax(axis=1)
    assert test.accuracy["weighted"] == pytest.approx((found == labels).mean(), abs=1e-6)


def test_a_result_of_validation_gives_test_its_weights(folder: RunFolder) -> None:
    evaluated()
    steps: list[str] = []
    finish(
        tta.evaluate(
            RUN,
            Settings(recipe=NOISE, views=3, split="test"),
            lambda done, total, what: steps.append(what),
        )
    )
    assert "predicting the views of validation" not in steps


def test_the_folds_follow_from_the_ids_and_a_fold_is_not_learned_from_itself() -> None:
    random = np.random.default_rng(4)
    ids, own = random.permutation(10_000)[:60], random.uniform(0.05, 0.95, (60, 3))
    order = random.permutation(60)
    np.testing.assert_allclose(
        tta.learned(own, ids), tta.learned(own[order], ids[order]), atol=1e-6
    )
    whole = tta.aggregate.learn_weights(own)
    assert np.abs(tta.learned(own, ids) - whole).max() > 1e-4
    assert tta.learned(own, ids).sum() == pytest.approx(1)


def test_without_validation_no_weights_are_learned(folder: RunFolder) -> None:
    without_validation(folder)
    model(classes=10).save(folder.best)
    result = evaluated(split="test", views=1)
    assert result.weights == []
    assert "weighted" not in result.accuracy
    assert result.weights_remark == "The data has no validation split, so no weights were learned."


def test_each_evaluation_on_test_is_recorded(folder: RunFolder) -> None:
    first = evaluated(split="test")
    assert len(first.evaluated_at) == 1
    assert (
        first.remark == "Evaluated once on 22 test pictures; nothing was chosen by these figures."
    )
    evaluated(split="test", seed=1)
    again = evaluated(split="test")
    assert len(again.evaluated_at) == 3
    assert again.evaluated_at == sorted(again.evaluated_at)
    for each in tta.results(runs.get(RUN)):
        assert "evaluated 3 times on 22 test pictures; whoever chooses" in each.remark
    assert "by which the epoch was chosen" in evaluated().remark


def test_the_oldest_of_too_many_results_are_removed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tta, "KEPT", 2)
    made = [
        evaluated(views=1, seed=seed, split=split)
        for seed, split in enumerate(("test", "validation", "validation", "validation"))
    ]
    # The test result has the times when the test split was used.
    kept = [made[3].id, made[2].id, made[0].id]
    assert [each.id for each in tta.results(runs.get(RUN))] == kept
    assert {path.stem for path in folder.tta.iterdir()} == set(kept)


def test_results_of_an_earlier_model_are_left_out(folder: RunFolder, tmp_path: Path) -> None:
    earlier = evaluated(views=1)
    model(seed=6).save(folder.best)
    assert tta.results(runs.get(RUN)) == []
    [problem] = tta.problems(runs.get(RUN))
    assert f"{earlier.id}.json is of an earlier model" in problem
    later = evaluated(views=1)
    assert later.id != earlier.id
    assert {path.stem for path in folder.tta.iterdir()} == {later.id}


def spoilt(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


DAMAGES: dict[str, Callable[[Path], object]] = {
    "it is not a JSON document": lambda path: path.write_text("{"),
    "views is 'many'": spoilt(views="many"),
    "accuracy is {'plain': True": spoilt(accuracy={"plain": True}),
    "by_views is": spoilt(by_views=[{"views": 1}]),
    "its split, its methods": spoilt(accuracy={"plain": 0.5}),
    "its times or": spoilt(created="yesterday"),
    "its name are not": spoilt(id="0"),
}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


DAMAGES_OF_ARRAYS: tuple[Callable[[Path], object], ...] = (
    lambda path: path.unlink(),
    cut_short,
    lambda path: path.write_bytes(b""),
    lambda path: np.savez_compressed(path, ids=np.zeros(99_999, np.int64)),
    lambda path: np.savez(path, ids=np.zeros(3)),
)


def test_damaged_files_are_left_out_with_a_sentence(folder: RunFolder) -> None:
    good, bad = evaluated(views=1), evaluated(views=2)
    path, run = folder.tta / f"{bad.id}.json", runs.get(RUN)
    content = path.read_bytes()
    for words, damage in DAMAGES.items():
        damage(path)
        assert tta.results(run) == [good]
        [problem] = tta.problems(run)
        assert words in problem
        assert "\n" not in problem
        with pytest.raises(RunError, match="has no result"):
            tta.changed(run, bad.id, MEAN)
        path.write_bytes(content)
    assert tta.results(run) == [bad, good]
    path = folder.tta / f"{bad.id}.npz"
    content = path.read_bytes()
    for damage in DAMAGES_OF_ARRAYS:
        damage(path)
        with pytest.raises(RunError, match=rf"{bad.id}\.npz (is damaged|is missing)") as caught:
            tta.changed(run, bad.id, MEAN)
        assert "\n" not in str(caught.value)
        path.write_bytes(content)
    tta.changed(run, bad.id, MEAN)


def test_a_method_that_a_result_has_not(folder: RunFolder) -> None:
    result = evaluated(views=1)
    with pytest.raises(RunError, match="has no 'weighted' in"):
        tta.changed(runs.get(RUN), result.id, "weighted")


def test_a_folder_that_cannot_be_written_is_one_sentence(folder: RunFolder) -> None:
    folder.tta.write_text("a file in its place")
    with pytest.raises(RunError, match="The folder of runs cannot be written"):
        evaluated(views=1)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"views": 0}, ConfigError, "the number of views must be a whole number from 1 to 64"),
        ({"views": 65}, ConfigError, "from 1 to 64, but 65 was given"),
        ({"views": 2.5}, ConfigError, "but 2.5 was given"),
        ({"seed": -1}, ConfigError, "the seed must be"),
        ({"plain": "yes"}, ConfigError, "plain is 'yes'"),
        ({"split": "train"}, ConfigError, "the split is 'train'; it must be validation or test"),
        ({"count": 3}, ConfigError, "no setting 'count'; there are recipe, views"),
        ({"recipe": presets.PRESETS["cut_mix"].recipe.to_dict()}, RecipeError, "mixes pictures"),
        (
            {"recipe": {"version": 1, "steps": [{"op": "flip", "classes": [1]}]}},
            RecipeError,
            "is for chosen classes",
        ),
    ],
)
def test_settings_that_cannot_be(
    settings: dict[str, Any], error: type[AugmentError], words: str
) -> None:
    with pytest.raises(error) as caught:
        Settings.from_dict({"recipe": EMPTY.to_dict(), **settings})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_need_a_recipe() -> None:
    with pytest.raises(ConfigError, match="needs a recipe"):
        Settings.from_dict({})


def test_the_id_is_of_the_settings_and_the_model() -> None:
    settings = Settings(recipe=NOISE)
    same = Settings.from_dict(json.loads(json.dumps(settings.to_dict())))
    assert same.id("m") == settings.id("m")
    others = [
        Settings(recipe=EMPTY),
        Settings(recipe=NOISE, views=9),
        Settings(recipe=NOISE, seed=1),
    ]
    others += [Settings(recipe=NOISE, plain=False), Settings(recipe=NOISE, split="test")]
    assert len({settings.id("m"), settings.id("n"), *(each.id("m") for each in others)}) == 7


def test_many_views_are_told_at_sixteen_numbers_at_most() -> None:
    assert tta._counts_of_views(1) == [1]
    assert tta._counts_of_views(16) == list(range(1, 17))
    found = tta._counts_of_views(64)
    assert len(found) <= 16
    assert (found[0], found[-1]) == (1, 64)


def queued(folder: RunFolder) -> None:
    folder.state.unlink()


def no_model(folder: RunFolder) -> None:
    folder.best.unlink()


def without_validation(folder: RunFolder) -> None:
    changed = config(data="digits", splits="train+validation")
    data.open_prepared("digits", 32)
    files.write_json(folder.spec, folder.read_spec() | {"config": changed.to_dict()})


def data_gone(folder: RunFolder) -> None:
    changed = config(data=f"folder:{folder.path.parent.parent / 'gone'}")
    files.write_json(folder.spec, folder.read_spec() | {"config": changed.to_dict()})


def other_pictures(folder: RunFolder) -> None:
    test_testing.other_pictures(folder)


def spoilt_model(folder: RunFolder) -> None:
    folder.best.write_bytes(b"no model")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (queued, "is not over yet (waiting in the queue"),
        (no_model, "has no saved model (best.keras)"),
        (without_validation, "has no split 'validation'; its splits are"),
        (data_gone, "gone"),
        (other_pictures, "has other validation pictures"),
        (spoilt_model, "cannot be loaded: it is damaged"),
    ],
)
def test_a_run_that_cannot_be_evaluated(
    folder: RunFolder, change: Callable[[RunFolder], None], words: str
) -> None:
    change(folder)
    with pytest.raises(AugmentError) as caught:
        evaluated()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not folder.tta.exists()
