"""The list of runs: a row for each, or for each seed group, with its state and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from augment import RunError, runs
from augment.engine.limits import cut
from augment.runs import Run
from augment.runs.groups import by_seed_group
from augment.runs.naming import group_name
from augment.system.units import age, counted, duration
from pages.components.runs.filtering import STATES, filter_controls
from pages.components.runs.resume import resume_button
from pages.components.runs.seeds import reached
from pages.components.runs.selection import choice, selection_bar
from pages.components.session.text import escaped

ICONS = {
    runs.QUEUED: ":material/hourglass_empty:",
    runs.RUNNING: ":material/autorenew:",
    runs.SUCCEEDED: ":material/check_circle:",
    runs.FAILED: ":material/error:",
    runs.CANCELLED: ":material/cancel:",
    runs.LOST: ":material/help:",
}
COLOURS: dict[str, Literal["gray", "blue", "green", "red", "orange"]] = {
    runs.QUEUED: "gray",
    runs.RUNNING: "blue",
    runs.SUCCEEDED: "green",
    runs.FAILED: "red",
    runs.CANCELLED: "orange",
    runs.LOST: "red",
}
_ROWS = 25
"""Rows on a page of the list."""
_LETTERS = 160
"""How much of a reason or a problem a row has."""
_PAGE, _OPEN = "runs page", "open seed groups"


def run_list(listed: Sequence[Run]) -> None:
    """Show the filters, the runs that pass them, and what can be done with those that are chosen.

    Args:
        listed: All runs.
    """
    wanted = filter_controls(listed)
    found = wanted.matching(listed)
    selection_bar(listed)
    if not found:
        st.info("No run is like that.", icon=":material/search_off:")
        return
    if wanted.by_seed_group:
        groups = by_seed_group(found)
        # In the order of the list: each where its first run is.
        order = dict.fromkeys(run.seed_group or run.id for run in found)
        rows = [groups.get(key) or [run for run in found if run.id == key] for key in order]
    else:
        rows = [[run] for run in found]
    pages = -(-len(rows) // _ROWS)
    if (page := st.session_state.get(_PAGE, 1)) > pages:
        del st.session_state[
            _PAGE
        ]  # a value beside the default would be a warning in the server's log
        page = 1
    for row in rows[(page - 1) * _ROWS : page * _ROWS]:
        if wanted.by_seed_group and row[0].config:
            _group(row)
        else:
            _run(row[0])
    if pages > 1:
        st.pagination(pages, key=_PAGE)
    if len(found) < len(listed):
        st.caption(f"{len(found):,} of {counted(len(listed), 'run')}.")


def _run(run: Run) -> None:
    with st.container(key=f"row {run.id}"):
        choice([run.id], label=f"Choose {run.id}", key=run.id)
        with st.container(gap=None):
            st.button(
                escaped(run.title),
                icon=ICONS[run.state],
                type="tertiary",
                key=f"show {run.id}",
                on_click=_show,
                args=(run.id,),
            )
            st.caption(_about(run))
            if run.state == runs.RUNNING:
                st.progress(run.progress)
            resume_button(run, "listed")
        st.markdown(escaped(_figures(run)))


def _about(run: Run) -> str:
    """Return what a row says below the name, as Markdown."""
    tags = "".join(f" :gray-badge[{escaped(tag)}]" for tag in run.tags)
    return f"{escaped(cut(_state(run), _LETTERS))}{tags}"


def _state(run: Run) -> str:
    if run.state == runs.RUNNING:
        left = _seconds_left(run)
        text = f"{run.phase}; about {duration(left)} left" if left else run.phase
    elif run.state == runs.QUEUED:
        text = run.phase
    else:
        text = run.phase if run.state == runs.SUCCEEDED else run.state.lower()
        if moment := run.ended or run.created:
            text += f", {age(moment)}"
    why = " ".join(filter(None, (run.reason, run.problem)))
    return f"{text}. {why}" if why else text


def _seconds_left(run: Run) -> float | None:
    try:
        return run.seconds_left()
    except RunError:  # its table cannot be read, which the list says
        return None


def _figures(run: Run) -> str:
    figures = (("validation", run.accuracy), ("test", run.test_accuracy))
    return "\n".join(f"{share:.1%} {split}" for split, share in figures if share is not None)


def _group(group: list[Run]) -> None:
    key, first = group[0].seed_group, group[0]
    assert first.config  # only runs with one are put together
    name = group_name(first.config)
    is_open = key in _open()
    with st.container(key=f"row group {key}"):
        choice([run.id for run in group], label=f"Choose the seed group {key}", key=key)
        with st.container(gap=None):
            st.button(
                escaped(name),
                icon=":material/expand_more:" if is_open else ":material/chevron_right:",
                type="tertiary",
                key=f"open {key}",
                on_click=_open_or_close,
                args=(key,),
            )
            counts = Counter(run.state for run in group)
            states = [f"{counts[state]} {state.lower()}" for state in STATES if counts[state]]
            st.caption(escaped(f"{counted(len(group), 'run')}: {', '.join(states)}"))
        figures = zip(("validation", "test"), reached(group), strict=True)
        texts = [f"{found.in_words()} {split}" for split, found in figures if found]
        st.markdown(escaped("\n".join(texts)))
    if is_open:
        with st.container(key=f"members {key}"):
            for run in group:
                _run(run)


def _open() -> set[str]:
    found: set[str] = st.session_state.setdefault(_OPEN, set())
    return found


def _open_or_close(key: str) -> None:
    _open().symmetric_difference_update({key})


def _show(run_id: str) -> None:
    st.query_params["run"] = run_id
