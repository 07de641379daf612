"""Removing a prepared set.

What is prepared on this disk: how much room it takes, whether it is whole, and removing it.
"""

from __future__ import annotations

import shlex
from datetime import datetime

import streamlit as st

from augment import AugmentError, DataError, data
from augment.data import adding, registry
from augment.data.source import CROP
from augment.data.store.inventory import PreparedInfo
from augment.runs import removal
from pages.components.data.choice import SIZE
from pages.components.session.at_the_server import at_the_server
from pages.components.session.words import ago, count, escaped

SAID = "said of the disk"
"""Where the session holds what came of it, and whether that is an error."""


def remove_set(info: PreparedInfo, key: str) -> None:
    """Ask whether to remove a prepared set, with the archive where one was brought, and do it.

    Args:
        info: The set.
        key: What tells it from the others.
    """
    saved = adding.saved_zip(info.source)
    if saved is None and not at_the_server():
        fit = "" if info.fit == CROP else f" --fit {info.fit}"
        st.markdown("What others may be using is removed at the server, by its command line:")
        st.code(
            f"python -m augment data remove {shlex.quote(info.source)} --size {info.size}{fit}",
            language="sh",
        )
        return
    st.markdown(
        "What was prepared is deleted. The originals are untouched, so it can be made again."
    )
    with_zip = False
    if saved is not None:
        with_zip = st.checkbox(
            f"Delete the uploaded zip file, too ({megabytes(saved.stat().st_size)})",
            help="Only where nothing else is prepared of it.",
            key=f"zip of {key}",
        )
    st.button(
        "Remove it",
        type="primary",
        key=f"remove {key}",
        on_click=_removed,
        args=(info, with_zip),
    )


def _removed(info: PreparedInfo, with_zip: bool) -> None:
    try:
        freed = removal.remove(info.source, info.size, info.fit)
        if adding.can_be_forgotten(info.source):
            if with_zip:
                adding.forget(info.source)
            elif adding.saved_zip(info.source):
                registry.remember(info.source)
    except AugmentError as error:
        st.session_state[SAID] = ("error", str(error))
    else:
        st.session_state[SAID] = ("done", f"Removed; {megabytes(freed)} are free again.")


def megabytes(number: int) -> str:
    """Return a number of bytes as a person would say it."""
    return f"{number / 1e9:,.1f} GB" if number >= 10**10 else f"{number / 1e6:,.1f} MB"


def data_disk(listed: list[PreparedInfo]) -> None:
    """Show every prepared set, with what can be done about it."""
    total = sum(info.bytes for info in listed)
    st.markdown(
        f"{count(len(listed), 'set')}, {megabytes(total)}; "
        f"{megabytes(adding.free_bytes())} are free on the disk."
    )
    if said := st.session_state.pop(SAID, None):
        kind, words = said
        (st.error if kind == "error" else st.success)(escaped(words))
    for info in listed:
        _entry(info)


def _entry(info: PreparedInfo) -> None:
    key = f"{info.source} {info.size} {info.fit}"
    icon = (
        ":material/error:" if info.problem else ":material/pause_circle:" if info.unfinished else ""
    )
    entry = st.expander(
        escaped(f"{info.source}, {info.size} px, {info.fit}: {megabytes(info.bytes)}"),
        icon=icon or ":material/check_circle:",
        key=f"set {key}",
        on_change="rerun",
    )
    if not entry.open:
        return
    with entry:
        if info.problem:
            st.error(escaped(info.problem))
        st.markdown(escaped(_facts(info)))
        with st.container(horizontal=True):
            verified = not (info.unfinished or info.problem) and st.button(
                "Verify",
                icon=":material/fact_check:",
                key=f"verify {key}",
                help="Reads every byte and compares it with the checksums taken when it was prepared.",
            )
            st.button(
                "Go on" if info.unfinished else "Prepare again",
                icon=":material/refresh:",
                key=f"again {key}",
                help="From where it stopped."
                if info.unfinished
                else "The originals have changed. The old set stays until the new one is whole.",
                on_click=_again,
                args=(info,),
            )
            with st.popover("Remove", icon=":material/delete:", key=f"ask {key}"):
                remove_set(info, key)
        if verified:
            _verify(info)


def _facts(info: PreparedInfo) -> str:
    if info.unfinished:
        live = data.preparation(info.source, info.size, info.fit).state == "running"
        what = "It is being prepared" if live else "Preparing it was stopped"
        return f"{what}; this is what there is so far."
    words = count(sum(info.splits.values()), "picture") if info.splits else ""
    if len(info.splits) > 1:
        words += f" ({', '.join(f'{name} {number:,}' for name, number in info.splits.items())})"
    for what, when in (("prepared", info.prepared_at), ("last used", info.last_used)):
        words += f", {what} {_ago(when)}" if when else ""
    return f"{words.removeprefix(', ')}." if words else ""


def _again(info: PreparedInfo) -> None:
    try:
        data.start_preparing(info.source, info.size, info.fit, again=not info.unfinished)
    except DataError as error:
        st.session_state[SAID] = ("error", str(error))
    else:
        st.session_state.update({"data": info.source, SIZE: info.size, "fit": info.fit})


def _verify(info: PreparedInfo) -> None:
    place, shown = st.empty(), -1

    def progress(done: int, total: int, what: str) -> None:
        # Telling the page lets whatever somebody does meanwhile end this run.
        nonlocal shown
        if (percent := 100 * done // max(total, 1)) != shown:
            shown = percent
            place.progress(percent, text=f"Reading every byte: {percent} %")

    try:
        data.verify(info.source, info.size, info.fit, progress)
    except DataError as error:
        place.error(escaped(error))
    else:
        place.success("Every byte is as it was written.")


def _ago(moment: str) -> str:
    return ago(datetime.fromisoformat(moment))
