"""The box that adds data to this server: pictures of one's own, a folder on its disk, or a tfds set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

import streamlit as st

from augment import DataError
from augment.data import adding
from augment.data.estimate import estimate
from augment.data.sources import layout, tfds, zip_file
from augment.data.store.inventory import PreparedInfo
from pages.components.parts.folder_drop.folder_drop import folder_drop
from pages.components.pictures.data_choice import DEFAULT_SIZE, SIZES, remember
from pages.components.pictures.own_pictures import MOST_MEGABYTES
from pages.components.session.local_browser import browser_is_local
from pages.components.session.text import escaped

ZIP, UPLOAD, FOLDER, TFDS = "Zip file", "Folder", "Folder on the server", "tfds data set"
SUGGESTED_SIZE = 128
"""The size where none was chosen: large enough to judge an augmentation by eye, and a quarter of the
training time and a third of the disk of 224 px, so that the same set serves Explore and a training."""
_LAYOUT = (
    "One folder for each class, with its pictures inside. If the data have splits, put these folders "
    "into folders called train, validation and test. Instead of folders of classes, a table such as "
    "labels.csv may give the name of each picture and its label."
)
_EVERYONE = "All users of this server can then see these pictures and train on them."
_BOX, _SIZE = "add data", "size to prepare"
_PROBLEM, _UPLOADS, _COUNTED = "problem of adding", "number of uploads", "pictures in the zip"


def add_data(size: int, fit: str, prepared: Sequence[PreparedInfo]) -> None:
    """Show the kinds of data; what is added is prepared at the size asked for, and shown at it.

    Args:
        size: The size of the data shown; `SUGGESTED_SIZE` is suggested instead of the usual default.
        fit: How what is added is made square.
        prepared: The sets on this disk, from whose pace the time is estimated.
    """
    with st.expander(
        "Add data", icon=":material/add_photo_alternate:", key=_BOX, on_change="rerun"
    ):
        kind = st.segmented_control(
            "Kind of data",
            (ZIP, UPLOAD, FOLDER, TFDS),
            default=ZIP,
            required=True,
            key="kind of data",
        )
        st.session_state.setdefault(_UPLOADS, 0)
        show = {ZIP: _zip, UPLOAD: _upload, FOLDER: _folder, TFDS: _tfds}[kind]
        show(_Form(size if size != DEFAULT_SIZE else SUGGESTED_SIZE, fit, prepared))
        if problem := st.session_state.pop(_PROBLEM, ""):
            st.error(escaped(problem))


class _Form:
    """What every kind of data is asked for at the end: the size, and the button."""

    def __init__(self, size: int, fit: str, prepared: Sequence[PreparedInfo]) -> None:
        self._suggested, self._fit, self._prepared = size, fit, prepared

    def size(self, pictures: int | None) -> int:
        """Show the choice of the size with what it takes for so many pictures, None if not known."""
        sizes = sorted({*SIZES, self._suggested})
        with st.container(horizontal=True, vertical_alignment="bottom"):
            size: int = st.selectbox(
                "Size in pixels, for Explore and Train alike",
                sizes,
                index=sizes.index(self._suggested),
                key=f"{_SIZE}, {self._suggested} suggested",
                width=300,
                help="The side of a picture. Each size is prepared once, so choose the one to train at. "
                "Twice the side takes four times the disk space, and about four times as long to train: "
                "64 px suit a training on a few cores, 224 px one on a GPU.",
            )
            st.caption(escaped(estimate(pictures, size, self._prepared).sentence))
        return size

    def button(self, label: str, source: Callable[[], str] | None, size: int) -> None:
        """Show the button; `source` returns the name of the data set when it is pressed."""
        st.button(
            label,
            type="primary",
            icon=":material/add:",
            key="add",
            disabled=source is None,
            on_click=_add,
            args=(source, size, self._fit),
        )


def _zip(form: _Form) -> None:
    st.markdown(_LAYOUT)
    file = st.file_uploader(
        "A zip file",
        type=["zip"],
        key=f"zip {st.session_state[_UPLOADS]}",
        max_upload_size=MOST_MEGABYTES,
    )
    st.caption(
        f"The file is saved on the server. {_EVERYONE} To look at pictures that no other user can see, "
        "choose *Own pictures* in Explore."
    )

    def save(content: BinaryIO) -> str:
        content.seek(0)
        return _saved(adding.zip_source(content.name, content))

    size = form.size(_pictures_in(file) if file else None)
    form.button("Save and prepare", (lambda: save(file)) if file else None, size)


def _pictures_in(file: st.runtime.uploaded_file_manager.UploadedFile) -> int | None:
    """Return how many pictures an uploaded archive lists; they are counted once."""
    found: tuple[str, int | None] | None = st.session_state.get(_COUNTED)
    if found is None or found[0] != file.file_id:
        file.seek(0)
        found = st.session_state[_COUNTED] = (file.file_id, zip_file.pictures_in(file))
    return found[1]


def _upload(form: _Form) -> None:
    st.markdown(_LAYOUT)
    key = f"folder-upload-{st.session_state[_UPLOADS]}"
    files = st.file_uploader(
        "Drag a folder here, or choose one",
        accept_multiple_files="directory",
        key=key,
        max_upload_size=MOST_MEGABYTES,
        help=f"Up to {adding.MOST_UPLOADED:,} files; a larger folder is added faster as a zip file.",
    )
    folder_drop(key, most=adding.MOST_UPLOADED, key="folder drop")
    st.caption(f"The files are saved on the server, as one archive. {_EVERYONE}")

    def save() -> str:
        return _saved(adding.uploaded_folder([(file.name, file) for file in files]))

    count = sum(layout.is_picture(file.name) for file in files)
    form.button("Save and prepare", save if files else None, form.size(count or None))


def _saved(name: str) -> str:
    # With another key the uploader drops the files, so that they do not stay in memory.
    st.session_state[_UPLOADS] += 1
    return name


def _folder(form: _Form) -> None:
    st.markdown(_LAYOUT)
    is_local, shared = browser_is_local(), adding.shared_folders()
    size = form.size(None)
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
    form.button(
        "Add and prepare",
        lambda: adding.folder_source(st.session_state["folder"], anywhere=is_local),
        size,
    )


def _tfds(form: _Form) -> None:
    st.text_input(
        "Name of a tfds data set of pictures with one label each",
        placeholder="mnist",
        help=f"The catalogue of tensorflow-datasets: {tfds.CATALOGUE}/overview",
        key="tfds set",
    )
    st.caption(
        "It is first downloaded to the server, which may take long and need much disk space; its page "
        f"in the catalogue says how much. {_EVERYONE}"
    )
    form.button(
        "Add and prepare",
        lambda: adding.tfds_source(st.session_state["tfds set"]),
        form.size(None),
    )


def _add(source: Callable[[], str], size: int, fit: str) -> None:
    """Add a data set, close the box and show the set; a callback."""
    state = st.session_state
    try:
        name = source()
        adding.add(name, size, fit)
    except DataError as error:
        state[_PROBLEM] = str(error)
    else:
        state.update({"data": name, _BOX: False})
        remember(data=name, size=size, fit=fit)
