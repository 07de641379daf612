"""The splits of a data set, said out loud, and how many pictures of each class are in each."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.images.decode import shown
from pages.components.data.facts import cautions
from pages.components.session.words import escaped


def data_splits(prepared: Prepared) -> None:
    """Show how the pictures are dealt, what to beware of, and the counts per class and split."""
    if prepared.comparable:
        st.markdown(escaped(prepared.split_note))
    else:
        st.warning(
            f"**Does not compare with published numbers.** {escaped(prepared.split_note)}",
            icon=":material/balance:",
        )
    for sentence in cautions(prepared):
        st.warning(escaped(sentence), icon=":material/warning:")
    counts = overview.class_counts(prepared)
    whole = np.sum(list(counts.values()), axis=0)
    st.dataframe(
        {
            "Class": [shown(name) for name in prepared.class_names],
            **counts,
            **({"together": whole} if len(counts) > 1 else {}),
        },
        hide_index=True,
        key="counts of classes",
    )
