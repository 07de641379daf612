"""The models that were not evaluated on the test pictures yet, and the button that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment import AugmentError, helper
from augment.compare.groups import Group
from augment.data.source import TEST
from augment.helper import Job
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files
from augment.system.units import counted
from pages.components.runs.testing import TASK
from pages.components.session import person
from pages.components.session.text import escaped
from pages.components.session.waiting import POLL_SECONDS

_JOBS, _PROBLEM = "jobs of missing tests", "problem with missing tests"


def missing_tests(groups: Sequence[Group]) -> None:
    """Offer to evaluate the models of groups that were not evaluated on the test pictures.

    Args:
        groups: The groups that are compared; nothing is shown where all are evaluated.
    """
    missing = [run for group in groups for run in group.runs if not _is_tested(run)]
    if not missing:
        return
    jobs: dict[str, Job[Any]] = st.session_state.get(_JOBS, {})
    ours = {run.id: jobs[run.id] for run in missing if run.id in jobs}
    if any(not job.done() for job in ours.values()):
        st.fragment(_progress, run_every=POLL_SECONDS)(tuple(ours.values()))
        return
    for problem in dict.fromkeys(str(job.exception()) for job in ours.values() if job.exception()):
        st.error(escaped(problem))
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.error(escaped(problem))
    if why := _obstacle(groups, missing):
        st.caption(escaped(why))
        return
    st.button(
        f"Evaluate {counted(len(missing), 'model')} on the test pictures",
        icon=":material/quiz:",
        help="Do this once, at the end, for the recipes that you want to report: whoever goes on "
        "choosing by the test pictures makes their figures optimistic.",
        key="evaluate missing tests",
        on_click=_submit,
        args=([run.id for run in missing],),
    )


def _is_tested(run: Run) -> bool:
    return files.exists(RunFolder(run.path).predictions_of(TEST))


def _obstacle(groups: Sequence[Group], missing: Sequence[Run]) -> str:
    """Return in a sentence why not all can be evaluated on test; empty if they can."""
    try:
        has_test = all(TEST in group.config.prepared().splits for group in groups)
    except AugmentError as error:
        return f"The test pictures cannot be evaluated. {error}"
    if not has_test:
        return "These data have no test pictures."
    me = person.current()
    if not all(me.may_change(run) for run in missing):
        return (
            "Not all models were evaluated on the test pictures. Some of their runs were started by "
            "somebody else, who can do it."
        )
    if not all(files.exists(RunFolder(run.path).best) for run in missing):
        return "Not all models can be evaluated on the test pictures: some were not saved."
    return ""


def _submit(run_ids: Sequence[str]) -> None:
    jobs: dict[str, Job[Any]] = st.session_state.setdefault(_JOBS, {})
    for run_id in run_ids:
        if run_id in jobs and not jobs[run_id].done():
            continue  # a second click, sent before the first was answered
        try:
            jobs[run_id] = helper.HELPER.submit(TASK, run_id)
        except AugmentError as error:
            st.session_state[_PROBLEM] = str(error)
            return


def _progress(jobs: Sequence[Job[Any]]) -> None:
    """Show the progress, and run the page again once all have ended."""
    done = sum(job.done() for job in jobs)
    if done == len(jobs):
        st.rerun()
    st.progress(done / len(jobs))
    seconds = max(job.seconds for job in jobs)
    st.markdown(
        f":material/hourglass_top: Evaluating on the test pictures: {done} of {len(jobs)} models, "
        f"{seconds:.0f} s so far."
    )
    st.caption("You can leave this page meanwhile; the results are kept with the runs.")
