"""What of a data set is not among its pictures, and why."""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared
from pages.components.sentences import sentences
from pages.components.words import count


def data_left_out(prepared: Prepared) -> None:
    """List the pictures that could not be read, and the files that belong to no class."""
    stored = prepared.stored
    bad = int(stored.index["problem_count"])
    if not bad and not stored.ignored:
        st.success("Nothing was left out: every file is a picture that can be read.")
        return
    st.subheader(f"{count(bad, 'bad picture')}", anchor=False)
    if bad:
        st.markdown("They cannot be read, so they are in no split.")
        sentences(stored.problems, bad)
    st.subheader("Files that belong to no class", anchor=False)
    if stored.ignored:
        sentences(stored.ignored)
    else:
        st.markdown("None.")
