"""Which data a page uses: the data set, its size, how it is cropped and split.

Explore, Train and Data share these widgets, and the choice goes along from page to page. A link cannot
carry it: Streamlit removes from a link every parameter that a widget of its own page is bound to, and
the last value of a widget wins over an address that requests the default.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import DataError, NotPrepared, data
from augment.data import LARGEST, SMALLEST, Prepared, Source, registry
from augment.data.registry import BUILT_IN
from augment.data.source import CROP, FITS, STRETCH, TEST, TRAIN, VALIDATION
from augment.data.splits import (
    AS_IT_IS,
    CONFLICTS,
    DUPLICATES,
    LEAVE_OUT,
    NOTHING,
    RE_SPLIT,
    TRAIN_ON_BOTH,
    offered,
)
from augment.data.store.inventory import prepared_sizes
from augment.engine.limits import SEED
from augment.system.units import counted
from pages.components.session import address_notes, streamlit_internals
from pages.components.session.address import turned
from pages.components.session.text import escaped

OWN, _OWN_TITLE = "own", {"own": "Own pictures"}
"""The name of the user's own pictures, which only Explore shows."""
SIZES = (32, 64, 96, 128, 160, 192, 224, 256)
_FITS = {
    CROP: "the largest square in the middle is cut out",
    STRETCH: "the picture is stretched to a square, as in the Keras guide",
}
_SCHEMES = {
    AS_IT_IS: "the splits of the data set itself",
    TRAIN_ON_BOTH: "training uses train and validation, so no split selects the model: the last one is "
    "kept and evaluated once on test",
    RE_SPLIT: "all pictures are split at random by a seed, so results are not comparable with "
    "published ones",
}
_LEFT_OUT = {
    NOTHING: "every readable picture is in a split",
    CONFLICTS: "all pictures that are there under two labels, because no label of them can be trusted",
    DUPLICATES: "those, and of equal pictures all but one; the one in test stays, or else in validation",
}
_USES = {
    TRAIN: "training learns from these",
    VALIDATION: "these select the best model",
    TEST: "for one final evaluation",
}
_SEEN = "data seen"
"""The key of the choice of data with display names."""
_CHOSEN, _ARRIVED, _SHOWS_OWN = "data chosen", "data arrived", "shows own pictures"
_DEFAULTS = {
    "data": BUILT_IN[0],
    "fit": CROP,
    "splits": AS_IT_IS,
    "split_seed": 0,
    "leave_out": NOTHING,
}


@dataclass(frozen=True, kw_only=True)
class SplitChoice:
    """Prepared data with the splits that were requested.

    Attributes:
        prepared: The data.
        scheme: The scheme of the splits.
        seed: Their seed.
        leave_out: Which pictures they leave out.
        carried: The scheme for the next data set. A data set without splits of its own allows one
            scheme only, which is then not the user's choice.
    """

    prepared: Prepared
    scheme: str
    seed: int
    carried: str
    leave_out: str = NOTHING


@dataclass(frozen=True, kw_only=True)
class DataChoice:
    """The data chosen; `splits` is None where they are not prepared."""

    source: Source
    size: int
    fit: str
    splits: SplitChoice | None

    @property
    def prepared(self) -> Prepared | None:
        """The prepared data, with the splits chosen."""
        return self.splits.prepared if self.splits else None


def data_choice(
    *,
    size_key: str,
    size_label: str,
    size_default: int,
    size_help: str,
    unprepared: type[DataError] = NotPrepared,
) -> DataChoice:
    """Show the choice of data in a row, and return it.

    Args:
        size_key: The address parameter of the size.
        size_label: The label of its widget.
        size_default: Its default, one of `SIZES`.
        size_help: Its help.
        unprepared: The errors that count as data which are not prepared; others are raised.

    Raises:
        DataError: The prepared data cannot be used.
    """
    restore()
    names = data.names()
    drop_missing(names)
    if shows_own():
        st.caption(
            "Your own pictures are only in Explore, where they stay. To train on pictures of your own, "
            "add them on the page Data."
        )
    with st.grid(5, min_column_width=180):
        name = source_control(names)
        size = size_control(
            name, key=size_key, label=size_label, default=size_default, help=size_help
        )
        fit = fit_control()
        remember(data=name, fit=fit)
        try:
            splits = splits_control(name, size, fit)
        except unprepared:
            address_notes.expect("splits", "split_seed", "leave_out")
            splits = None
    return DataChoice(source=data.source(name), size=size, fit=fit, splits=splits)


def source_control(names: Collection[str]) -> str:
    """Show the choice of the data set, and return its name."""
    # An address contains what its widget shows. It must keep the names, which never change, and people
    # read titles; so the widget of the address is hidden, and follows the one that is seen.
    options = list(names)
    with st.container(key="data-source", gap=None):
        name: str = st.selectbox(
            "Data, as the address has it",
            options,
            key="data",
            bind="query-params",
            label_visibility="collapsed",
        )
        titles = registry.titles(option for option in options if option != OWN) | _OWN_TITLE
        st.session_state[_SEEN] = name
        st.selectbox(
            "Data",
            options,
            format_func=titles.__getitem__,
            key=_SEEN,
            on_change=_choose_seen,
            help=escaped(name) if ":" in name else None,
        )
    address_notes.compare("data", name, options)
    return name


def title_of(source: str) -> str:
    """Return the display name of a data set, which no other one on offer has.

    Args:
        source: The name of the data set.
    """
    return registry.titles({*data.names(), source})[source]


def _choose_seen() -> None:
    st.session_state["data"] = st.session_state[_SEEN]


def size_control(source: str, *, key: str, label: str, default: int, help: str) -> int:
    """Show the sizes of a data set, and return the one chosen.

    Args:
        source: The name of the data set.
        key: The address parameter.
        label: The label of the widget.
        default: The default, one of `SIZES`.
        help: The help of the widget.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    sizes = sizes_of(source)
    requested = st.session_state.get(key, default)
    if is_missing := requested not in sizes:
        # Otherwise the address would keep the missing size.
        st.session_state[key] = default
    size: int = st.selectbox(
        label, sizes, index=sizes.index(default), help=help, key=key, bind="query-params"
    )
    address_notes.compare(key, size, sizes)
    if is_missing:
        named = _OWN_TITLE.get(source) or title_of(source)
        st.caption(escaped(f"{named} is not available at {requested} px; {default} px is shown."))
    return size


def sizes_of(source: str) -> tuple[int, ...]:
    """Return the sizes to choose from, ascending: `SIZES` and those at which a set is prepared."""
    if source == OWN:
        return SIZES
    prepared = (size for size in prepared_sizes(source) if SMALLEST <= size <= LARGEST)
    return tuple(sorted({*SIZES, *prepared}))


def fit_control() -> str:
    """Show how pictures are made square, and return what is chosen."""
    fit: str = st.selectbox(
        "Fit to a square",
        FITS,
        help=_meanings(_FITS),
        key="fit",
        bind="query-params",
    )
    address_notes.compare("fit", fit, FITS)
    return fit


def splits_control(source: str, size: int, fit: str) -> SplitChoice:
    """Show how the data can be split, and return them with the splits chosen.

    Raises:
        NotPrepared: The data are not prepared.
        DataError: The prepared data cannot be used.
    """
    prepared = data.open_prepared(source, size, fit)
    own = [split for split, rows in prepared.stored.own.items() if len(rows)]
    schemes = offered(own)
    scheme = _scheme_control(schemes)
    if scheme == RE_SPLIT or (TRAIN in own and VALIDATION not in own):
        seed = _split_seed_control()
    else:
        address_notes.expect("split_seed")
        seed = 0
    leave_out = _leave_out_control()
    if (scheme, seed, leave_out) != (AS_IT_IS, 0, NOTHING):
        prepared = data.open_prepared(
            source, size, fit, scheme=scheme, seed=seed, leave_out=leave_out
        )
    carried = scheme if len(schemes) > 1 else AS_IT_IS
    remember(splits=carried, split_seed=seed, leave_out=leave_out)
    return SplitChoice(
        prepared=prepared, scheme=scheme, seed=seed, carried=carried, leave_out=leave_out
    )


def split_help(prepared: Prepared) -> str:
    """Return what each of the splits is for."""
    return _meanings({split: _USES.get(split, "only for viewing") for split in prepared.splits})


def summary(splits: SplitChoice) -> str:
    """Return in a sentence how the data are cropped and split, where that is not the default."""
    prepared = splits.prepared
    seed = f", seed {splits.seed}" if prepared.scheme == RE_SPLIT else ""
    parts = [_FITS[prepared.fit]] if prepared.fit != CROP else []
    parts += [f"splits: {prepared.scheme}{seed}"] if splits.scheme != AS_IT_IS else []
    if splits.leave_out != NOTHING:
        count = sum(map(len, prepared.left_out.values()))
        parts.append(f"left out: {splits.leave_out}, {counted(count, 'picture')}")
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}." if parts else ""


def link(
    source: str, fit: str, splits: str, split_seed: int, leave_out: str = NOTHING
) -> dict[str, str]:
    """Return the address parameters of data; all of them, because a page keeps what it showed last."""
    seed = {"split_seed": str(split_seed)} if split_seed or splits == RE_SPLIT else {}
    left_out = {"leave_out": leave_out} if leave_out != NOTHING else {}
    return {"data": source, "fit": fit, "splits": splits} | seed | left_out


def begin() -> None:
    """Record whether the user comes from another page; call it in every run, before the page."""
    st.session_state[_ARRIVED] = turned("data choice")


def restore(*, own: bool = False) -> None:
    """Choose the data of the previous page, unless the address requests some.

    Call it before the widgets are made.

    Args:
        own: Whether the page shows the user's own pictures if it did so when it was left.
    """
    state = st.session_state
    if not state.get(_ARRIVED, False):
        return
    own = own and shows_own()
    requested = {name: st.query_params[name] for name in _DEFAULTS if name in st.query_params}
    if streamlit_internals.came_by_history() and (requested or not own):
        return  # though Streamlit has removed "data=own" from the address of a page that was left
    if requested:
        for name, default in _DEFAULTS.items():
            if requested.get(name, str(default)) == str(default):
                state[name] = default
        return
    chosen: dict[str, Any] = state.get(_CHOSEN, {})
    if own:
        chosen = {**chosen, "data": OWN}
    elif state.get("data") == OWN:
        chosen = {**_DEFAULTS, **chosen}
    state.update(chosen)
    # The browser writes the value of a widget into the address only when the user changes it.
    streamlit_internals.write_address(
        {name: str(value) for name, value in chosen.items() if value != _DEFAULTS[name]}
    )


def drop_missing(names: Collection[str]) -> None:
    """Return to the default data, with a warning, where the chosen data set no longer exists.

    Call it before the widgets are made, which would silently fall back and then crop and split the
    default data as those that are missing.

    Args:
        names: The data sets to choose from.
    """
    state = st.session_state
    # Another page cannot show the user's own pictures, but they are not missing.
    if (chosen := state.get("data", BUILT_IN[0])) not in [*names, OWN]:
        state.update(_DEFAULTS)
        st.warning(escaped(f"{chosen} is no longer available."), icon=":material/link_off:")


def remember(**chosen: str | int) -> None:
    """Store the choice for the next page.

    Args:
        chosen: The values of "data", "fit", "splits", "split_seed" and "leave_out", as far as known.
    """
    state = st.session_state
    before = {**_DEFAULTS, **state.get(_CHOSEN, {})}
    state[_CHOSEN] = {**before, **chosen}
    if state[_CHOSEN]["data"] != before["data"]:
        show_own(False)


def show_own(shown: bool) -> None:
    """Store whether Explore shows the user's own pictures, and so shows them when it is opened again.

    That ends when the user chooses another data set, in Explore or on another page.
    """
    st.session_state[_SHOWS_OWN] = shown


def shows_own() -> bool:
    """Whether Explore shows the user's own pictures, now or when it is opened again."""
    shown: bool = st.session_state.get(_SHOWS_OWN, False)
    return shown


def _scheme_control(schemes: Collection[str]) -> str:
    options = list(schemes)
    help = _meanings({name: _SCHEMES[name] for name in options})
    if len(options) == 1:
        st.selectbox("Splits", options, help=help, disabled=True)
        address_notes.compare("splits", options[0], [AS_IT_IS, *options])
        return options[0]
    if st.session_state.get("splits", options[0]) not in options:
        # A scheme of another data set, which the address would otherwise keep.
        st.session_state["splits"] = options[0]
    scheme: str = st.selectbox("Splits", options, help=help, key="splits", bind="query-params")
    address_notes.compare("splits", scheme, options)
    return scheme


def _leave_out_control() -> str:
    leave_out: str = st.selectbox(
        "Leave out",
        LEAVE_OUT,
        help=_meanings(_LEFT_OUT),
        key="leave_out",
        bind="query-params",
    )
    address_notes.compare("leave_out", leave_out, LEAVE_OUT)
    return leave_out


def _split_seed_control() -> int:
    seed: int = st.number_input(
        "Seed of the splits",
        min_value=0,
        max_value=int(SEED.high),
        step=1,
        help="Another seed splits the pictures differently. Use the same one for all trainings that "
        "you compare.",
        key="split_seed",
        bind="query-params",
    )
    address_notes.compare("split_seed", seed, range(int(SEED.high) + 1))
    return seed


def _meanings(meanings: dict[str, str]) -> str:
    return "\n".join(f"- **{escaped(name)}**: {meaning}." for name, meaning in meanings.items())
