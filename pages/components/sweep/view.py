"""A sweep: its cells as they fill, what can be said of them, and the one that is chosen."""

from __future__ import annotations

from functools import partial

import streamlit as st

from augment import RunError, runs
from augment.runs import sweep
from augment.runs.naming import setting_name
from augment.runs.sweep import Sweep
from augment.system.units import counted, duration
from pages.components.runs.resume import start_queue_button
from pages.components.runs.settings import in_spans
from pages.components.session.text import escaped, text_list
from pages.components.sweep import chart
from pages.components.sweep.cell import cell_view
from pages.components.sweep.change import change_bar, extend

POLL_SECONDS = 2.0


def sweep_view(sweep_id: str) -> None:
    """Show a sweep; while it has runs to come, it is shown anew every two seconds."""
    found = sweep.read(sweep_id, runs.list_shared())
    seconds = POLL_SECONDS if found.is_live else None
    st.fragment(_live, run_every=seconds)(sweep_id, found.is_live)
    st.fragment(_extend)(sweep_id)


def _live(sweep_id: str, was_live: bool) -> None:
    try:
        found = sweep.read(sweep_id, runs.list_shared())
    except RunError as error:
        st.error(escaped(error))
        return
    varied = " by ".join(each.title for each in found.over)
    seeds = "seed" if len(found.seeds) == 1 else "seeds"
    seeds = f"{seeds} {in_spans(found.seeds)}"
    st.caption(escaped(f"{varied}; {setting_name(found.config)}, {seeds}"))
    _progress(found)
    change_bar(found)
    key, cell_key = f"chart {found.id}", f"cell {found.id}"
    cells = {cell.words: cell for cell in found.cells}
    if (chosen := st.session_state.get(cell_key)) not in cells:
        chosen = None
    chart.chart(found, chosen, key, partial(_clicked, key, cell_key))
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in found.verdict()))
    if found.problems:
        text_list(found.problems)
    _table(found)
    chosen = st.selectbox(
        "Cell",
        list(cells),
        index=None,
        key=cell_key,
        placeholder="Choose one here, or in the chart",
        help="Its runs, and what to do with it.",
    )
    if chosen is not None:
        cell_view(found, cells[chosen])
    # Last, or a click on a button above would be lost.
    if found.is_live != was_live:
        st.rerun()


def _extend(sweep_id: str) -> None:
    listed = runs.list_shared()
    try:
        extend(sweep.read(sweep_id, listed), listed)
    except RunError as error:
        st.error(escaped(error))


def _clicked(key: str, cell_key: str) -> None:
    """Take over the cell that was clicked; a callback."""
    if (words := chart.clicked(key)) is not None:
        st.session_state[cell_key] = words


def _progress(found: Sweep) -> None:
    done = sum(run.progress if not run.is_over else 1.0 for run in found.runs)
    text = f"{found.done} of {counted(len(found.runs), 'run')} finished"
    running = [run for run in found.runs if run.state == runs.RUNNING]
    if running:
        left = running[0].seconds_left()
        about = f"; about {duration(left)} left" if left else ""
        text += f"; {running[0].title}: {running[0].phase}{about}"
    elif found.is_live:
        text += f"; {next(run.phase for run in found.runs if not run.is_over)}"
    st.markdown(escaped(f"{text}."))
    if not found.is_live:
        return
    st.progress(done / len(found.runs))
    start_queue_button(found.runs)


def _table(found: Sweep) -> None:
    with st.expander("The same as a table", icon=":material/table:"):
        cells = [*([found.nothing] if found.nothing.runs else []), *found.cells]
        rows = {
            "Cell": [escaped(cell.words) for cell in cells],
            "Validation accuracy": [escaped(cell.figures) if cell.count else "" for cell in cells],
            "Other runs": [escaped(cell.state) for cell in cells],
        }
        st.table(rows)
