"""The evaluation of a saved model on the test pictures, which is done on request."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import streamlit as st

from augment import AugmentError
from augment.data.source import TEST
from augment.runs import Run
from augment.runs.folders import RunFolder, parse_time
from augment.system import files
from augment.system.units import age, counted
from pages.components.runs.predicted import prepared_of
from pages.components.session import person, waiting
from pages.components.session.text import escaped

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
    key = f"{run.id} test request"
    if job := waiting.pending(key):
        waiting.wait_for(job, KEPT)
        return
    if problem := waiting.problem(key):
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
        on_click=waiting.submit,
        args=(key, TASK, run.id),
    )


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
