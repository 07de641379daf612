"""How far the runs of a comparison are: polled while one of them is queued or running."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import RunError, runs
from augment.runs import Run, queue
from augment.system.units import counted
from augment.train.forecast import queue_ahead, rough
from pages.components.runs.resume import start_queue_button
from pages.components.session.text import escaped

POLL_SECONDS = 2.0


def follow(ids: Sequence[str]) -> None:
    """Show how many of these runs are finished, and how long the others take."""
    listed = runs.list_shared()
    members = _members(ids, listed)
    is_live = any(not run.is_over for run in members)
    st.fragment(_follow, run_every=POLL_SECONDS if is_live else None)(ids, _states(members))


def _follow(ids: Sequence[str], before: object) -> None:
    try:
        listed = runs.list_shared()
    except RunError as error:
        st.warning(escaped(error))
        return
    members = _members(ids, listed)
    if _states(members) != before:
        st.rerun()  # there are more results to show, or the runs are over
    if any(not run.is_over for run in members):
        with st.container(key="compare live"):
            st.progress(sum(run.progress for run in members) / len(members))
            st.markdown(escaped(sentence(members, listed)))
            start_queue_button(members)
    for run in members:
        if run.is_over and run.state != runs.SUCCEEDED:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escaped(f"{run.title}: {run.state.lower()}. It is left out."))
                st.page_link(
                    "runs.py",
                    label="Open it in Runs",
                    icon=":material/monitoring:",
                    query_params={"run": run.id},
                )


def sentence(members: Sequence[Run], listed: Sequence[Run]) -> str:
    """Return how far these runs are, as in "2 of 6 runs finished; about 4 minutes left".

    Args:
        members: The runs, one of which at least is not over.
        listed: All runs of this machine.
    """
    ids = {run.id for run in members}
    finished = sum(run.state == runs.SUCCEEDED for run in members)
    text = f"{finished} of {counted(len(members), 'run')} finished"
    waiting = [run for run in listed if run.state == runs.RUNNING]
    waiting += queue.queued(list(listed))
    last = max(at for at, run in enumerate(waiting) if run.id in ids)
    before = [run for run in waiting[: last + 1] if run.id not in ids]
    _, seconds = queue_ahead(waiting[: last + 1])
    if seconds is not None:
        text += f"; {rough(seconds)} left"
    if before:
        text += (
            f", with {counted(len(before), 'other run that comes', 'other runs that come')} first"
        )
    return f"{text}."


def _members(ids: Sequence[str], listed: Sequence[Run]) -> list[Run]:
    known = {run.id: run for run in listed}
    return [known[one] for one in ids if one in known]


def _states(members: Sequence[Run]) -> object:
    return [(run.id, run.state) for run in members]
