"""What a running trainer is said to do, and how long it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from augment.runs.progress import phase, seconds_left
from tests.runs.conftest import CONFIG

Row = dict[str, float]

TWO = replace(CONFIG, epochs=2)
STAGES = replace(CONFIG, epochs=7, head_epochs=3, weights="imagenet")
GRAPH = "building the training graph; nothing moves until then"


def row(epoch: int, step: int, seconds: float = 0, of: int = 4) -> Row:
    return {"epoch": epoch, "step": step, "steps_per_epoch": of, "seconds": seconds}


def done(epochs: int) -> list[Row]:
    return [{"epoch": epoch} for epoch in range(1, epochs + 1)]


ONE = [row(1, 1, 40)]
FIRST_EPOCH = [row(1, 1, 40), row(1, 2, 42), row(1, 4, 46)]


@pytest.mark.parametrize(
    ("config", "written", "finished", "steps", "expected"),
    [
        (TWO, "loading TensorFlow", 0, [], "loading TensorFlow"),
        (TWO, GRAPH, 0, [], GRAPH),
        (TWO, GRAPH, 0, ONE, "training: epoch 1 of 2, step 1 of 4"),
        (TWO, GRAPH, 1, FIRST_EPOCH, GRAPH),  # resumed after epoch 1
        (TWO, GRAPH, 1, [*FIRST_EPOCH, row(2, 1)], "training: epoch 2 of 2, step 1 of 4"),
        (TWO, "training", 0, [], "training: epoch 1 of 2"),
        (TWO, "training", 1, FIRST_EPOCH, "training: epoch 2 of 2"),
        (TWO, "training", 1, [*FIRST_EPOCH, row(2, 3)], "training: epoch 2 of 2, step 3 of 4"),
        (TWO, "validating after epoch 1", 0, FIRST_EPOCH, "validating after epoch 1"),
        (TWO, "evaluating on test", 2, FIRST_EPOCH, "evaluating on test"),
        (TWO, "training", 2, FIRST_EPOCH, "training: epoch 2 of 2"),
        (STAGES, "training the head", 1, [], "training the head: epoch 2 of 7"),
        (STAGES, "training", 1, [row(2, 3)], "training the head: epoch 2 of 7, step 3 of 4"),
        (STAGES, "training", 3, [], "training: epoch 4 of 7"),
        # Without a phase, as before there was a file of it, or when that is damaged.
        (TWO, "", 0, [], "starting (loading TensorFlow)"),
        (TWO, "", 0, ONE, "training: epoch 1 of 2, step 1 of 4"),
        (TWO, "", 1, FIRST_EPOCH, "training: epoch 2 of 2"),
        (TWO, "", 2, FIRST_EPOCH, "evaluating the saved model"),
    ],
)
def test_phase(
    config: object, written: str, finished: int, steps: list[Row], expected: str
) -> None:
    assert phase(config, written, done(finished), steps) == expected  # type: ignore[arg-type]


def test_no_estimate_before_two_steps_of_an_epoch() -> None:
    assert seconds_left(TWO, None, []) is None
    assert seconds_left(TWO, None, ONE) is None


def test_the_first_step_does_not_count() -> None:
    # 2 s a step; four steps of epoch 2 are left, and no validation was seen yet.
    assert seconds_left(TWO, None, FIRST_EPOCH) == pytest.approx(8)


def test_validation_counts_once_an_epoch() -> None:
    # From 46 s to 53 s: 2 s for the step and 5 s between the epochs.
    steps = [*FIRST_EPOCH, row(2, 1, 53)]
    assert seconds_left(TWO, None, steps) == pytest.approx(3 * 2 + 5)
    assert seconds_left(replace(TWO, epochs=4), (1, 2, 3, 4), steps) == pytest.approx(
        11 * 2 + 3 * 5
    )


def test_only_epochs_that_are_validated_take_the_time_of_it() -> None:
    # 1 s a step, 6 s after epoch 2, which is validated, 1 s after epochs 1 and 3, which are not.
    starts = (0, 5, 15, 20)
    steps = [
        row(epoch, step, start + step)
        for epoch, start in enumerate(starts, start=1)
        for step in (1, 2, 4)
    ]
    assert seconds_left(replace(TWO, epochs=6), (2, 4, 6), steps) == pytest.approx(
        6 + 4 + 1 + 4 + 6
    )
    assert seconds_left(replace(TWO, epochs=6), (), steps) == pytest.approx(1 + 4 + 1 + 4 + 1)


def test_the_stages_have_steps_of_their_own() -> None:
    head = [row(1, 1, 1, of=2), row(1, 2, 1.5, of=2), row(2, 1, 2, of=2), row(2, 2, 2.5, of=2)]
    assert seconds_left(STAGES, None, head) is None, "the body was taken to be as quick as the head"
    only_heads = replace(STAGES, epochs=3)
    assert seconds_left(only_heads, None, head) == pytest.approx(2 * 0.5)
    body = [
        *head,
        row(3, 2, 4, of=2),
        row(4, 1, 30, of=5),
        row(4, 2, 32, of=5),
        row(4, 5, 38, of=5),
    ]
    # The 26 s in which the graph of the body was built are no pause.
    assert seconds_left(STAGES, None, body) == pytest.approx(3 * 5 * 2)


def test_the_wait_before_a_resume_is_no_pause_that_counts() -> None:
    steps = [
        *FIRST_EPOCH,
        *(row(2, 1, 49), row(2, 4, 55)),
        *(row(3, 1, 97), row(3, 4, 103)),  # resumed: 40 s until the first step
        *(row(4, 1, 106), row(4, 4, 112)),
    ]
    assert seconds_left(replace(TWO, epochs=6), None, steps) == pytest.approx(2 * 4 * 2 + 3 * 1)
