"""The learning rate of each step."""

from __future__ import annotations

import math
from typing import Any

import keras

from augment.runs.config import RunConfig


class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises from 0 in a straight line, and then falls as a cosine, or stays.

    Step t, from 0, of T has ``highest * (t + 1) / W`` while t < W, the steps of the warm-up, and then
    ``highest * (1 + cos(pi * (t - W) / (T - W))) / 2`` (arXiv 1608.03983, without restarts), so that the
    step after the last one would have 0.

    Args:
        highest: The learning rate after the warm-up.
        steps: T.
        warmup_steps: W, from 0 to T - 1.
        falls: Whether the learning rate falls after the warm-up.
    """

    def __init__(self, highest: float, *, steps: int, warmup_steps: int, falls: bool) -> None:
        self._values = {
            "highest": highest,
            "steps": steps,
            "warmup_steps": warmup_steps,
            "falls": falls,
        }

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        ops, warmup = keras.ops, self._values["warmup_steps"]
        step = ops.cast(step, "float32")
        share = 1.0
        if self._values["falls"]:
            share = (step - warmup) / (self._values["steps"] - warmup)
            share = 0.5 * (1.0 + ops.cos(math.pi * ops.clip(share, 0.0, 1.0)))
        if warmup:
            share = ops.where(step < warmup, (step + 1.0) / warmup, share)
        return ops.cast(self._values["highest"] * share, "float32")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as Keras asks for when it saves an optimiser."""
        return dict(self._values)


def learning_rate(config: RunConfig, steps: int) -> LearningRate:
    """Return the learning rate of a run.

    Args:
        config: The configuration.
        steps: The steps of all epochs that train the body.
    """
    return LearningRate(
        config.learning_rate,
        steps=steps,
        warmup_steps=min(round(config.warmup * steps), steps - 1),
        falls=config.schedule == "cosine",
    )
