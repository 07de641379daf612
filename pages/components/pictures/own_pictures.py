"""Pictures that a user uploads to look at: in the session only, never on disk or in a shared cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import streamlit as st

from augment import DataError, Recipe, registry
from augment.data import Source, uploads
from augment.data.source import Listing, Progress
from augment.data.uploads import Uploaded
from augment.system.units import counted
from pages.components.pictures.data_choice import OWN
from pages.components.session import streamlit_internals
from pages.components.session.text import escaped

MOST_MEGABYTES = 100
"""The largest file; the server refuses larger ones by `server.maxUploadSize`."""
LOADED = f"{OWN} pictures loaded"
"""The session key of what Explore makes of the pictures; removed as soon as they change."""

streamlit_internals.keep_uploads_in_memory((MOST_MEGABYTES + 1) * 2**20)


def _cannot_open(progress: Progress) -> Listing:
    raise DataError("Your own pictures cannot be prepared.")


SOURCE = Source(
    name=OWN,
    title="Your own pictures",
    note="Your own pictures stay in the server's memory, for this browser tab only, until it is closed "
    "or reloaded: they are not written to disk, no other user sees them, and they are not part of a link "
    "to this page.",
    licence="",
    citation="",
    version=1,
    prepares_itself=False,
    open=_cannot_open,
)


class _File(NamedTuple):
    id: str
    name: str
    data: bytes


@dataclass(frozen=True, eq=False, kw_only=True)
class _Upload:
    """What the session stores: the files of earlier visits to the page, all files, their pictures."""

    earlier: tuple[_File, ...]
    files: tuple[_File, ...]
    fit: str | None
    uploaded: Uploaded


def upload(size: int, *, fit: str | None = None, name: str = OWN) -> Uploaded:
    """Show the file uploader, and return its pictures at this size.

    A file is decoded once for each size, and dropped as soon as the user removes it.

    Args:
        size: The side of the pictures in pixels.
        fit: How they become square, "crop" or "stretch" as in a prepared set, None for Explore.
        name: The first word of the keys; each page that has an uploader has files of its own.
    """
    state, stored, uploader = st.session_state, _stored(name), f"{name} files"
    before: _Upload | None = state.get(stored)
    # The uploader is empty after a visit to another page; the files are still in the session.
    earlier = () if before is None else before.earlier if uploader in state else before.files
    if before is not None and earlier != before.earlier:
        # Stored at once, because this run may be interrupted after the uploader exists again.
        before = state[stored] = replace(before, earlier=earlier)
    added = st.file_uploader(
        "Your pictures",
        accept_multiple_files=True,
        key=uploader,
        max_upload_size=MOST_MEGABYTES,
        help=f"{uploads.FORMATS} files with any name. They are not written to disk.",
    )
    files = (*earlier, *(_File(file.file_id, file.name, file.getvalue()) for file in added))
    place = st.empty()
    if earlier:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{counted(len(earlier), 'file')} uploaded earlier.")
            st.button(
                "Remove", type="tertiary", key="forget", on_click=_remove_earlier, args=(name,)
            )
    if before is None or _changed(before, files, size, fit):

        def progress(done: int, total: int, message: str) -> None:
            place.progress(done / total, text=escaped(message))

        uploaded = uploads.take(
            [(file.name, file.data) for file in files],
            size,
            progress,
            before.uploaded if before and before.fit == fit else None,
            fit=fit,
        )
        place.empty()
        if name == OWN:
            state.pop(LOADED, None)
    else:
        uploaded = before.uploaded
    state[stored] = _Upload(earlier=earlier, files=files, fit=fit, uploaded=uploaded)
    if uploaded.problems:
        st.warning("\n".join(f"- {escaped(problem)}" for problem in uploaded.problems))
    return uploaded


def class_remarks(own: Uploaded, recipe: Recipe) -> list[str]:
    """Return a sentence for each step for chosen classes, which here are single pictures."""
    names = own.class_names
    remarks = []
    for step in recipe.walk():
        if not step.enabled or step.classes is None:
            continue
        title = registry()[step.op].title
        pictures = [names[n] for n in step.classes if n < len(own)]
        if pictures:
            remarks.append(
                f"{title} applies only to {', '.join(pictures)}: each of your pictures is a class, "
                "numbered in their order. In other data these numbers are other classes."
            )
        else:
            remarks.append(
                f"{title} applies only to classes that your pictures do not have: each picture is a "
                "class, numbered in their order."
            )
    return remarks


def _stored(name: str) -> str:
    return f"{name} upload"


def _changed(before: _Upload, files: tuple[_File, ...], size: int, fit: str | None) -> bool:
    old = [file.id for file in before.files]
    shown = (before.uploaded.pictures.shape[1], before.fit)
    return old != [file.id for file in files] or shown != (size, fit)


def _remove_earlier(name: str) -> None:
    removed: _Upload | None = st.session_state.pop(_stored(name), None)
    if removed is None:
        return  # a second click, sent before the first was answered
    # Streamlit drops a file together with its uploader, but that uploader no longer exists.
    streamlit_internals.remove_uploads(file.id for file in removed.earlier)
