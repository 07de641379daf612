"""Buttons by which runs go on: one resumes a run without a result, one starts the queue."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from augment import AugmentError, RunError, runs
from augment.runs import Run, queue
from pages.components.session import notice, person


def resume_button(run: Run, place: str = "run") -> None:
    """Offer to resume a run, if it can be, to whoever may.

    Args:
        run: The run.
        place: Where the button is, as a page may have several for one run.
    """
    where = f"resume {place} {run.id}"
    may_resume = runs.can_resume(run) and person.current().may_change(run)
    if may_resume and st.button(
        "Resume",
        icon=":material/resume:",
        help="Queue it again. It goes on after the last epoch that was saved.",
        key=where,
    ):
        notice.keep(where)
        try:
            runs.resume(run.id)
        except AugmentError as error:
            notice.keep(where, str(error))
        else:
            st.rerun()  # what is shown is that of a run that is over
    notice.show(where)


def start_queue_button(shown: Iterable[Run]) -> None:
    """Offer to start the queue, if a run that is shown waits in it and no scheduler is alive."""
    if queue.is_alive() or not any(run.state == runs.QUEUED for run in shown):
        return
    if st.button("Start the queue", icon=":material/play_arrow:", key="start the queue"):
        notice.keep("wake")
        try:
            runs.wake()
        except RunError as error:
            notice.keep("wake", str(error))
        else:
            st.rerun()  # what is shown is that of a queue without a scheduler
    notice.show("wake")
