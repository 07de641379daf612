"""Which data a page uses: the data set, its size, how it is cropped and split.

Explore, Train and Data share these widgets, and the choice goes along from page to page. It is in the
session, and in the address as far as it is no default; the size always is, as what a set opens at differs
from server to server. The widgets are not bound to the address: Streamlit removes from an address, also
from one to which the browser goes back, every parameter that a widget of the page before is bound to.

The rule of the size: a data set has one size, the same on every page, which is what the user last chose
for that set. Until then it opens at the size last chosen for another set, else at 224 px (digits: 64 px),
but a set that is prepared only at a size at which it is. A preset of a training sets the size only where
that asks for no second preparation (`can_take`); else the size stays, and Train names the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import DataError, NotPrepared, data
from augment.data import LARGEST, SMALLEST, Prepared, Source, registry
from augment.data.registry import BUILT_IN, DIGITS
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
from augment.runs.words import LABELS
from augment.system.units import counted
from pages.components.session import address, address_notes, streamlit_internals
from pages.components.session.address import arrived
from pages.components.session.text import escaped

OWN, _OWN_TITLE = "own", {"own": "Own pictures"}
"""The name of the user's own pictures, which only Explore shows."""
SIZES = (32, 64, 96, 128, 160, 192, 224, 256)
SIZE = address.SIZE
"""The address parameter of the size, and the key of its widget."""
SIZE_LABEL = LABELS["size"]
_FORMER_SIZES = ("data_size", "train_size")
"""What the parameter was called on Data and Train; their old links are still read."""
DEFAULT_SIZE, _SIZE_OF_DIGITS = 224, 64
_SEED_DIGITS = len(str(int(SEED.high)))
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
_CHOSEN, _SHOWS_OWN = "data chosen", "shows own pictures"
_SIZES, _SUGGESTED = "sizes chosen", "size suggested"
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


def data_choice(*, size_help: str, unprepared: type[DataError] = NotPrepared) -> DataChoice:
    """Show the choice of data in a row, and return it.

    Args:
        size_help: The help of the size.
        unprepared: The errors that count as data which are not prepared; others are raised.

    Raises:
        DataError: The prepared data cannot be used.
    """
    names = data.names()
    restore(names)
    drop_missing(names)
    if shows_own():
        st.caption(
            "Your own pictures are only in Explore, where they stay. To train on pictures of your own, "
            "add them on the page Data."
        )
    with st.grid(5, min_column_width=180):
        name = source_control(names)
        size = size_control(name, help=size_help)
        fit = fit_control()
        remember(data=name, fit=fit)
        try:
            splits = splits_control(name, size, fit)
        except unprepared:
            address_notes.expect("splits", "split_seed", "leave_out")
            splits = None
    write_address(name, size, splits)
    return DataChoice(source=data.source(name), size=size, fit=fit, splits=splits)


def source_control(names: Collection[str]) -> str:
    """Show the choice of the data set, and return its name."""
    options = list(names)
    titles = registry.titles(option for option in options if option != OWN) | _OWN_TITLE
    _send("data", options)
    chosen = st.session_state["data"]
    name: str = st.selectbox(
        LABELS["data"],
        options,
        format_func=titles.__getitem__,
        help=escaped(chosen) if ":" in chosen else None,
        key="data",
        persist_state="session",
    )
    address_notes.compare("data", name, options)
    return name


def title_of(source: str) -> str:
    """Return the display name of a data set, which no other one on offer has.

    Args:
        source: The name of the data set.
    """
    return registry.titles({*data.names(), source})[source]


def size_control(source: str, *, help: str) -> int:
    """Show the sizes of a data set, and return the one chosen.

    Args:
        source: The name of the data set.
        help: The help of the widget.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    sizes, state = sizes_of(source), st.session_state
    suggested = state.pop(_SUGGESTED, None)
    requested = _requested_size()
    wanted = next((size for size in sizes if requested == str(size)), None)
    if wanted is None and requested is None and suggested and can_take(source, suggested):
        wanted = suggested
    if wanted is not None:
        _keep_size(source, wanted)
    size = state[SIZE] = size_of(source)
    st.selectbox(SIZE_LABEL, sizes, help=help, key=SIZE, on_change=_choose_size, args=(source,))
    for name in (SIZE, *_FORMER_SIZES):
        address_notes.compare(name, size, sizes)
    return size


def size_of(source: str) -> int:
    """Return the size of a data set on every page: what was chosen for it, else `default_size`.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    chosen: Mapping[str, int] = st.session_state.get(_SIZES, {})
    size = chosen.get(source)
    return size if size in sizes_of(source) else default_size(source)


def default_size(source: str) -> int:
    """Return the size at which a data set opens for which none was chosen.

    That is the size last chosen for another set, else that of its kind; where the set is prepared, the
    first of these at which it is, else the largest.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    last = st.session_state.get(_CHOSEN, {}).get(SIZE)
    ready = () if _costs_nothing(source) else _prepared(source)
    possible = ready or SIZES
    by_kind = _SIZE_OF_DIGITS if source == DIGITS else DEFAULT_SIZE
    return next((size for size in (last, by_kind) if size in possible), possible[-1])


def can_take(source: str, size: int) -> bool:
    """Return whether a data set can be used at a size without being prepared a second time.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    prepared = _prepared(source)
    return _costs_nothing(source) or not prepared or size in prepared


def suggest_size(size: int) -> None:
    """Use a size for the data that are shown next, where they can take it and the address has none."""
    st.session_state[_SUGGESTED] = size


def sizes_of(source: str) -> tuple[int, ...]:
    """Return the sizes to choose from, ascending: `SIZES` and those at which a set is prepared."""
    return tuple(sorted({*SIZES, *_prepared(source)}))


def fit_control() -> str:
    """Show how pictures are made square, and return what is chosen."""
    return _selectbox("fit", FITS, _meanings(_FITS))


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
    source: str, size: int, fit: str, splits: str, split_seed: int, leave_out: str = NOTHING
) -> dict[str, str]:
    """Return the address parameters of data, as the pages write them: the size, and what is no default.

    With a recipe beside them they are complete, so that a page adds no entry to the browser's history.
    """
    chosen = {
        "data": source,
        "fit": fit,
        "splits": splits,
        "split_seed": split_seed,
        "leave_out": leave_out,
    }
    written = {name: str(value) for name, value in chosen.items() if value != _DEFAULTS[name]}
    return {SIZE: str(size)} | written


def restore(names: Collection[str], *, own: bool = False) -> None:
    """Choose the data that the address requests, if it is new, else those of the previous page.

    Call it before the widgets are made.

    Args:
        names: The data sets to choose from.
        own: Whether the page shows the user's own pictures if it did so when it was left.
    """
    state = st.session_state
    if not arrived("data choice"):
        return
    own = own and shows_own()
    requested = {name: st.query_params[name] for name in _DEFAULTS if name in st.query_params}
    is_written = address.is_complete() and not (own and streamlit_internals.came_by_history())
    if requested or is_written:
        state.update({**_DEFAULTS, **_readable(requested, names)})
        return
    stored: dict[str, Any] = state.get(_CHOSEN, {})
    chosen = {name: value for name, value in stored.items() if name in _DEFAULTS}
    if own:
        chosen = {**chosen, "data": OWN}
    elif state.get("data") == OWN:
        chosen = {**_DEFAULTS, **chosen}
    state.update(chosen)


def write_address(name: str, size: int, splits: SplitChoice | None) -> None:
    """Write the choice into the address; call it when the widgets are made.

    Args:
        name: The data set.
        size: Its size.
        splits: How it is split; None if it is not prepared.
    """
    chosen: dict[str, object] = {"data": name}
    if name != OWN:
        chosen["fit"] = st.session_state["fit"]
    if splits is not None:
        chosen |= {
            "splits": splits.carried,
            "split_seed": splits.seed,
            "leave_out": splits.leave_out,
        }
    written = {
        key: str(chosen[key]) if chosen.get(key, default) != default else None
        for key, default in _DEFAULTS.items()
    }
    address.put({**written, SIZE: str(size), **dict.fromkeys(_FORMER_SIZES)})


def _readable(requested: Mapping[str, str], names: Collection[str]) -> dict[str, str | int]:
    """Return what an address requests and can have; which schemes there are, depends on the data."""
    found: dict[str, str | int] = {**requested}
    if found.get("data") not in names:
        found.pop("data", None)
    text = str(found.pop("split_seed", ""))
    if text.isascii() and text.isdecimal() and int(text[: _SEED_DIGITS + 1]) <= SEED.high:
        found["split_seed"] = int(text)
    if found.get("fit") not in FITS:
        found.pop("fit", None)
    if found.get("leave_out") not in LEAVE_OUT:
        found.pop("leave_out", None)
    return found


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
        chosen: The values of "data", "size", "fit", "splits", "split_seed" and "leave_out", as far as
            they are known. A size is that of the data given with it, else of those chosen before.
    """
    state = st.session_state
    before = {**_DEFAULTS, **state.get(_CHOSEN, {})}
    now = state[_CHOSEN] = {**before, **chosen}
    if SIZE in chosen:
        _keep_size(now["data"], now[SIZE])
    if now["data"] != before["data"]:
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


def _choose_size(source: str) -> None:
    """Take over the size that its widget shows; a callback."""
    _keep_size(source, st.session_state[SIZE])


def _keep_size(source: str, size: int) -> None:
    state = st.session_state
    state[_SIZES] = {**state.get(_SIZES, {}), source: size}
    state[_CHOSEN] = {**_DEFAULTS, **state.get(_CHOSEN, {}), SIZE: size}


def _requested_size() -> str | None:
    """Return the size that the address requests, if that is new."""
    if not arrived("size"):
        return None
    names = (name for name in (SIZE, *_FORMER_SIZES) if name in st.query_params)
    return next((st.query_params[name] for name in names), None)


def _prepared(source: str) -> tuple[int, ...]:
    """Return the sizes at which there is a set, complete or not, ascending; of the user's own, none."""
    if source == OWN:
        return ()
    return tuple(size for size in prepared_sizes(source) if SMALLEST <= size <= LARGEST)


def _costs_nothing(source: str) -> bool:
    """Return whether every size of a data set is there at once."""
    return source == OWN or data.source(source).prepares_itself


def _send(key: str, options: Collection[str]) -> None:
    """Make a widget show what the session has, or the first option if it has none of them.

    The value is assigned in every run: the browser would show a default where a run that made the widget
    was interrupted before the browser had it.
    """
    value = st.session_state.get(key)
    st.session_state[key] = value if value in options else next(iter(options))


def _scheme_control(schemes: Collection[str]) -> str:
    options = list(schemes)
    help = _meanings({name: _SCHEMES[name] for name in options})
    if len(options) == 1:
        st.selectbox(LABELS["splits"], options, help=help, disabled=True)
        st.caption("These data have no splits of their own, so this is the only choice.")
        address_notes.compare("splits", options[0], [AS_IT_IS, *options])
        return options[0]
    # The first of these, where there is a scheme of another data set.
    return _selectbox("splits", options, help)


def _leave_out_control() -> str:
    return _selectbox("leave_out", LEAVE_OUT, _meanings(_LEFT_OUT))


def _selectbox(name: str, options: Sequence[str], help: str) -> str:
    """Show a choice that is kept in the session, and return it.

    Args:
        name: Of its label and its key, and of the parameter of the address.
        options: What there is to choose from.
        help: Its help.
    """
    _send(name, options)
    chosen: str = st.selectbox(LABELS[name], options, help=help, key=name, persist_state="session")
    address_notes.compare(name, chosen, options)
    return chosen


def _split_seed_control() -> int:
    state = st.session_state
    state["split_seed"] = state.get("split_seed", 0)
    seed: int = st.number_input(
        LABELS["split_seed"],
        min_value=0,
        max_value=int(SEED.high),
        step=1,
        help="Another seed splits the pictures differently. Use the same one for all trainings that "
        "you compare.",
        key="split_seed",
        persist_state="session",
    )
    address_notes.compare("split_seed", seed, range(int(SEED.high) + 1))
    return seed


def _meanings(meanings: dict[str, str]) -> str:
    return "\n".join(f"- **{escaped(name)}**: {meaning}." for name, meaning in meanings.items())
