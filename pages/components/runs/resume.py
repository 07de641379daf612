"""The button that resumes a run which ended without a result."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, runs
from augment.runs import Run
from pages.components.session import person
from pages.components.session.text import escaped


def resume_button(run: Run, place: str = "run") -> None:
    """Offer to resume a run, if it can be, to whoever may.

    Args:
        run: The run.
        place: Where the button is, as a page may have several for one run.
    """
    may_resume = runs.can_resume(run) and person.current().may_change(run)
    if may_resume and st.button(
        "Resume",
        icon=":material/resume:",
        help="Queue it again. It goes on after the last epoch that was saved.",
        key=f"resume {place} {run.id}",
    ):
        try:
            runs.resume(run.id)
        except AugmentError as error:
            st.warning(escaped(error))
        else:
            st.rerun()  # what is shown is that of a run that is over
