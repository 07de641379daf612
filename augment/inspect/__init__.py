"""Looking closely at one picture of a batch: step by step, over a setting's range, over many draws.

Every picture here has the bytes that `augment.apply` over the whole batch gives for its row, but of the
other rows only those are rendered that the picture is mixed with.
"""

from __future__ import annotations

from augment.inspect.draws import FULL_SCALE, MOVED, RAMP, Spread, spread
from augment.inspect.mixing import mixing_steps, without_mixing
from augment.inspect.stages import Skipped, Stage, Walk, walk
from augment.inspect.sweeps import (
    Axis,
    Variant,
    default_axes,
    default_axis,
    matrix,
    sweep,
    sweepable,
    values,
)

__all__ = [
    "FULL_SCALE",
    "MOVED",
    "RAMP",
    "Axis",
    "Skipped",
    "Spread",
    "Stage",
    "Variant",
    "Walk",
    "default_axes",
    "default_axis",
    "matrix",
    "mixing_steps",
    "spread",
    "sweep",
    "sweepable",
    "values",
    "walk",
    "without_mixing",
]
