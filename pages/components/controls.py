"""Which pictures to look at: controls that the address keeps."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from augment import NotPrepared, data
from augment.data import Prepared, Source
from pages.components.words import escaped

SIZES = (32, 64, 96, 128, 160, 192, 224, 256)
COUNTS = (4, 9, 16, 25)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which pictures to look at.

    Attributes:
        source: Where they come from.
        size: Their side in pixels.
        prepared: The prepared data, or None while they are not.
        split: The name of the split.
        classes: The indexes of the classes wanted; empty for all.
        count: How many pictures at most.
    """

    source: Source
    size: int
    prepared: Prepared | None = None
    split: str = ""
    classes: tuple[int, ...] = ()
    count: int = 0

    @property
    def ready(self) -> bool:
        """Whether there are pictures to look at."""
        return self.prepared is not None

    @property
    def note(self) -> str:
        """What must be said about the pictures, in whole sentences."""
        return f"{self.source.note} {self.prepared.remark}" if self.prepared else ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes as far as they are known."""
        return self.prepared.class_names if self.prepared else self.source.class_names


def choose() -> Choice:
    """Show what can be chosen, and return the choice.

    Raises:
        DataError: What is on disk cannot be used.
    """
    source, size = source_and_size()
    try:
        prepared = data.open_prepared(source.name, size)
    except NotPrepared:
        return Choice(source=source, size=size)
    split = st.selectbox("Split", list(prepared.splits), key="split", bind="query-params")
    count = st.segmented_control(
        "How many", COUNTS, default=9, required=True, key="tiles", bind="query-params"
    )
    names = prepared.class_names
    flowers = st.multiselect(
        "Flowers", names, placeholder="All", key="flowers", bind="query-params"
    )
    return Choice(
        source=source,
        size=size,
        prepared=prepared,
        split=split,
        classes=tuple(names.index(flower) for flower in flowers),
        count=count,
    )


def source_and_size() -> tuple[Source, int]:
    """Show the data sources and the sizes, and return what is chosen."""
    # The address holds what a widget shows, so these show the names that never change.
    name = st.selectbox("Data", data.names(), key="data", bind="query-params")
    st.caption(escaped(data.source(name).title))
    size = st.selectbox(
        "Size in pixels",
        SIZES,
        index=SIZES.index(224),
        help="The side of a picture. Training sees the pictures at the size that it is given.",
        key="size",
        bind="query-params",
    )
    return data.source(name), size
