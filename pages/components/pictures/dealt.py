"""How pictures are made square and dealt into splits: widgets that Explore and Train share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from augment import data
from augment.data import Prepared
from augment.data.source import CROP, FITS, STRETCH, TEST, TRAIN, VALIDATION
from augment.data.splits import AS_IT_IS, RE_SPLIT, TRAIN_ON_BOTH, offered
from augment.engine.limits import SEED
from pages.components.session import ignored

_FITS = {
    CROP: "the middle square is cut out",
    STRETCH: "the whole picture is stretched to a square, as the Keras guide does",
}
_SCHEMES = {
    AS_IT_IS: "as whoever made the data split them",
    TRAIN_ON_BOTH: "train and validation are both trained on, so nothing chooses the model: the last "
    "one is kept, and judged once by test",
    RE_SPLIT: "all pictures are dealt anew, by the seed; figures then compare with no published ones",
}
_USES = {
    TRAIN: "training learns from these",
    VALIDATION: "these choose the model",
    TEST: "to be reported on once, at the end",
}


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """Prepared data, and how they were asked for.

    `chosen` is the scheme to go along to other data: what a source without splits of its own forces on
    somebody is not what they chose.
    """

    prepared: Prepared
    splits: str
    chosen: str
    split_seed: int


def fit_control() -> str:
    """Show how pictures become square, and return what is chosen."""
    fit: str = st.selectbox(
        "How they become square",
        FITS,
        help=_said(_FITS),
        key="fit",
        bind="query-params",
    )
    ignored.took("fit", fit, FITS)
    return fit


def splits_control(own: Collection[str]) -> tuple[str, int]:
    """Show how pictures can be dealt into splits, and return the scheme and its seed.

    Args:
        own: The splits that the source itself has, and that are not empty.
    """
    schemes = offered(own)
    if len(schemes) == 1:
        st.selectbox(
            "Splits", schemes, help=_said({schemes[0]: _SCHEMES[schemes[0]]}), disabled=True
        )
        ignored.took("splits", schemes[0], [AS_IT_IS, *schemes])
        return schemes[0], _seed_control() if schemes[0] == RE_SPLIT else 0
    if st.session_state.get("splits", schemes[0]) not in schemes:
        # Of another source; left to itself, the address would go on saying it.
        st.session_state["splits"] = schemes[0]
    scheme: str = st.selectbox(
        "Splits",
        schemes,
        help=_said({name: _SCHEMES[name] for name in schemes}),
        key="splits",
        bind="query-params",
    )
    ignored.took("splits", scheme, schemes)
    if scheme != RE_SPLIT and (TRAIN not in own or VALIDATION in own):
        ignored.known("split_seed")
        return scheme, 0
    return scheme, _seed_control()


def _seed_control() -> int:
    seed: int = st.number_input(
        "Seed of the splits",
        min_value=0,
        max_value=int(SEED.high),
        step=1,
        help="Another seed deals other pictures out. Keep it for all trainings that are compared.",
        key="split_seed",
        bind="query-params",
    )
    ignored.took("split_seed", seed, range(int(SEED.high) + 1))
    return seed


def open_dealt(source: str, size: int, fit: str) -> Dealt:
    """Show how these data can be dealt into splits, and return them so dealt.

    Raises:
        NotPrepared: There is nothing to deal yet.
        DataError: What is on disk cannot be used.
    """
    prepared = data.open_prepared(source, size, fit)
    own = [split for split, rows in prepared.stored.own.items() if len(rows)]
    scheme, seed = splits_control(own)
    if (scheme, seed) != (AS_IT_IS, 0):
        prepared = data.open_prepared(source, size, fit, scheme=scheme, seed=seed)
    chosen = scheme if len(offered(own)) > 1 else AS_IT_IS
    return Dealt(prepared=prepared, splits=scheme, chosen=chosen, split_seed=seed)


def split_help(prepared: Prepared) -> str:
    """Return what each of the splits is for."""
    return _said({split: _USES.get(split, "only to look at") for split in prepared.splits})


def in_short(held: Dealt) -> str:
    """Return in a sentence how these data are cut and split, where that is not as usual."""
    prepared = held.prepared
    seed = f", seed {held.split_seed}" if prepared.scheme == RE_SPLIT else ""
    said = [_FITS[prepared.fit]] if prepared.fit != CROP else []
    said += [f"splits: {prepared.scheme}{seed}"] if held.splits != AS_IT_IS else []
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}." if said else ""


def _said(meanings: dict[str, str]) -> str:
    return "\n".join(f"- **{name}**: {meaning}." for name, meaning in meanings.items())
