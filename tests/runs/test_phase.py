"""What a run is doing and for how much longer, from its tables alone."""

from __future__ import annotations

import pytest

from augment.runs import phase as phases


def row(epoch: int, step: int, seconds: float, of: int = 4) -> dict[str, float]:
    return {"epoch": epoch, "step": step, "steps_per_epoch": of, "seconds": seconds}


ONE = [row(1, 1, 40)]
FIRST_EPOCH = [row(1, 1, 40), row(1, 2, 42), row(1, 4, 46)]


@pytest.mark.parametrize(
    ("metrics", "steps", "fitting", "words"),
    [
        ([], [], False, "starting (loading TensorFlow)"),
        ([], [], True, "building the training graph"),
        ([], ONE, True, "training: epoch 1 of 2, step 1 of 4"),
        ([], FIRST_EPOCH, True, "epoch 1 of 2: looking at the validation pictures"),
        ([{}], FIRST_EPOCH, True, "training: epoch 2 of 2"),
        ([{}], [*FIRST_EPOCH, row(2, 3, 60)], True, "training: epoch 2 of 2, step 3 of 4"),
        ([{}, {}], [*FIRST_EPOCH, row(2, 4, 70)], True, "evaluating the best model"),
    ],
)
def test_phase(
    metrics: list[dict[str, float]], steps: list[dict[str, float]], fitting: bool, words: str
) -> None:
    assert phases.phase(2, metrics, steps, fitting=fitting).startswith(words)


def test_without_validation_nothing_is_said_of_it() -> None:
    done = [*FIRST_EPOCH, row(2, 4, 70)]
    said = [
        phases.phase(2, metrics, steps, fitting=True, validated=False)
        for metrics, steps in (([], FIRST_EPOCH), ([{}, {}], done))
    ]
    assert said == ["epoch 1 of 2: keeping the model", phases.JUDGING]


def test_nothing_is_said_before_there_is_a_rate() -> None:
    assert phases.seconds_left(2, []) is None
    assert phases.seconds_left(2, ONE) is None


def test_the_first_step_does_not_count() -> None:
    # 2 s a step; four steps of epoch 2 are left, and no validation was seen yet.
    assert phases.seconds_left(2, FIRST_EPOCH) == pytest.approx(8)


def test_validation_counts_once_an_epoch() -> None:
    # From 46 s to 53 s: 2 s for the step and 5 s between the epochs.
    steps = [*FIRST_EPOCH, row(2, 1, 53)]
    assert phases.seconds_left(2, steps) == pytest.approx(3 * 2 + 5)
    assert phases.seconds_left(4, steps) == pytest.approx(11 * 2 + 3 * 5)
