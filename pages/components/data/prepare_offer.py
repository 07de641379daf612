"""Taking back a data set that was added, and of which nothing is prepared.

What a page shows where there are no pictures yet, and while they are being prepared.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from augment import DataError, data
from augment.data import Preparation, Source, adding, registry, uploads
from augment.data.source import CROP
from augment.data.store.place import Place
from augment.system.pace import has_figures
from pages.components.pictures import own_pictures
from pages.components.session.words import count, duration, escaped, sentences

_NOT_FORGOTTEN = "forgetting refused"


def forget_source(source: Source) -> None:
    """Offer to list a source no more; the archive of one that was uploaded goes with it."""
    saved = adding.saved_zip(source.name)
    st.button(
        "Delete the uploaded zip file" if saved else "Remove from the list",
        icon=":material/delete:",
        key="forget source",
        help="Nothing is prepared of it." if saved else "Its originals stay as they are.",
        on_click=_forget,
        args=(source.name,),
    )
    if refused := st.session_state.pop(_NOT_FORGOTTEN, ""):
        st.error(escaped(refused))


def _forget(name: str) -> None:
    try:
        adding.forget(name)
    except DataError as error:
        st.session_state[_NOT_FORGOTTEN] = str(error)
    else:
        st.session_state["data"] = registry.BUILT_IN[0]


SECONDS_BETWEEN_LOOKS = 1.0

_REFUSED = "preparing refused"
_BUTTONS = {"none": "Prepare", "stopped": "Go on", "failed": "Try again"}


def prepare_offer(source: Source, size: int, fit: str = CROP) -> None:
    """Say that there are no pictures yet, offer to change that, and show how far it has come."""
    if source.name == own_pictures.NAME:
        _bring_offer()
        return
    st.subheader(escaped(f"{source.title} at {size} px is not prepared yet"), anchor=False)
    st.markdown(escaped(source.note))
    preparing(source, size, fit)
    st.caption("The same on the command line:")
    st.code(Place.of(source.name, size, fit).command, language="sh")


def preparing(source: Source, size: int, fit: str = CROP) -> None:
    """Show how preparing goes, and what can be done about it; the page goes on when it is over."""
    now = data.preparation(source.name, size, fit)
    live = now.state == "running"
    st.fragment(_follow, run_every=SECONDS_BETWEEN_LOOKS if live else None)(
        source, size, fit, now.state
    )


def progress_words(now: Preparation) -> str:
    """Return how far it has come, how fast it goes, and how long it will take."""
    what = now.message[:1].upper() + now.message[1:]
    # Some words, as of a download, say all but the time; of what is only listed nobody knows it.
    if now.done < now.total and not has_figures(now.message):
        what += f": {now.done:,} of {now.total:,}"
        what += f", {now.per_second:,.0f} a second" if now.per_second >= 1 else ""
    left = now.seconds_left if now.total and now.done < now.total else None
    return f"{what}, about {duration(left)} left" if left else what


def _follow(source: Source, size: int, fit: str, was: str) -> None:
    now = data.preparation(source.name, size, fit)
    if now.state != was:
        st.rerun()
    asked = {"args": (source.name, size, fit)}
    if now.state == "running":
        share = min(now.done / now.total, 1.0) if now.total else 0.0
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(share, text=escaped(progress_words(now)))
            st.button(
                "Cancel",
                icon=":material/stop_circle:",
                key="stop preparing",
                help="It stops in a moment. What is done is kept, and it can go on from there.",
                on_click=_tried(data.stop_preparing),
                **asked,
            )
        st.caption("It goes on in a process of its own, also when you leave this page.")
    elif now.state == "failed":
        st.error(escaped(now.message))
        # The sentence names the first ones itself.
        if any(problem not in now.message for problem in now.problems):
            with st.expander(f"The {count(len(now.problems), 'picture')} that cannot be read"):
                sentences(now.problems)
    elif now.state == "stopped":
        st.info(escaped(now.message), icon=":material/pause_circle:")
    if now.state in _BUTTONS:
        fetched = source.to_fetch()
        if fetched:
            st.markdown(escaped(f"This downloads first: {fetched}."))
        st.button(
            _BUTTONS[now.state],
            type="primary",
            icon=":material/download:" if fetched else ":material/play_arrow:",
            key="prepare",
            on_click=_tried(data.start_preparing),
            **asked,
        )
    if refused := st.session_state.pop(_REFUSED, ""):
        st.error(escaped(refused))


def _tried(action: Callable[[str, int, str], None]) -> Callable[[str, int, str], None]:
    def attempt(name: str, size: int, fit: str) -> None:
        try:
            action(name, size, fit)
        except DataError as error:
            st.session_state[_REFUSED] = str(error)

    return attempt


def _bring_offer() -> None:
    """Say what may be brought, and what becomes of it."""
    with st.container(border=True, key="bring"):
        st.subheader(":material/add_photo_alternate: Bring your own pictures", anchor=False)
        st.markdown(
            f"Add them under *Choose pictures*: up to {uploads.MOST_FILES} files, {uploads.FORMATS}, "
            f"{own_pictures.MOST_MEGABYTES} MB each and {uploads.MOST_BYTES // 10**6} MB together."
        )
        st.markdown(escaped(own_pictures.SOURCE.note))
        st.caption(
            "The middle square of each is shown. Each picture is a class of its own, called as its "
            "file is, so that a mixed label says which pictures are in it."
        )
