"""A recipe by the real layers of keras_cv 0.9, beside which this package's own result can be looked at.

TensorFlow takes 0.7 GB and seconds to load, so the layers run in one helper process for the whole
server, which starts with the first request and ends when nobody has asked for two minutes, or with the
server. Importing this package imports no TensorFlow.
"""

from __future__ import annotations

from augment.export.with_keras_cv import differences
from augment.kerascv.asked import Asked, Reference
from augment.kerascv.client import Client, ask, render
from augment.kerascv.timing import timed
from augment.kerascv.wire import MAX_BYTES, MAX_PICTURES, KerasCVError, Stage

__all__ = [
    "MAX_BYTES",
    "MAX_PICTURES",
    "Asked",
    "Client",
    "KerasCVError",
    "Reference",
    "Stage",
    "ask",
    "differences",
    "render",
    "timed",
]
