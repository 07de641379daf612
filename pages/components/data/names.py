"""The choice of the encoding of the names in a zip archive that does not record it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from augment import DataError
from augment.data import Source, adding, registry
from augment.data.images.decode import shown
from augment.data.sources import encodings, zip_file
from augment.data.sources.member_names import Preview
from pages.components.session.text import escaped

_NAMES_SHOWN = 4
_PROBLEM = "problem of names"


def names_choice(source: Source, size: int, fit: str, *, expanded: bool) -> None:
    """Show in which encodings the names in an archive can be read, with what they are then.

    Another choice is another data set, prepared at this size and shown. Nothing is shown where the
    archive records the encoding, or cannot be read.

    Args:
        source: The data set that is shown.
        size: Its size.
        fit: Its fit.
        expanded: Whether the choice is open, because the encoding was a guess.
    """
    kind, _, rest = source.name.partition(":")
    if kind != "zip":
        return
    path, chosen = zip_file.parted(rest)
    previews = {each.encoding: each for each in _previews(path)}
    if not previews:
        return
    with st.expander("Names in the archive", expanded, icon=":material/translate:", key="names"):
        st.markdown(
            "The archive does not record the encoding of its names. If the classes look wrong, choose "
            "the line that looks right."
        )
        encoding = st.selectbox(
            "Read the names as",
            list(previews),
            index=list(previews).index(chosen) if chosen in previews else 0,
            format_func=lambda each: _line(previews[each]),
            key=f"names of {source.name}",
        )
        st.button(
            "Read and prepare",
            icon=":material/play_arrow:",
            key="read names",
            disabled=encoding == chosen,
            on_click=_choose,
            args=(source.name, encoding, size, fit),
        )
        if problem := st.session_state.pop(_PROBLEM, ""):
            st.error(escaped(problem))


def _previews(path: str) -> list[Preview]:
    try:
        now = Path(path).stat()
        return _previews_of(path, now.st_mtime_ns, now.st_size)
    except (OSError, DataError):
        return []  # the error is shown when it is prepared


@st.cache_data(max_entries=16, show_spinner=False)
def _previews_of(path: str, changed: int, size: int) -> list[Preview]:
    return zip_file.previews(Path(path), _NAMES_SHOWN)


def _line(preview: Preview) -> str:
    return f"{encodings.shown(preview.encoding)}: {', '.join(map(shown, preview.names))}"


def _choose(name: str, encoding: str, size: int, fit: str) -> None:
    try:
        chosen = registry.with_names(name, encoding)
        adding.add(chosen, size, fit)
    except DataError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state["data"] = chosen
