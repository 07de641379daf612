"""The evaluation of a saved model on the test pictures, which is done on request."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import streamlit as st

from augment import AugmentError, helper
from augment.data.source import TEST
from augment.helper import Job
from augment.runs import Run
from augment.runs.folders import RunFolder, parse_time
from augment.system import files
from augment.system.units import age, counted
from pages.components.runs.predicted import prepared_of
from pages.components.session import person
from pages.components.session.text import escaped
from pages.components.session.waiting import wait_for

TASK = "test_run"
KEPT = "You can leave this page meanwhile; the result is kept with the run."


def testing(run: Run, found: dict[str, Any]) -> None:
    """Show when a run was evaluated on the test pictures, with a button that does it.

    Args:
        run: The run.
        found: The entries of ``test.json``, if there is one.
    """
    times = [time for entry in found.get("evaluated_at", []) if (time := parse_time(entry))]
    if times:
        last = times[-1].astimezone(UTC)
        often = "once," if len(times) == 1 else f"{len(times)} times, last"
        st.markdown(
            f"This model was evaluated on the test pictures {often} {age(last)} "
            f"({last:%Y-%m-%d %H:%M} UTC). The figures are above, under *test*."
        )
    if obstacle := _obstacle(run):
        st.info(escaped(obstacle))
        return
    request = _request(run.id)
    if isinstance(request, Job) and not request.done():
        wait_for(request, KEPT)
        return
    if problem := _problem(request):
        st.error(escaped(problem))
    count = len(prepared_of(run).split(TEST))
    st.markdown(
        f"The {counted(count, 'test picture')} were used neither to train this model nor to choose its "
        "best epoch, so their figure is an honest one, as long as you do not choose by it: evaluate the "
        "runs that you want to report, once each."
    )
    st.button(
        "Evaluate again" if times else "Evaluate on the test pictures",
        type="secondary" if times else "primary",
        icon=":material/quiz:",
        key=f"{run.id} evaluate on test",
        on_click=submit,
        args=(run.id,),
    )


def submit(run_id: str) -> None:
    """Order the evaluation of a run from the helper process, unless that is under way."""
    request = _request(run_id)
    if isinstance(request, Job) and not request.done():
        return  # a second click, sent before the first was answered
    try:
        st.session_state[_key(run_id)] = helper.HELPER.submit(TASK, run_id)
    except AugmentError as error:
        st.session_state[_key(run_id)] = str(error)


def _key(run_id: str) -> str:
    return f"{run_id} test request"


def _request(run_id: str) -> Job[Any] | str:
    """Return the last request of this user for a run, or why it could not be made; empty if none."""
    request: Job[Any] | str = st.session_state.get(_key(run_id), "")
    return request


def _obstacle(run: Run) -> str:
    """Return in a sentence why a run cannot be evaluated on test; empty if it can.

    The evaluation is kept with the run, with the times of all earlier ones, so not everybody may.
    """
    if why_not := person.current().why_not(run):
        return f"{why_not} An evaluation on the test pictures would."
    if not run.is_over:
        return "The test pictures can be evaluated when the run is over."
    if not files.exists(RunFolder(run.path).best):
        return "There is no saved model to evaluate."
    try:
        prepared = prepared_of(run)
    except AugmentError as error:
        return f"The test pictures cannot be evaluated. {error}"
    if TEST not in prepared.splits:
        return "These data have no test pictures."
    return ""


def _problem(request: Job[Any] | str) -> str:
    if isinstance(request, str):
        return request
    error = request.exception()
    return str(error) if error else ""
