"""The bundled photographs with author and licence of each."""

from __future__ import annotations

import streamlit as st

from augment import data
from pages.components.session.words import escaped

SIDE = 160


def credits() -> None:
    """Show each photograph, small, with whom to thank for it.

    Raises:
        DataError: The photographs cannot be read.
    """
    pictures = data.open_prepared("bundled", SIDE).split("photographs").images
    with st.grid("auto", min_column_width=SIDE) as grid:
        for photograph, picture in zip(data.bundled.photographs(), pictures, strict=True):
            with grid.cell():
                st.image(picture, alt=photograph.flower, width="stretch")
                st.markdown(
                    f"**{escaped(photograph.flower)}**  \n{escaped(photograph.author)}  \n"
                    f"[{escaped(photograph.licence)}]({photograph.licence_url})"
                )
