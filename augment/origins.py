"""Where an op comes from: its paper, and its counterpart in keras_cv."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Where an op comes from.

    Attributes:
        title: The title, or "folklore" where nobody can be named.
        arxiv: The arXiv number, if there is one.
    """

    title: str
    arxiv: str | None = None

    @property
    def label(self) -> str:
        """A short name to show."""
        return f"arXiv {self.arxiv}" if self.arxiv else self.title

    @property
    def url(self) -> str | None:
        """Where to read it."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else None


FOLKLORE = Paper(title="folklore")


@dataclass(frozen=True, kw_only=True)
class Twin:
    """The keras_cv layer that does what an op does.

    Attributes:
        layer: Its name in keras_cv.layers.
        arguments: From the op's parameters to the layer's arguments; equal names and values if None.
        differs: What differs, as whole sentences; empty if nothing that a user would notice.
    """

    layer: str
    arguments: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    differs: str = ""
