"""The tables of a run, read back."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from PIL import Image

from augment import runs
from augment.runs.evaluation import Predictions, confusion
from augment.runs.folders import RunFolder
from augment.system import files
from augment.trackers.content import content, samples_png
from augment.trackers.to_csv import files_of
from augment.train.epoch_batches import EpochBatches
from tests.run_results import prepared_of


def read(written: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written[name].decode(), newline="")))


def test_the_tables_have_what_the_run_has(run: RunFolder) -> None:
    written = files_of(content(runs.get("2026-x")))
    assert written["metrics.csv"] == run.metrics.read_bytes()
    steps = read(written, "steps.csv")
    assert [row["training_step"] for row in steps] == ["1", "4", "5", "9"]
    assert [row["step"] for row in steps] == ["1", "4", "1", "5"]
    settings = {row["name"]: row["value"] for row in read(written, "settings.csv")}
    assert (settings["seed"], settings["size"], settings["splits"]) == ("3", "32", "re-split")
    magnitude = run.read_spec()["config"]["recipe"]["steps"][0]["magnitude"]
    assert float(settings["rand_augment.magnitude"]) == magnitude
    figures = {row["split"]: row for row in read(written, "figures.csv")}
    for split, entries in (("validation", run.read_evaluation()), ("test", run.read_test())):
        assert entries is not None
        assert float(figures[split]["ece"]) == entries["ece"]
        classes = [row for row in read(written, "per_class.csv") if row["split"] == split]
        assert [row["class"] for row in classes] == [each["name"] for each in entries["per_class"]]
        assert [float(row["low"]) for row in classes] == [
            each["low"] for each in entries["per_class"]
        ]
    found = Predictions.read(run.predictions)
    table = read(written, "confusion_validation.csv")
    counts = [[int(cell) for name, cell in row.items() if name != "class"] for row in table]
    assert np.array_equal(counts, confusion(found))
    pictures = read(written, "predictions_validation.csv")
    assert [int(row["id"]) for row in pictures] == found.ids.tolist()
    correct = [row["correct"] == "1" for row in pictures]
    assert correct == [row["class"] == row["predicted"] for row in pictures]
    assert np.mean(correct) == found.accuracy


def test_the_samples_are_what_the_model_gets(run: RunFolder) -> None:
    config, prepared = runs.get("2026-x").config, prepared_of(run)
    assert config is not None
    with Image.open(io.BytesIO(samples_png(config))) as opened:
        sheet = np.asarray(opened.convert("RGB"))
    middle = sheet.shape[1] // 2  # pictures before are on the left, and after on the right
    places = []
    for image in EpochBatches(config, prepared).pictures(1, 0, 9).images:
        corners = zip(*(sheet[:, middle:] == image[0, 0]).all(-1).nonzero(), strict=True)
        [place] = [
            (int(y), int(x))
            for y, x in corners
            if np.array_equal(sheet[y : y + 32, middle + x : middle + x + 32], image)
        ]
        places.append(place)
    assert places == sorted(places)
    assert len(set(places)) == 9


def test_a_run_that_diverged(run: RunFolder) -> None:
    """NaN predicts no class, and the curve that has it is exported all the same."""
    found = Predictions.read(run.predictions)
    found.log_probabilities[0] = np.nan
    found.write(run.predictions)
    run.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.25,inf,0.5\n")
    description = content(runs.get("2026-x"))
    written = files_of(description)
    assert read(written, "predictions_validation.csv")[0]["predicted"] == ""
    assert read(written, "metrics.csv")[0]["loss"] == "nan"
    values: dict[str, Any] = {point.name: point.value for point in description.points}
    assert np.isnan(values["train/loss"])
    assert np.isinf(values["validation/loss"])


def test_names_that_do_not_print(run: RunFolder) -> None:
    entries = run.read_evaluation()
    assert entries is not None
    entries["per_class"][0]["name"] = "a\ud800\nb,"
    files.write_json(run.evaluation, entries)
    written = files_of(content(runs.get("2026-x")))
    assert read(written, "per_class.csv")[0]["class"] == "a\\ud800\\nb,"
    assert read(written, "confusion_validation.csv")[0]["class"] == "a\\ud800\\nb,"


def test_a_confusion_matrix_of_very_many_classes_is_left_out(run: RunFolder) -> None:
    """It has the square of the classes, so a small file could take all memory."""
    shares = np.full((1, 50_000), 1 / 50_000)
    Predictions.of(np.array([7]), np.array([49_999]), shares).write(run.predictions)
    written = files_of(content(runs.get("2026-x")))
    assert "confusion_validation.csv" not in written
    assert "confusion_test.csv" in written
    [row] = read(written, "predictions_validation.csv")
    assert row["class"] == "class 50000"
