"""Image augmentation, drawn and rendered apart: what is shown is what is trained on.

The numeric contract, said once: images are uint8, RGB, of shape (B, H, W, 3); labels are float32 of
shape (B, K), with rows summing to 1; nothing writes into its input. Fractions, not percent; `_px` in a
name means pixels. Importing this package imports neither TensorFlow nor Streamlit.
"""

from __future__ import annotations

from augment import presets
from augment.engine import Batch, apply, draw, render
from augment.errors import (
    AugmentError,
    ConfigError,
    DataError,
    NotPrepared,
    RecipeError,
    RunError,
)
from augment.ops import registry
from augment.plan import Applied, Plan, Row
from augment.recipe import Recipe, Step
from augment.spec import Draw, Op, Paper, Param, op

__all__ = [
    "Applied",
    "AugmentError",
    "Batch",
    "ConfigError",
    "DataError",
    "Draw",
    "NotPrepared",
    "Op",
    "Paper",
    "Param",
    "Plan",
    "Recipe",
    "RecipeError",
    "Row",
    "RunError",
    "Step",
    "apply",
    "draw",
    "op",
    "presets",
    "registry",
    "render",
]
