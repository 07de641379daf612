"""Python's cyclic garbage collection, kept away from TensorFlow's graphs.

A graph has very many Python objects that live as long as the process, and each full collection visits all
of them: before the first step, and now and then between two epochs.
"""

from __future__ import annotations

import gc


def pause() -> None:
    """Collect nothing from now on, while a network or a graph is built."""
    gc.disable()


def resume() -> None:
    """Collect again, but never visit what exists now."""
    gc.freeze()
    gc.enable()
