"""Taking back a data set that was added, and of which nothing is prepared."""

from __future__ import annotations

import streamlit as st

from augment import DataError
from augment.data import Source, known
from augment.data.store import bringing
from pages.components.words import escaped

_REFUSED = "forgetting refused"


def forget_source(source: Source) -> None:
    """Offer to list a source no more; the archive of one that was uploaded goes with it."""
    saved = bringing.saved_zip(source.name)
    st.button(
        "Delete the uploaded zip file" if saved else "Remove from the list",
        icon=":material/delete:",
        key="forget source",
        help="Nothing is prepared of it." if saved else "Its originals stay as they are.",
        on_click=_forget,
        args=(source.name,),
    )
    if refused := st.session_state.pop(_REFUSED, ""):
        st.error(escaped(refused))


def _forget(name: str) -> None:
    try:
        bringing.forget(name)
    except DataError as error:
        st.session_state[_REFUSED] = str(error)
    else:
        st.session_state["data"] = known.BUILT_IN[0]
