"""Image augmentation, drawn and rendered apart: what is shown is what is trained on.

The numeric contract: images are uint8, RGB, of shape (B, H, W, 3); labels are float32 of
shape (B, K), with rows summing to 1; nothing writes into its input. Fractions, not percent; `_px` in a
name means pixels. Importing this package imports neither TensorFlow nor Streamlit.
"""

from __future__ import annotations

# First, because the rest takes long to import.
import augment.system.loading  # isort: skip # noqa: F401

from augment import presets
from augment.engine.apply import apply
from augment.engine.draw import draw
from augment.engine.op import Op, Paper, op, registry
from augment.engine.params import Draw, Param
from augment.engine.plan import Applied, Plan, Row
from augment.engine.recipe import Recipe, Step
from augment.engine.render import Batch, render
from augment.engine.samples import Samples
from augment.errors import (
    ArrayError,
    AugmentError,
    ConfigError,
    DataError,
    NotPrepared,
    RecipeError,
    RunError,
)

__all__ = [
    "Applied",
    "ArrayError",
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
    "Samples",
    "Step",
    "apply",
    "draw",
    "op",
    "presets",
    "registry",
    "render",
]
