"""Under which draws: the seed and the epoch, which the address keeps."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from augment.engine.limits import EPOCH, SEED
from pages.components.session import ignored, workbench
from pages.components.session.rerun import rerun

DEFAULT_SEED = 7
MOST_SEED, MOST_EPOCH = int(SEED.high), int(EPOCH.high)


def seed_control() -> int:
    """Show the seed that everything is drawn from, with a way to another one, and return it."""
    locked = st.session_state.get("locked", False)
    seed = seed_input(
        help="The same seed draws the same, here and in training.", width=150, disabled=locked
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


def seed_input(**options: Any) -> int:
    """Show the seed, which all pages share, and return it.

    Args:
        options: More for `st.number_input`.
    """
    # Streamlit wants a value from one side only: from here, or from the state that Re-roll has set.
    default = {} if st.session_state.pop("rolled", False) else {"value": DEFAULT_SEED}
    seed: int = st.number_input(
        "Seed",
        min_value=0,
        max_value=MOST_SEED,
        step=1,
        key="seed",
        bind="query-params",
        **default,
        **options,
    )
    ignored.took("seed", seed, range(MOST_SEED + 1))
    return seed


def epoch_control() -> None:
    """Show the epoch that everything is drawn for, and the lock of the seed."""
    epoch = st.number_input(
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
    ignored.took("epoch", epoch, range(MOST_EPOCH + 1))
    st.toggle(
        "Lock the seed",
        key="locked",
        persist_state="session",
        on_change=_repaint,
        help="Nothing on this page changes the seed while this is on.",
    )


def _repaint() -> None:
    rerun(workbench.STAGE)


def _reroll() -> None:
    st.session_state.seed = 1 + secrets.randbelow(9_999)
    st.session_state.rolled = True
