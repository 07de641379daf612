from __future__ import annotations

from pages.components.runs.results import points


def test_a_training_curve_grows_within_the_epoch() -> None:
    steps = [{"epoch": 2, "step": 1, "steps_per_epoch": 4, "loss": 2.0}]
    epochs = [{"epoch": 2, "loss": 2.1, "val_loss": 2.4}]
    assert points("loss", steps, epochs) == [
        {"series": "training", "epoch": 1.25, "loss": 2.0},
        {"series": "validation", "epoch": 2, "loss": 2.4},
    ]


def test_an_epoch_without_steps_or_validation_has_the_point_that_it_has() -> None:
    steps = [{"epoch": 2, "step": 4, "steps_per_epoch": 4, "accuracy": 0.5}]
    epochs = [{"epoch": 1, "accuracy": 0.2}, {"epoch": 2, "accuracy": 0.5}]
    assert points("accuracy", steps, epochs) == [
        {"series": "training", "epoch": 1, "accuracy": 0.2},
        {"series": "training", "epoch": 2, "accuracy": 0.5},
    ]
