"""What an op is called in another library, and how its transform there differs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counterpart:
    """The transform of another library that does most of what an op does.

    Attributes:
        name: Its name there, as users write it, such as ``GridDropout``.
        differs: What it does otherwise, in sentences in which "it" is the transform; empty for nothing
            that is known.
    """

    name: str
    differs: str = ""
