"""Under which draws: the seed and the epoch, which the address keeps."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.components import workbench

MOST_SEED = 2**31 - 1
MOST_EPOCH = 9_999


def seed_control() -> int:
    """Show the seed that everything is drawn from, and return it."""
    locked = st.session_state.get("locked", False)
    st.session_state.setdefault("seed", 7)
    seed: int = st.number_input(
        "Seed",
        min_value=0,
        max_value=MOST_SEED,
        step=1,
        key="seed",
        bind="query-params",
        width=150,
        disabled=locked,
        help="The same seed draws the same, here and in training.",
    )
    st.button(
        "Re-roll",
        icon=":material/casino:",
        key="reroll",
        on_click=_reroll,
        disabled=locked,
        help="Draw everything anew, from another seed.",
    )
    return seed


def epoch_control() -> None:
    """Show the epoch that everything is drawn for, and the lock of the seed."""
    st.number_input(
        "Epoch",
        min_value=0,
        max_value=MOST_EPOCH,
        value=0,
        key="epoch",
        bind="query-params",
        width=130,
        on_change=_repaint,
        help="Training draws anew in every epoch, counted from 0. This is what it sees in this one.",
    )
    st.toggle("Lock the seed", key="locked", persist_state="session", on_change=_repaint)


def _repaint() -> None:
    st.rerun(workbench.STAGE)


def _reroll() -> None:
    st.session_state.seed = secrets.randbelow(10_000)
