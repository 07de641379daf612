"""Training: a DenseNet121 on prepared pictures, augmented by a recipe.

Importing this package imports no Keras: a page can build and check a ``RunConfig`` without it. The
modules that need Keras (``model``, ``pipeline``, ``record``, ``loop``) are imported by the trainer.
"""

from __future__ import annotations

from augment.engine.limits import Limits
from augment.runs.config import RunConfig, limits

__all__ = ["Limits", "RunConfig", "limits"]
