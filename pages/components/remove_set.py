"""Removing a prepared set."""

from __future__ import annotations

import shlex

import streamlit as st

from augment import AugmentError, housekeeping
from augment.data import known
from augment.data.spec import CROP
from augment.data.store import bringing
from augment.data.store.inventory import PreparedInfo
from pages.components.at_the_server import at_the_server

SAID = "said of the disk"
"""Where the session holds what came of it, and whether that is an error."""


def remove_set(info: PreparedInfo, key: str) -> None:
    """Ask whether to remove a prepared set, with the archive where one was brought, and do it.

    Args:
        info: The set.
        key: What tells it from the others.
    """
    saved = bringing.saved_zip(info.source)
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
        freed = housekeeping.remove(info.source, info.size, info.fit)
        if bringing.can_be_forgotten(info.source):
            if with_zip:
                bringing.forget(info.source)
            elif bringing.saved_zip(info.source):
                known.remember(info.source)
    except AugmentError as error:
        st.session_state[SAID] = ("error", str(error))
    else:
        st.session_state[SAID] = ("done", f"Removed; {megabytes(freed)} are free again.")


def megabytes(number: int) -> str:
    """Return a number of bytes as a person would say it."""
    return f"{number / 1e9:,.1f} GB" if number >= 10**10 else f"{number / 1e6:,.1f} MB"
