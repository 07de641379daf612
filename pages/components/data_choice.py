"""Which data set to look at, how its pictures become squares, and how they are dealt into splits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from augment import DataError, data
from augment.data import FITS, Prepared, Source, splits
from augment.data.spec import TRAIN, VALIDATION
from pages.components import ignored
from pages.components.controls import SIZES

SCHEMES = {
    splits.AS_IT_IS: "The source's own splits.",
    splits.TRAIN_ON_BOTH: "The source's own train and validation together to train on.",
    splits.RE_SPLIT: "All pictures dealt anew by a seed.",
}


@dataclass(frozen=True, kw_only=True)
class DataChoice:
    """What is chosen; `prepared` is None where it is not prepared, or is damaged."""

    source: Source
    size: int
    fit: str
    prepared: Prepared | None


def data_choice() -> DataChoice:
    """Show what can be chosen, and return the choice."""
    with st.grid(4, min_column_width=170):
        names = data.names()
        # The address holds what a widget shows, so these show the names that never change.
        name = st.selectbox("Data", names, key="data", bind="query-params")
        ignored.took("data", name, names)
        size = st.selectbox(
            "Size in pixels",
            SIZES,
            index=SIZES.index(224),
            help="The side of a picture. Each size is prepared once.",
            key="size",
            bind="query-params",
        )
        ignored.took("size", size, SIZES)
        fit = fit_control()
        place = st.container()
    source = data.source(name)
    try:
        prepared = data.open_prepared(name, size, fit)
    except DataError:
        ignored.known("splits", "split_seed")
        return DataChoice(source=source, size=size, fit=fit, prepared=None)
    with place:
        scheme, seed = splits_control(prepared.stored.own)
    return DataChoice(
        source=source,
        size=size,
        fit=fit,
        prepared=data.open_prepared(name, size, fit, scheme=scheme, seed=seed),
    )


def fit_control() -> str:
    """Show how a picture becomes square, and return what is chosen."""
    fit: str = st.segmented_control(
        "How they become square",
        FITS,
        default=FITS[0],
        required=True,
        help="**crop** cuts out the middle; **stretch** keeps all of a picture and distorts it, as the "
        "Keras guide does.",
        key="fit",
        bind="query-params",
    )
    ignored.took("fit", fit, FITS)
    return fit


def splits_control(own: Collection[str]) -> tuple[str, int]:
    """Show how pictures can be dealt into splits, and return the scheme and its seed.

    Args:
        own: The splits that the source itself has.
    """
    offered = splits.offered(own)
    if st.session_state.get("splits", offered[0]) not in offered:
        # Of another source; left to itself, the address would go on saying it.
        st.session_state["splits"] = offered[0]
    scheme: str = st.selectbox(
        "Splits",
        offered,
        help=" ".join(f"**{scheme}**: {SCHEMES[scheme]}" for scheme in offered),
        key="splits",
        bind="query-params",
    )
    ignored.took("splits", scheme, offered)
    if scheme != splits.RE_SPLIT and not (TRAIN in own and VALIDATION not in own):
        ignored.known("split_seed")
        return scheme, 0
    seed: int = st.number_input(
        "Seed of the splits",
        min_value=0,
        max_value=splits.LARGEST_SEED,
        value=0,
        help="Another number deals other pictures to each split.",
        key="split_seed",
        bind="query-params",
    )
    ignored.took("split_seed", seed, range(splits.LARGEST_SEED + 1))
    return scheme, seed
