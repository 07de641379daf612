"""The prepared sets on this disk: their sizes, verifying, preparing again and removing them."""

from __future__ import annotations

import shlex
from datetime import datetime

import streamlit as st

from augment import AugmentError, DataError, data
from augment.data import adding, registry
from augment.data.source import CROP
from augment.data.store.inventory import PreparedInfo
from augment.runs import removal
from augment.system.units import age, counted, megabytes
from pages.components.pictures import data_choice
from pages.components.session.local_browser import browser_is_local
from pages.components.session.text import escaped

_RESULT = "result of a change on the disk"
"""The session key of a message, and whether it is an error."""


def prepared_sets(listed: list[PreparedInfo]) -> None:
    """Show every prepared set, with what can be done about it."""
    total = sum(info.bytes for info in listed)
    st.markdown(
        f"{counted(len(listed), 'prepared set')}, {megabytes(total)}; "
        f"{megabytes(adding.free_bytes())} of disk space are free."
    )
    if result := st.session_state.pop(_RESULT, None):
        message, is_error = result
        (st.error if is_error else st.success)(escaped(message))
    titles = registry.titles({*registry.names(), *(info.source for info in listed)})
    for info in listed:
        _entry(info, titles[info.source])


def _entry(info: PreparedInfo, title: str) -> None:
    key = f"{info.source} {info.size} {info.fit}"
    icon = (
        ":material/error:" if info.problem else ":material/pause_circle:" if info.unfinished else ""
    )
    entry = st.expander(
        escaped(f"{title}, {info.size} px, {info.fit}: {megabytes(info.bytes)}"),
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
        st.caption(escaped(info.source))
        with st.container(horizontal=True):
            verified = not (info.unfinished or info.problem) and st.button(
                "Verify",
                icon=":material/fact_check:",
                key=f"verify {key}",
                help="Read all files and compare their checksums with those taken when the set was "
                "prepared.",
            )
            st.button(
                "Resume" if info.unfinished else "Prepare again",
                icon=":material/refresh:",
                key=f"again {key}",
                help="Continue from where it was stopped."
                if info.unfinished
                else "Use this if the originals have changed. The old set stays until the new one is "
                "complete.",
                on_click=_prepare_again,
                args=(info,),
            )
            with st.popover("Remove", icon=":material/delete:", key=f"ask {key}"):
                _remove_form(info, key)
        if verified:
            _verify(info)


def _facts(info: PreparedInfo) -> str:
    if info.unfinished:
        is_live = data.preparation(info.source, info.size, info.fit).state == "running"
        what = "The set is being prepared" if is_live else "Preparing the set was stopped"
        return f"{what}; the size is that of the part finished so far."
    text = counted(sum(info.splits.values()), "picture") if info.splits else ""
    if len(info.splits) > 1:
        text += f" ({', '.join(f'{name} {number:,}' for name, number in info.splits.items())})"
    for what, moment in (("prepared", info.prepared_at), ("last used", info.last_used)):
        text += f", {what} {age(datetime.fromisoformat(moment))}" if moment else ""
    return f"{text.removeprefix(', ')}." if text else ""


def _prepare_again(info: PreparedInfo) -> None:
    try:
        data.start_preparing(info.source, info.size, info.fit, again=not info.unfinished)
    except DataError as error:
        st.session_state[_RESULT] = (str(error), True)
    else:
        st.session_state.update({"data": info.source, "fit": info.fit})
        data_choice.remember(data=info.source, size=info.size)


def _verify(info: PreparedInfo) -> None:
    place, shown = st.empty(), -1

    def progress(done: int, total: int, what: str) -> None:
        # Each update lets an action of the user interrupt this run.
        nonlocal shown
        if (percent := 100 * done // max(total, 1)) != shown:
            shown = percent
            place.progress(percent, text=f"Comparing checksums: {percent} %")

    try:
        data.verify(info.source, info.size, info.fit, progress)
    except DataError as error:
        place.error(escaped(error))
    else:
        place.success("All checksums match.")


def _remove_form(info: PreparedInfo, key: str) -> None:
    """Ask whether to remove a prepared set, and an uploaded zip file with it."""
    saved = adding.saved_zip(info.source)
    if saved is None and not browser_is_local():
        fit = "" if info.fit == CROP else f" --fit {info.fit}"
        st.markdown(
            "Other users may be using this set, so it can only be removed on the server itself, with "
            "this command:"
        )
        st.code(
            f"python -m augment data remove {shlex.quote(info.source)} --size {info.size}{fit}",
            language="sh",
        )
        return
    st.markdown("Deletes the prepared set. The originals stay, so it can be prepared again.")
    with_zip = False
    if saved is not None:
        with_zip = st.checkbox(
            f"Also delete the uploaded zip file ({megabytes(saved.stat().st_size)})",
            help="It is only deleted if no other set is prepared from it.",
            key=f"zip of {key}",
        )
    st.button(
        "Remove this set",
        type="primary",
        key=f"remove {key}",
        on_click=_remove,
        args=(info, with_zip),
    )


def _remove(info: PreparedInfo, with_zip: bool) -> None:
    try:
        freed = removal.remove(info.source, info.size, info.fit)
        if adding.can_be_forgotten(info.source):
            if with_zip:
                adding.forget(info.source)
            elif adding.saved_zip(info.source):
                registry.remember(info.source)
    except AugmentError as error:
        st.session_state[_RESULT] = (str(error), True)
    else:
        st.session_state[_RESULT] = (
            f"Removed. This freed {megabytes(freed)} of disk space.",
            False,
        )
