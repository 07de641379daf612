"""The figures of an evaluation, against plain loops and SciPy, and the file of predictions."""

from __future__ import annotations

import io
import json
import math
import os
import re
import statistics
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from augment.errors import RunError
from augment.runs import evaluation
from augment.runs.evaluation import (
    Predictions,
    confusion,
    evaluate,
    most_confused,
    not_evaluated,
    record_test,
    remark,
    wilson,
    worst,
)
from augment.runs.folders import RunFolder

NAMES = tuple("abcdefgh")


def predictions(pictures: int = 300, classes: int = 8, seed: int = 0) -> Predictions:
    """Peaked and flat rows; the last class has no pictures."""
    draw = np.random.default_rng(seed)
    shares = draw.dirichlet(np.full(classes, 0.3), pictures)
    labels = draw.integers(0, classes - 1, pictures)
    return Predictions.of(np.arange(pictures) * 7 + 1, labels, shares.astype(np.float32))


def of(labels: list[int], *rows: list[float]) -> Predictions:
    return Predictions.of(np.arange(len(labels)), np.array(labels), np.array(rows))


def evaluated(given: Predictions, smoothing: float = 0.1) -> dict[str, Any]:
    names = NAMES[: given.log_probabilities.shape[1]]
    return evaluate(given, names, split="validation", epoch=3, label_smoothing=smoothing)


def test_every_figure_is_that_of_plain_loops() -> None:
    given = predictions()
    rows = [[math.exp(value) for value in row] for row in given.log_probabilities.tolist()]
    labels = given.labels.tolist()
    order = [sorted(range(8), key=lambda each, row=row: -row[each]) for row in rows]  # type: ignore[misc]
    right = [ranked[0] == label for ranked, label in zip(order, labels, strict=True)]
    by_class = [
        [is_right for is_right, label in zip(right, labels, strict=True) if label == each]
        for each in range(8)
    ]
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(15)]
    for row, is_right in zip(rows, right, strict=True):
        [number] = [n for n in range(15) if n / 15 < max(row) <= (n + 1) / 15]
        bins[number].append((max(row), is_right))
    assert sum(bool(each) for each in bins) > 10, "the trial tests nothing"

    def loss(smoothing: float) -> float:
        return statistics.fmean(
            -sum(
                (smoothing / 8 + (1 - smoothing) * (each == label)) * math.log(max(share, 1e-7))
                for each, share in enumerate(row)
            )
            for row, label in zip(rows, labels, strict=True)
        )

    found = evaluated(given)
    per_class = found.pop("per_class")
    assert found == {
        "split": "validation",
        "pictures": 300,
        "epoch": 3,
        "loss": pytest.approx(loss(0.1), abs=2e-6),
        "accuracy": pytest.approx(statistics.fmean(right), abs=1e-6),
        "top5": pytest.approx(
            statistics.fmean(n in ranked[:5] for n, ranked in zip(labels, order, strict=True)),
            abs=1e-6,
        ),
        "macro_accuracy": pytest.approx(
            statistics.fmean(statistics.fmean(each) for each in by_class if each), abs=1e-6
        ),
        "cross_entropy": pytest.approx(loss(0), abs=2e-6),
        "ece": pytest.approx(
            sum(
                abs(sum(is_right for _, is_right in each) - sum(share for share, _ in each))
                for each in bins
            )
            / 300,
            abs=1e-6,
        ),
        "chance": 0.125,
    }
    assert [entry["name"] for entry in per_class] == list(NAMES)
    assert [(entry["pictures"], entry["correct"]) for entry in per_class] == [
        (len(each), sum(each)) for each in by_class
    ]
    assert per_class[-1] == {
        "name": "h",
        "pictures": 0,
        "correct": 0,
        "accuracy": None,
        "low": None,
        "high": None,
    }
    for entry in per_class[:-1]:
        assert entry["accuracy"] == round(entry["correct"] / entry["pictures"], 6)
        ends = wilson(entry["correct"], entry["pictures"])
        assert (entry["low"], entry["high"]) == tuple(round(end, 6) for end in ends)


def test_rows_that_are_worked_off_in_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluated(predictions())
    monkeypatch.setattr(evaluation, "_CHUNK", 128)
    assert evaluated(predictions()) == whole


@pytest.mark.parametrize(
    ("correct", "pictures"), [(5, 10), (0, 10), (10, 10), (0, 1), (1, 1), (371, 1020), (3, 60)]
)
def test_intervals_are_those_of_scipy(correct: int, pictures: int) -> None:
    expected = binomtest(correct, pictures).proportion_ci(0.95, method="wilson")
    z = float(norm.ppf(0.975))
    assert wilson(correct, pictures, z) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= wilson(correct, pictures)[0] < wilson(correct, pictures)[1] <= 1


def test_five_of_ten_is_anything_from_a_quarter_to_three_quarters() -> None:
    assert [round(end, 2) for end in wilson(5, 10)] == [0.24, 0.76]


def test_of_equal_classes_the_first_is_predicted() -> None:
    """A model that says the same of everything has no better figure than chance."""
    labels = np.arange(8).repeat(2)
    given = Predictions.of(np.arange(16), labels, np.full((16, 8), 0.125))
    found = evaluated(given)
    assert (found["accuracy"], found["macro_accuracy"], found["top5"]) == (0.125, 0.125, 0.625)
    assert given.ranks.tolist() == labels.tolist()
    assert confusion(given)[:, 0].tolist() == [2] * 8


def test_with_fewer_than_five_classes_every_class_is_among_them() -> None:
    found = evaluated(of([0, 1, 1], [0.9, 0.1], [0.9, 0.1], [0.2, 0.8]))
    assert found["top5"] == 1.0
    assert found["accuracy"] == round(2 / 3, 6)


def test_a_model_that_diverged_is_right_about_nothing() -> None:
    nothing = [math.nan] * 3
    given = of([0, 0, 1, 2], nothing, [0.9, 0.1, 0.0], nothing, [0.5, 0.5, 0.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = evaluated(given)
    assert given.predicted.tolist() == [-1, 0, -1, 0]
    assert (found["accuracy"], found["top5"]) == (0.25, 0.5)
    assert (found["loss"], found["cross_entropy"], found["ece"]) == (None, None, None)
    assert confusion(given).tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert worst(given, 9).tolist() == [3, 1, 0, 2]
    json.dumps(found, allow_nan=False)


def test_a_probability_of_zero_costs_what_it_costs_keras() -> None:
    given = of([1], [1.0, 0.0])
    assert np.isfinite(given.log_probabilities).all()
    assert given.losses()[0] == pytest.approx(-math.log(1e-7), abs=1e-6)


def test_no_split_to_evaluate_on_has_the_same_entries() -> None:
    nothing = not_evaluated(NAMES, 4)
    assert list(nothing) == list(evaluated(predictions()))
    assert (nothing["split"], nothing["pictures"], nothing["epoch"]) == ("", 0, 4)
    assert (nothing["accuracy"], nothing["chance"], nothing["per_class"]) == (None, 0.125, [])


def test_the_confusion_matrix_has_the_classes_of_the_pictures_in_rows() -> None:
    given = predictions()
    table = confusion(given)
    expected = np.zeros((8, 8), np.int64)
    for label, predicted in zip(given.labels, given.predicted, strict=True):
        expected[label, predicted] += 1
    np.testing.assert_array_equal(table, expected)
    assert table.dtype == np.int64


def test_the_most_confused_pairs_leave_out_what_is_right() -> None:
    a, b, c = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]
    # Of class 0 two are taken for 1, of class 1 one for 2, of class 2 (the smallest) its only one for 0.
    given = of([0, 0, 0, 0, 0, 1, 1, 2], a, a, a, b, b, b, c, a)
    assert most_confused(given, "xyz", 2) == [
        {
            "name": "x",
            "label": 0,
            "predicted": "y",
            "predicted_label": 1,
            "count": 2,
            "pictures": 5,
        },
        {
            "name": "z",
            "label": 2,
            "predicted": "x",
            "predicted_label": 0,
            "count": 1,
            "pictures": 1,
        },
    ]
    assert [pair["name"] for pair in most_confused(given, "xyz", 99)] == ["x", "z", "y"]


def test_the_worst_rows_are_those_with_the_highest_loss() -> None:
    """Also among those that cost the same with Keras' least probability."""
    given = of([0, 0, 0, 0], [0.5, 0.5], [1e-20, 1.0], [1e-12, 1.0], [0.9, 0.1])
    assert worst(given, 3).tolist() == [1, 2, 0]
    assert worst(given, 9).tolist() == [1, 2, 0, 3]


@pytest.mark.parametrize(
    ("entries", "validated", "words"),
    [
        (
            {"split": "validation"},
            12,
            "Best of 12 validated epochs on 1,020 pictures: .*optimistic",
        ),
        ({"split": "validation"}, 1, "The one validated epoch, on 1,020 pictures; no epoch"),
        ({"split": "test"}, 0, "Evaluated once on 1,020 pictures; nothing was chosen"),
        ({"split": "test", "evaluated_at": ["", ""]}, 5, "Evaluated 2 times on 1,020 .*optimistic"),
        ({"split": ""}, 0, "^$"),
    ],
)
def test_how_far_a_figure_can_be_trusted(
    entries: dict[str, Any], validated: int, words: str
) -> None:
    assert re.search(words, remark({"pictures": 1020} | entries, validated))


def test_the_test_split_is_recorded_with_the_times_of_all_its_evaluations(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    given = predictions()
    for number in (1, 2):
        written = record_test(
            folder, given, NAMES, epoch=3, label_smoothing=0.1, stopped_early=True
        )
        assert folder.read_test() == written
        assert len(written["evaluated_at"]) == number
    assert sorted(written["evaluated_at"]) == written["evaluated_at"]
    assert written["split"] == "test"
    assert written["stopped_early"] is True
    np.testing.assert_array_equal(Predictions.read(folder.test_predictions).ids, given.ids)
    folder.test.write_text("{")
    with pytest.raises(RunError, match=r"test\.json is damaged"):
        record_test(folder, given, NAMES, epoch=3, label_smoothing=0.1, stopped_early=True)


@pytest.mark.parametrize("epoch", [0, 7])
def test_predictions_come_back_as_they_were_written(tmp_path: Path, epoch: int) -> None:
    """Those of a run have the epoch of the model; files of older versions lack it."""
    path = tmp_path / "predictions.npz"
    given = replace(predictions(), epoch=epoch)
    given.write(path)
    found = Predictions.read(path)
    for name in ("ids", "labels", "log_probabilities"):
        array = getattr(found, name)
        np.testing.assert_array_equal(array, getattr(given, name))
        assert array.dtype == getattr(given, name).dtype
    with np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == [*["epoch"] * bool(epoch), "ids", "labels", "log_probabilities"]
    assert found.epoch == epoch
    content = path.read_bytes()
    given.write(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


Arrays = dict[str, Any]


def saved(**changes: Any) -> bytes:
    """Return a file of two predictions, with some arrays replaced, or left out where None."""
    given = of([0, 1], [0.5, 0.5], [0.25, 0.75])
    arrays = {name: getattr(given, name) for name in ("ids", "labels", "log_probabilities")}
    content = io.BytesIO()
    np.savez(content, **{k: v for k, v in (arrays | changes).items() if v is not None})
    return content.getvalue()


def lying(old: bytes, new: bytes) -> bytes:
    """Return a file in which the header of an array says something else, with the right checksum."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved())) as source, zipfile.ZipFile(content, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, data.replace(old, new.ljust(len(old))))
    return content.getvalue()


def compressed() -> bytes:
    content = io.BytesIO()
    np.savez_compressed(
        content, ids=[1], labels=[0], log_probabilities=np.zeros((1, 2), np.float32)
    )
    return content.getvalue()


QUARTER = np.log(np.float32(0.25)).tobytes()

DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "text": (b"nothing" * 99, "not a zip file"),
    "truncated": (saved()[:-40], "not a zip file"),
    "half": (saved()[:400], "not a zip file"),
    "missing": (saved(labels=None), "no item named 'labels.npy'"),
    "float64": (saved(log_probabilities=np.zeros((2, 2))), "log_probabilities is float64 of shape"),
    "int32": (saved(ids=np.zeros(2, np.int32)), "ids is int32"),
    "big-endian": (saved(ids=np.zeros(2, ">i8")), "ids is >i8"),
    "flat": (saved(log_probabilities=np.zeros(2, np.float32)), r"of shape \(2,\)"),
    "no class": (saved(log_probabilities=np.zeros((2, 0), np.float32)), r"of shape \(2, 0\)"),
    "uneven": (saved(labels=np.zeros(3, np.int64)), "its arrays differ in length"),
    "objects": (saved(ids=np.array([[], {}], object)), "ids is object"),
    "huge": (lying(b"'shape': (2,), }" + b" " * 20, b"'shape': (2000000000000,), }"), "instead of"),
    "negative": (lying(b"'shape': (2,), }", b"'shape': (-2,), }"), "is damaged"),
    "code": (lying(b"'shape': (2,), }" + b" " * 20, b"'shape': exit(), }"), "is damaged"),
    "compressed": (compressed(), "bytes instead of"),
    "label": (saved(labels=np.array([0, 2])), "its labels are 0 to 2, but it has 2 classes"),
    "epoch": (saved(epoch=np.array([7])), r"epoch is int64 of shape \(1,\)"),
    "negative label": (saved(labels=np.array([-1, 1])), "its labels are -1 to 1"),
    "above 1": (saved(log_probabilities=np.ones((2, 2), np.float32)), "a probability .* above 1"),
    "changed": (saved().replace(QUARTER, bytes(4)), "Bad CRC-32"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    content, words = DAMAGED[name]
    assert content != saved(), "the file is not damaged"
    path.write_bytes(content)
    with pytest.raises(RunError, match=words) as caught:
        Predictions.read(path)
    assert str(caught.value).startswith("predictions.npz is damaged")
    assert "\n" not in str(caught.value)


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    """It is noticed, or it is one that zip readers do not look at."""
    path = tmp_path / "predictions.npz"
    whole = saved()
    noticed = 0
    for place in range(0, len(whole), 13):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x55
        path.write_bytes(spoilt)
        try:
            found = Predictions.read(path)
        except RunError:
            noticed += 1
            continue
        np.testing.assert_array_equal(found.labels, [0, 1])
    assert noticed > len(whole) / 13 / 2


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**33)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "is missing"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (os.mkfifo, "cannot be read: it is not a file"),
        (lambda path: path.symlink_to(path), "cannot be read: it is a link"),
        (sparse, r"is damaged: it has 8,589\.9 MB, and at most 2,000\.0 MB are read"),
    ],
    ids=["missing", "folder", "pipe", "loop", "sparse"],
)
def test_whatever_lies_in_its_place(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "predictions.npz"
    make(path)
    for look in (Predictions.read, Predictions.check):
        with pytest.raises(RunError, match=words):
            look(path)
