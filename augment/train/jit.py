"""Whether XLA compiles the training step."""

from __future__ import annotations


def choose(wish: str, *, steps: int) -> bool | str:
    """Return what ``keras.Model.compile`` takes as ``jit_compile``.

    Args:
        wish: "on", "off" or "auto".
        steps: how many training steps the whole run has.
    """
    return {"on": True, "off": False}.get(wish, "auto")
