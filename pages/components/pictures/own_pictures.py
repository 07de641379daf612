"""Pictures that somebody brings along: in this tab's session only, never on disk, in no shared cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import streamlit as st

from augment import DataError
from augment.data import Source, uploads
from augment.data.source import Listing, Progress
from augment.data.uploads import Uploaded
from pages.components.session import streamlit_internals
from pages.components.session.words import count, escaped

NAME = "own"
MOST_MEGABYTES = 100
"""Of one file; the server refuses larger ones by `server.maxUploadSize`."""

SHOWN = "own shown"
"""Where the session holds what is made of the pictures; gone as soon as they change."""

_FILES, _HELD = "own files", "own held"

streamlit_internals.keep_uploads_in_memory((MOST_MEGABYTES + 1) * 2**20)


def _not_read(progress: Progress) -> Listing:
    raise DataError("Your own pictures can only be looked at.")


SOURCE = Source(
    name=NAME,
    title="Your own pictures",
    note="Your own pictures stay in the server's memory, for this browser tab only: they are not "
    "written to disk, nobody else sees them, and a link to this page does not bring them along.",
    licence="",
    citation="",
    version=1,
    prepares_itself=False,
    open=_not_read,
)


class _File(NamedTuple):
    id: str
    name: str
    data: bytes


@dataclass(frozen=True, eq=False, kw_only=True)
class _Held:
    """What the session holds: the files of earlier visits to the page, all files, their pictures."""

    kept: tuple[_File, ...]
    files: tuple[_File, ...]
    taken: Uploaded


def bring(size: int) -> Uploaded:
    """Show where files are brought, and return their pictures at this size.

    A file is decoded once for each size, and forgotten as soon as somebody removes it.
    """
    state = st.session_state
    before: _Held | None = state.get(_HELD)
    # A widget that was away, as on another page, comes back empty; the pictures are still here.
    kept = () if before is None else before.kept if _FILES in state else before.files
    if before is not None and kept != before.kept:
        # Written down at once: what follows may be interrupted, and the widget is there from now on.
        before = state[_HELD] = replace(before, kept=kept)
    brought = st.file_uploader(
        "Your pictures",
        accept_multiple_files=True,
        key=_FILES,
        max_upload_size=MOST_MEGABYTES,
        help=f"{uploads.FORMATS} files, whatever they are called. They are not written to disk.",
    )
    new = tuple(_File(file.file_id, file.name, file.getvalue()) for file in brought)
    files = (*kept, *new)
    place = st.empty()
    if kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{count(len(kept), 'file')} from before.")
            st.button("Remove", type="tertiary", key="forget", on_click=_forget)
    if before is None or _changed(before, files, size):
        taken = uploads.take(
            [(file.name, file.data) for file in files],
            size,
            lambda done, total, words: place.progress(done / total, text=escaped(words)),
            before.taken if before else None,
        )
        place.empty()
        state.pop(SHOWN, None)
    else:
        taken = before.taken
    state[_HELD] = _Held(kept=kept, files=files, taken=taken)
    if taken.problems:
        st.warning("\n".join(f"- {escaped(problem)}" for problem in taken.problems))
    return taken


def _changed(before: _Held, files: tuple[_File, ...], size: int) -> bool:
    old = [file.id for file in before.files]
    return old != [file.id for file in files] or before.taken.pictures.shape[1] != size


def _forget() -> None:
    held: _Held | None = st.session_state.pop(_HELD, None)
    if held is None:
        return  # a second click, on its way before the first was answered
    # The server's own copy of a file goes with its widget, and that widget is gone.
    streamlit_internals.remove_uploads(file.id for file in held.kept)
