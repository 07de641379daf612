"""What is wrong with the pictures of a set, the worst first, each with what can be done about it."""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared, overview
from augment.data.splits import CONFLICTS, NOTHING
from augment.data.splits import DUPLICATES as COPIES
from augment.system.units import counted
from pages.components.data.duplicates import show_pairs
from pages.components.data.facts import BAD_FILES, DUPLICATES
from pages.components.session.text import escaped

_FEW = 2
"""So many pairs are shown at once; more are a click away."""


def faults(prepared: Prepared) -> None:
    """Show label conflicts, then duplicates across splits, then files that cannot be read."""
    conflicts, repeated = overview.conflicts(prepared), overview.duplicates(prepared)
    across = sum(map(len, repeated.across.values()))
    bad = prepared.stored.problem_count
    if conflicts:
        pairs = repeated.labels
        with st.container(border=True, key="label conflicts"):
            st.warning(
                f"**{counted(conflicts, 'picture')} under two labels.** One of the labels is wrong. A "
                "model learns both, and where such a picture is evaluated no answer can be right.",
                icon=":material/warning:",
            )
            few = len(pairs) <= _FEW
            box = st.expander(
                "The pair" if len(pairs) == 1 else f"The {len(pairs):,} pairs",
                few,
                key=f"pairs in conflict, {few}",
                on_change="rerun",
            )
            if box.open:
                with box:
                    show_pairs(prepared, "under two labels", pairs, key="conflicts")
            _leave_out_button("Leave them out", CONFLICTS)
    if across:
        equal = sum(int(pairs.exact.sum()) for pairs in repeated.across.values())
        near = (
            f" {across - equal:,} of them only look alike: check these." if across > equal else ""
        )
        st.warning(
            f"**{counted(across, 'duplicate')} across splits** (*{DUPLICATES}*). A model can memorise "
            f"what it is evaluated on, so its results look better than they are.{near}",
            icon=":material/content_copy:",
        )
        if equal:
            _leave_out_button("Keep one of equal pictures", COPIES)
    if bad:
        st.warning(
            f"**{counted(bad, 'unreadable picture')}** (*{BAD_FILES}*), in no split. Mend or delete the "
            "files, then prepare the set again.",
            icon=":material/broken_image:",
        )
    left_out = sum(map(len, prepared.left_out.values()))
    with st.container(horizontal=True, vertical_alignment="center"):
        if left_out:
            st.markdown(escaped(f"{counted(left_out, 'picture')} left out of all splits."))
        if prepared.leave_out != NOTHING:
            _leave_out_button("Use all pictures again", NOTHING)
        if conflicts or left_out or bad or repeated.within or across:
            st.download_button(
                "Download pictures to check (CSV)",
                lambda: overview.faults_csv(prepared),
                "pictures to check.csv",
                "text/csv",
                key="list of faults",
                on_click="ignore",
                icon=":material/download:",
                help="A CSV file with each of these pictures: its file, label and split, what is wrong, "
                "and the other file that it is a duplicate of.",
            )


def _leave_out_button(label: str, leave_out: str) -> None:
    st.button(
        label,
        icon=":material/filter_alt_off:" if leave_out == NOTHING else ":material/filter_alt:",
        key=f"leave out {leave_out}",
        on_click=st.session_state.update,
        args=({"leave_out": leave_out},),
        help="For Explore, Data and Train alike; nothing is deleted, and nothing is prepared again.",
    )
