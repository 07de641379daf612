"""What differs between two groups, in words, and what makes them less comparable."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment.compare.comparison import Comparison
from pages.components.session.text import escaped, text_list


def differs(found: Comparison) -> None:
    """Show the settings that differ, and a warning for each thing that one should know."""
    st.subheader("Only what differs", anchor=False)
    if found.settings:
        text_list(found.settings)
    else:
        st.markdown("Nothing but the seeds differs, so any difference is chance.")
    show_warnings(found.warnings)


def show_warnings(warnings: Sequence[str]) -> None:
    """Show warnings, each once."""
    if found := list(dict.fromkeys(warnings)):
        st.warning("\n".join(f"- {escaped(warning)}" for warning in found))
