"""Which pictures somebody wants to look at."""

from __future__ import annotations

from dataclasses import dataclass

from augment.data import Prepared, Source
from augment.data.spec import CROP
from augment.data.splits import AS_IT_IS
from augment.data.uploads import Uploaded


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which pictures to look at.

    Attributes:
        source: Where they come from.
        size: Their side in pixels.
        fit: How they become square.
        prepared: The prepared data, or None while they are not.
        own: Pictures that somebody brought, in place of prepared data.
        splits: The scheme by which prepared data are dealt into splits.
        split_seed: The seed of splits that are dealt.
        split: The name of the split.
        classes: The indexes of the classes wanted; empty for all.
        count: How many pictures at most.
    """

    source: Source
    size: int
    fit: str = CROP
    prepared: Prepared | None = None
    own: Uploaded | None = None
    splits: str = AS_IT_IS
    split_seed: int = 0
    split: str = ""
    classes: tuple[int, ...] = ()
    count: int = 0

    @property
    def ready(self) -> bool:
        """Whether there are pictures to look at."""
        return self.prepared is not None or self.own is not None

    @property
    def note(self) -> str:
        """What must be said about the pictures, in whole sentences."""
        return f"{self.source.note} {self.prepared.remark if self.prepared else ''}".strip()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes as far as they are known."""
        if self.own is not None:
            return self.own.class_names
        return self.prepared.class_names if self.prepared else self.source.class_names
