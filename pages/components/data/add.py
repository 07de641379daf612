"""The box that adds data to this server: a zip file, a folder on its disk, or a tfds data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import streamlit as st

from augment import DataError
from augment.data import adding
from augment.data.sources import tfds
from pages.components.pictures.own_pictures import MOST_MEGABYTES
from pages.components.session.local_browser import browser_is_local
from pages.components.session.text import escaped

ZIP, FOLDER, TFDS = "Zip file", "Folder", "tfds data set"
_LAYOUT = (
    "One folder for each class, with its pictures inside. If the data have splits, put these folders "
    "into folders called train, validation and test. Instead of folders of classes, a table such as "
    "labels.csv may give the name of each picture and its label."
)
_EVERYONE = "All users of this server can then see these pictures and train on them."
_PROBLEM, _UPLOADS = "problem of adding", "number of uploaded zips"


def add_data(size: int, fit: str) -> None:
    """Show the three kinds of data; what is added is prepared at this size and shown."""
    with st.expander("Add data", icon=":material/add_photo_alternate:", key="add data"):
        kind = st.segmented_control(
            "Kind of data", (ZIP, FOLDER, TFDS), default=ZIP, required=True, key="kind of data"
        )
        {ZIP: _zip, FOLDER: _folder, TFDS: _tfds}[kind](size, fit)
        if problem := st.session_state.pop(_PROBLEM, ""):
            st.error(escaped(problem))


def _zip(size: int, fit: str) -> None:
    st.markdown(_LAYOUT)
    number = st.session_state.setdefault(_UPLOADS, 0)
    file = st.file_uploader(
        "A zip file", type=["zip"], key=f"zip {number}", max_upload_size=MOST_MEGABYTES
    )
    st.caption(
        f"The file is saved on the server. {_EVERYONE} To look at pictures that no other user can see, "
        "choose *own* in Explore."
    )

    def save(content: BinaryIO) -> str:
        content.seek(0)
        name = adding.zip_source(content.name, content)
        # With another key the uploader drops the file, so that it does not stay in memory.
        st.session_state[_UPLOADS] += 1
        return name

    _add_button("Save and prepare", (lambda: save(file)) if file else None, size, fit)


def _folder(size: int, fit: str) -> None:
    st.markdown(_LAYOUT)
    is_local, shared = browser_is_local(), adding.shared_folders()
    if not is_local:
        below = ", ".join(map(str, shared))
        st.info(
            (
                f"From another machine you can only add folders below {escaped(below)}. Other folders"
                if shared
                else "From another machine you cannot add a folder of the server. Folders"
            )
            + " can be added on the server itself with the command below, or by naming them, or a "
            f"folder that contains them, in its environment variable {adding.FOLDERS}:",
            icon=":material/lock:",
        )
        st.code(f"python -m augment data prepare folder:PATH --size {size}", language="sh")
        if not shared:
            return
    st.text_input("Path of the folder", placeholder="/data/flowers", key="folder")
    st.caption(
        f"The original pictures stay in place; prepared copies are stored separately. {_EVERYONE}"
    )
    _add_button(
        "Add and prepare",
        lambda: adding.folder_source(st.session_state["folder"], anywhere=is_local),
        size,
        fit,
    )


def _tfds(size: int, fit: str) -> None:
    st.text_input(
        "Name of a tfds data set of pictures with one label each",
        placeholder="mnist",
        help=f"The catalogue of tensorflow-datasets: {tfds.CATALOGUE}/overview",
        key="tfds set",
    )
    st.caption(
        "It is first downloaded to the server, which may take long and need much disk space. "
        + _EVERYONE
    )
    _add_button(
        "Add and prepare", lambda: adding.tfds_source(st.session_state["tfds set"]), size, fit
    )


def _add_button(label: str, source: Callable[[], str] | None, size: int, fit: str) -> None:
    """Show the button; `source` returns the name of the data set when it is pressed."""
    st.button(
        label,
        type="primary",
        icon=":material/add:",
        key="add",
        disabled=source is None,
        on_click=_add,
        args=(source, size, fit),
    )


def _add(source: Callable[[], str], size: int, fit: str) -> None:
    try:
        name = source()
        adding.add(name, size, fit)
    except DataError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state["data"] = name
