"""One cell of a sweep: its figures, its runs, and where to go from it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment.runs import SUCCEEDED, Run
from augment.runs.config import MOST_EPOCHS
from augment.runs.sweep import Cell, Sweep
from augment.system.units import counted
from pages.components.runs.links import compare_link, explore_link, train_link, with_epochs
from pages.components.runs.list import ICONS
from pages.components.session.text import escaped, heading

_LONGER = 3
"""How many times the epochs a cell is offered to be trained with."""


def cell_view(found: Sweep, cell: Cell) -> None:
    """Show a cell.

    Args:
        found: The sweep.
        cell: One of its cells.
    """
    heading(f"{cell.words[:1].upper()}{cell.words[1:]}")
    waiting = f"; {cell.state}" if cell.state and cell.count else ""
    st.markdown(escaped(f"Validation accuracy {cell.figures}{waiting}."))
    if not cell.runs:
        return
    with st.container(horizontal=True):
        for run in cell.runs:
            _run_link(run)
    config = cell.runs[0].config
    assert config is not None  # a run without one is in no cell
    with st.container(horizontal=True):
        explore_link(config, label="Open in Explore")
        epochs = min(_LONGER * config.epochs, MOST_EPOCHS)
        train_link(
            with_epochs(config, epochs),
            label=f"Train it with {counted(epochs, 'epoch')}",
            help="Opens Train with the settings of this cell, to be changed before the start.",
        )
    _compare(found, cell)


def _run_link(run: Run) -> None:
    seed = run.config.seed if run.config else 0
    done = f" {run.progress:.0%}" if not run.is_over and run.progress else ""
    st.page_link(
        "runs.py",
        label=escaped(f"Seed {seed}: {run.state.lower()}{done}"),
        icon=ICONS[run.state],
        query_params={"run": run.id},
    )


def _compare(found: Sweep, cell: Cell) -> None:
    """Offer to compare the cell with another, or with nothing, on the page Compare."""
    ours = _finished(cell)
    others = [
        ("nothing", found.nothing),
        *((other.words, other) for other in found.cells if other is not cell),
    ]
    able = {words: _finished(other) for words, other in others if _finished(other)}
    if not ours or not able:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.selectbox(
            "Compare it with",
            list(able),
            format_func=escaped,
            key=f"compare {found.id} {cell.words} {len(able)}",
            width=360,
        )
        compare_link(
            [able[words], ours],
            label="Compare",
            help="Whether the difference is more than chance, for each class, and on which pictures.",
        )


def _finished(cell: Cell) -> Sequence[str]:
    return [run.id for run in cell.runs if run.state == SUCCEEDED and not run.stopped_early]
