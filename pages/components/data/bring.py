"""Bringing data to this server: a zip file, a folder on its disk, or a tfds set by its name."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from augment import DataError
from augment.data import adding
from augment.data.sources import tfds
from pages.components.pictures.own_pictures import MOST_MEGABYTES
from pages.components.session.at_the_server import at_the_server
from pages.components.session.words import escaped

ZIP, FOLDER, TFDS = "Zip file", "Folder", "tfds set"
SHAPE = (
    "A folder for each class with its pictures inside; around them, if you have splits, folders called "
    "train, validation and test."
)
EVERYONE = (
    "Everyone who uses this server can look at these pictures and train on them from then on."
)
_REFUSED, _UPLOADS = "bringing refused", "zips brought"


def data_bring(size: int, fit: str) -> None:
    """Show the three ways; what is brought is prepared at this size, and looked at."""
    with st.expander("Bring data", icon=":material/add_photo_alternate:", key="bring data"):
        kind = st.segmented_control(
            "What to bring", (ZIP, FOLDER, TFDS), default=ZIP, required=True, key="kind of data"
        )
        {ZIP: _zip, FOLDER: _folder, TFDS: _tfds}[kind](size, fit)
        if refused := st.session_state.pop(_REFUSED, ""):
            st.error(escaped(refused))


def _zip(size: int, fit: str) -> None:
    st.markdown(SHAPE)
    number = st.session_state.setdefault(_UPLOADS, 0)
    brought = st.file_uploader(
        "A zip file", type=["zip"], key=f"zip {number}", max_upload_size=MOST_MEGABYTES
    )
    st.caption(
        f"It is saved on the server. {EVERYONE} To look at pictures of your own that nobody "
        "else may see, choose *own* in Explore."
    )

    def named() -> str:
        brought.seek(0)
        name = adding.zip_source(brought.name, brought)
        # With another key the widget forgets the file, so that it is in memory no longer than needed.
        st.session_state[_UPLOADS] += 1
        return name

    _button("Save and prepare", named, size, fit, disabled=brought is None)


def _folder(size: int, fit: str) -> None:
    st.markdown(SHAPE)
    near, shared = at_the_server(), adding.shared_folders()
    if not near:
        below = ", ".join(map(str, shared))
        st.info(
            (
                f"From here you can choose folders below {escaped(below)}. Any other"
                if shared
                else "From here you cannot choose a folder of the server's disk. One"
            )
            + " can be added on the machine of the server, with this command, or by naming it or a "
            f"folder around it in the environment variable {adding.FOLDERS} of the server:",
            icon=":material/lock:",
        )
        st.code(f"python -m augment data prepare folder:PATH --size {size}", language="sh")
        if not shared:
            return
    st.text_input("The path of the folder", placeholder="/data/flowers", key="folder")
    st.caption(
        f"The pictures stay where they are; what is made of them is stored beside. {EVERYONE}"
    )
    _button(
        "Add and prepare",
        lambda: adding.folder_source(st.session_state["folder"], anywhere=near),
        size,
        fit,
    )


def _tfds(size: int, fit: str) -> None:
    st.text_input(
        "The name of a tfds set of pictures with one label each",
        placeholder="mnist",
        help=f"tensorflow-datasets lists them: {tfds.CATALOGUE}/overview",
        key="tfds set",
    )
    st.caption(
        "It is downloaded to the server first, which may take long and much room. " + EVERYONE
    )
    _button(
        "Add and prepare",
        lambda: adding.tfds_source(st.session_state["tfds set"]),
        size,
        fit,
    )


def _button(
    label: str, named: Callable[[], str], size: int, fit: str, *, disabled: bool = False
) -> None:
    st.button(
        label,
        type="primary",
        icon=":material/add:",
        key="bring",
        disabled=disabled,
        on_click=_bring,
        args=(named, size, fit),
    )


def _bring(named: Callable[[], str], size: int, fit: str) -> None:
    try:
        name = named()
        adding.add(name, size, fit)
    except DataError as error:
        st.session_state[_REFUSED] = str(error)
    else:
        st.session_state["data"] = name
