"""What a page shows where there are no pictures yet."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from augment.data import Source, uploads
from pages.components import own_pictures
from pages.components.words import escaped

SECONDS_BETWEEN_LOOKS = 1.0


def prepare_offer(source: Source, size: int) -> None:
    """Say that there are no pictures yet, offer to change that, and show how far it has come."""
    if source.name == own_pictures.NAME:
        _bring_offer()
        return
    running = data.preparation(source.name, size).state == "running"
    st.subheader(f"{source.title} at {size} px is not prepared yet")
    st.markdown(escaped(source.note))
    st.fragment(_progress, run_every=SECONDS_BETWEEN_LOOKS if running else None)(source, size)


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


def _progress(source: Source, size: int) -> None:
    now = data.preparation(source.name, size)
    if now.state == "running":
        share = min(now.done / now.total, 1.0) if now.total else 0.0
        st.progress(share, text=escaped(now.message))
        st.caption("It goes on in a process of its own, also when you leave this page.")
        return
    if now.state == "done":
        st.rerun()
    if now.state == "failed":
        st.error(escaped(now.message))
    label = "Try again" if now.state == "failed" else "Prepare"
    if st.button(label, type="primary", icon=":material/download:", key="prepare"):
        try:
            data.start_preparing(source.name, size)
        except DataError as error:
            st.error(escaped(error))
        else:
            st.rerun()
    st.caption("Or on the command line:")
    st.code(f"python -m augment data prepare {source.name} --size {size}", language="sh")
