"""A recipe by the real layers of keras_cv 0.9, beside which this package's own result can be looked at.

TensorFlow takes 0.7 GB and seconds to load, so the layers run in one helper process for the whole
server, which starts with the first request and ends when nobody has asked for two minutes, or with the
server. Importing this package imports no TensorFlow.
"""

from __future__ import annotations

from augment.kerascv.client import Client, Reference, render
from augment.kerascv.differences import differences
from augment.kerascv.wire import MAX_BYTES, MAX_PICTURES, KerasCVError

__all__ = [
    "MAX_BYTES",
    "MAX_PICTURES",
    "Client",
    "KerasCVError",
    "Reference",
    "differences",
    "render",
]
