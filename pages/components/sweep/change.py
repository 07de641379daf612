"""What can be done with a sweep: stop it, resume it, add values or seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import AugmentError, runs
from augment.runs import Run, sweep
from augment.runs.sweep import Sweep
from augment.system.units import counted
from augment.train import forecast
from pages.components.session import notice, person
from pages.components.session.text import escaped

_SHOWN = 3
"""How many runs that could not be resumed are told of."""


def change_bar(found: Sweep) -> None:
    """Show the buttons that stop and resume a sweep, for who may change all its runs."""
    me = person.current()
    if why_not := next(filter(None, map(me.why_not, found.runs)), ""):
        st.caption(f":material/lock: {escaped(why_not)}")
        return
    where = f"resume {found.id}"
    with st.container(horizontal=True):
        if found.is_live:
            _stop(found)
        if ended := found.resumable:
            pressed = st.button(
                f"Resume {counted(len(ended), 'run')}",
                icon=":material/resume:",
                key=where,
                help="Queue again what was cancelled, failed or lost. Each goes on after the last epoch "
                "that was saved.",
            )
            if pressed:
                _, problems = sweep.resume(found)
                notice.keep(where, _together(problems))
                if not problems:
                    st.rerun()
    notice.show(where)


def extend(found: Sweep, listed: Sequence[Run]) -> None:
    """Show the form that adds values and seeds to a sweep.

    Args:
        found: The sweep.
        listed: The runs of this machine.
    """
    me = person.current()
    if not all(me.may_change(run) for run in found.runs):
        return
    box = st.expander("Add values or seeds", icon=":material/add:", key=f"extend {found.id}")
    with box:
        texts = {}
        with st.grid(2, min_column_width=260):
            for each in found.over:
                has = ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in each.values)
                texts[each.key] = st.text_input(
                    f"More values of {each.title}",
                    key=f"more {found.id} {each.key}",
                    placeholder=f"It has {has}",
                    help="Separated by commas.",
                )
            seeds = st.number_input(
                "Seeds of each cell",
                min_value=len(found.seeds),
                max_value=sweep.MOST_RUNS,
                key=f"seeds {found.id} {len(found.seeds)}",
            )
            with_nothing = bool(found.nothing.runs) or st.checkbox(
                "Train without augmentation too", key=f"nothing {found.id}"
            )
        try:
            over = [
                sweep.parse(found.config.recipe, f"{key}={text}")
                for key, text in texts.items()
                if text.strip()
            ]
            ordered = sweep.extension(found, over, seeds, owner=me.owner, with_nothing=with_nothing)
            fresh = sweep.missing(ordered, listed)
            if not fresh:
                st.caption("Nothing is missing with these values and seeds.")
                return
            expected = forecast.forecast(found.config, found.config.prepared())
            total = expected.about(forecast.several_s(expected, len(fresh)))
            st.markdown(escaped(f"{counted(len(fresh), 'more run', 'more runs')}, {total}."))
            if st.button("Add them", icon=":material/add:", key=f"add {found.id}"):
                runs.submit_all(fresh, limit=me.most_queued)
                st.rerun()
        except AugmentError as error:
            st.error(escaped(error))


def _stop(found: Sweep) -> None:
    running = sum(run.state == runs.RUNNING for run in found.runs)
    queued = sum(run.state == runs.QUEUED for run in found.runs)
    where = f"stop {found.id}"
    with st.popover("Stop", icon=":material/stop_circle:", key=where):
        st.markdown("What is finished stays, and what is cancelled can be resumed.")
        try:
            if queued and st.button(
                f"Cancel what waits ({queued})",
                key=f"cancel queued {found.id}",
                help="The running training goes on to its end.",
            ):
                sweep.stop(found, running=False)
                st.rerun()
            if running and st.button(
                f"Cancel all ({queued + running})", type="primary", key=f"cancel {found.id}"
            ):
                sweep.stop(found)
                st.rerun()
        except AugmentError as error:
            notice.keep(where, str(error))
        notice.show(where)


def _together(problems: Sequence[str]) -> str:
    """Return why runs could not be resumed, as one text; of many only the first few."""
    shown = list(problems[:_SHOWN])
    if more := len(problems) - len(shown):
        shown.append(f"The same holds for {counted(more, 'more run', 'more runs')}.")
    return " ".join(shown)
