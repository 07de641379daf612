"""Training: a DenseNet121 on prepared pictures and the recipe as tuned.

Importing this package imports no Keras: a page can build and check a ``RunConfig`` without it. The
modules that do need Keras (``model``, ``pipeline``, ``loop``) are imported by the trainer alone.
"""

from __future__ import annotations

from augment.runs.config import Limits, RunConfig, limits

__all__ = ["Limits", "RunConfig", "limits"]
