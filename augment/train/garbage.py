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
    """Collect again, but never visit what exists now; without a `pause` before it, nothing changes."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def collect() -> None:
    """Collect what a run has left, before the next one in this process: no graph is visited."""
    gc.collect()
