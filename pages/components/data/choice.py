"""Which data set to look at, how its pictures become squares, and how they are dealt into splits."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from augment import DataError, data
from augment.data import Prepared, Source
from pages.components.pictures import chosen_data, dealt
from pages.components.pictures.size_control import size_control
from pages.components.session import ignored

SIZE = "data_size"
"""The parameter of the size; called as in Explore, a link from here to there could not carry it."""


@dataclass(frozen=True, kw_only=True)
class DataChoice:
    """What is chosen; `prepared` is None where it is not prepared, or is damaged."""

    source: Source
    size: int
    fit: str
    prepared: Prepared | None


def data_choice() -> DataChoice:
    """Show what can be chosen, and return the choice."""
    chosen_data.bring_along()
    names = data.names()
    chosen_data.let_go(names)
    with st.grid(4, min_column_width=170):
        # The address holds what a widget shows, so these show the names that never change.
        name = st.selectbox("Data", names, key="data", bind="query-params")
        ignored.took("data", name, names)
        size = size_control(
            name,
            label="Size in pixels",
            usual=224,
            help="The side of a picture. Each size is prepared once.",
            key=SIZE,
        )
        fit = dealt.fit_control()
        source = data.source(name)
        chosen_data.remember(data=name, fit=fit)
        try:
            held = dealt.open_dealt(name, size, fit)
        except DataError:
            ignored.known("splits", "split_seed")
            return DataChoice(source=source, size=size, fit=fit, prepared=None)
    chosen_data.remember(splits=held.chosen, split_seed=held.split_seed)
    return DataChoice(source=source, size=size, fit=fit, prepared=held.prepared)
