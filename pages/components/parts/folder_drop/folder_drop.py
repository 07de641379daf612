"""Dragging a folder onto an uploader with the paths of its files, which Streamlit's uploader drops."""

from __future__ import annotations

from pages.components.parts.component import component

_mount = component(__file__)


def folder_drop(uploader: str, *, most: int, key: str) -> None:
    """Let an uploader take a folder that is dragged onto it, each file under its path.

    Args:
        uploader: The key of the uploader, which is made with ``accept_multiple_files="directory"``.
        most: After how many files and one the folder is read no further.
        key: The key of this element.
    """
    _mount(data={"uploader": uploader, "most": most}, key=key, width=1, height=1)
