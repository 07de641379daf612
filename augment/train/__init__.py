"""Training: a network on prepared pictures, augmented by a recipe.

Importing this package imports no Keras: a page can build and check a ``RunConfig`` without it. The
trainer imports ``loop``, and that the modules that need Keras; ``epoch_batches``, ``forecast``,
``progress``, ``train_losses`` and ``failures`` do without.
"""

from __future__ import annotations

from augment.engine.limits import Limits
from augment.runs.config import RunConfig, limits

__all__ = ["Limits", "RunConfig", "limits"]
