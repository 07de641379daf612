"""What a page shows where data are not prepared: how to prepare them, and the progress."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from augment import DataError, data
from augment.data import Preparation, Source, adding, registry, uploads
from augment.data.source import CROP
from augment.data.store.place import Place
from augment.system.pace import has_figures
from augment.system.units import counted, duration
from pages.components.pictures import own_pictures
from pages.components.pictures.data_choice import OWN, title_of
from pages.components.session.text import escaped, heading, text_list

_POLL_SECONDS = 1.0
_START_PROBLEM, _FORGET_PROBLEM = "problem of preparing", "problem of forgetting"
_BUTTONS = {"none": "Prepare", "stopped": "Resume", "failed": "Try again"}


def prepare_offer(source: Source, size: int, fit: str = CROP) -> None:
    """Show that there are no pictures yet, and how to get them."""
    if source.name == OWN:
        _upload_offer()
        return
    is_live = data.preparation(source.name, size, fit).state == "running"
    state = "is being prepared" if is_live else "is not prepared yet"
    heading(f"{title_of(source.name)} at {size} px {state}")
    st.markdown(escaped(source.note))
    preparation(source, size, fit)
    st.caption("The same on the command line:")
    st.code(Place.of(source.name, size, fit).command, language="sh")


def preparation(source: Source, size: int, fit: str = CROP) -> None:
    """Show the state of preparing, with its buttons; the page runs again when that changes."""
    now = data.preparation(source.name, size, fit)
    is_live = now.state == "running"
    st.fragment(_follow, run_every=_POLL_SECONDS if is_live else None)(source, size, fit, now.state)


def progress_text(now: Preparation) -> str:
    """Return how far preparing is, its pace, and the time left."""
    text = now.message[:1].upper() + now.message[1:]
    # Some messages, as of a download, contain the numbers; what is only being listed has no total.
    if now.done < now.total and not has_figures(now.message):
        text += f": {now.done:,} of {now.total:,}"
        text += f", {now.per_second:,.0f} per second" if now.per_second >= 1 else ""
    left = now.seconds_left if now.total and now.done < now.total else None
    return f"{text}, about {duration(left)} left" if left else text


def forget_button(source: Source) -> None:
    """Show a button that removes a data set from the list, and deletes its zip file if uploaded."""
    saved = adding.saved_zip(source.name)
    st.button(
        "Delete the uploaded zip file" if saved else "Remove from the list",
        icon=":material/delete:",
        key="forget source",
        help="No set is prepared from it." if saved else "The original pictures stay.",
        on_click=_forget,
        args=(source.name,),
    )
    if problem := st.session_state.pop(_FORGET_PROBLEM, ""):
        st.error(escaped(problem))


def _follow(source: Source, size: int, fit: str, was: str) -> None:
    now = data.preparation(source.name, size, fit)
    if now.state != was:
        st.rerun()
    args = (source.name, size, fit)
    if now.state == "running":
        share = min(now.done / now.total, 1.0) if now.total else 0.0
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(share, text=escaped(progress_text(now)))
            st.button(
                "Cancel",
                icon=":material/stop_circle:",
                key="stop preparing",
                help="Stop shortly. Finished pictures are kept, and preparing can be resumed.",
                on_click=_reporting(data.stop_preparing),
                args=args,
            )
        st.caption("Another process does this. It continues when you leave this page.")
    elif now.state == "failed":
        st.error(escaped(now.message))
        # The message itself contains the first problems.
        if any(problem not in now.message for problem in now.problems):
            with st.expander(f"{counted(len(now.problems), 'unreadable picture')}"):
                text_list(now.problems)
    elif now.state == "stopped":
        st.info(escaped(now.message), icon=":material/pause_circle:")
    if now.state in _BUTTONS:
        download = source.to_fetch()
        if download:
            st.markdown(escaped(f"This first downloads {download}."))
        st.button(
            _BUTTONS[now.state],
            type="primary",
            icon=":material/download:" if download else ":material/play_arrow:",
            key="prepare",
            on_click=_reporting(data.start_preparing),
            args=args,
        )
    if problem := st.session_state.pop(_START_PROBLEM, ""):
        st.error(escaped(problem))


def _reporting(action: Callable[[str, int, str], None]) -> Callable[[str, int, str], None]:
    """Return the action as a callback that stores its error for the page."""

    def attempt(name: str, size: int, fit: str) -> None:
        try:
            action(name, size, fit)
        except DataError as error:
            st.session_state[_START_PROBLEM] = str(error)

    return attempt


def _forget(name: str) -> None:
    try:
        adding.forget(name)
    except DataError as error:
        st.session_state[_FORGET_PROBLEM] = str(error)
    else:
        st.session_state["data"] = registry.BUILT_IN[0]


def _upload_offer() -> None:
    """Show how to upload one's own pictures, and what happens to them."""
    with st.container(border=True, key="upload offer"):
        st.subheader(":material/add_photo_alternate: Upload your own pictures", anchor=False)
        st.markdown(
            f"Upload them under *Choose pictures*: up to {uploads.MOST_FILES} files, {uploads.FORMATS}, "
            f"of {own_pictures.MOST_MEGABYTES} MB each and {uploads.MOST_BYTES // 10**6} MB in all."
        )
        st.markdown(escaped(own_pictures.SOURCE.note))
        st.caption(
            "The largest square in the middle of each picture is shown. Each picture is a class of its "
            "own, named after its file, so that a mixed label names the pictures in it."
        )
