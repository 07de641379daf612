"""The seed and the epoch of all random draws, bound to the address."""

from __future__ import annotations

import secrets

import streamlit as st

from augment.engine.limits import EPOCH, SEED
from augment.runs.config import RunConfig
from pages.components.session import address_notes
from pages.components.session.fragments import STAGE, rerun

_MOST_SEED, _MOST_EPOCH = int(SEED.high), int(EPOCH.high)
_MOST_ROLLED = 9_999
"""Re-roll draws short seeds, which are easier to read and to type."""


def seed_control() -> int:
    """Show the seed with a button for another one, and return it."""
    locked = st.session_state.get("locked", False)
    seed = seed_input(
        help="The same seed gives the same draws, here and in training.", width=150, disabled=locked
    )
    st.button(
        "Re-roll",
        icon=":material/casino:",
        key="reroll",
        on_click=_reroll,
        disabled=locked,
        help="Draw everything again with another seed.",
    )
    return seed


def seed_input(*, help: str, width: int | None = None, disabled: bool = False) -> int:
    """Show the seed, which Explore and Train share, and return it.

    Args:
        help: The help of the widget.
        width: Its width in pixels; None for all there is.
        disabled: Whether it cannot be changed.
    """
    # Streamlit accepts a value from one side only: this default, or the state that Re-roll has set.
    is_rolled = st.session_state.pop("rolled", False)
    seed: int = st.number_input(
        "Seed",
        min_value=0,
        max_value=_MOST_SEED,
        value="min" if is_rolled else RunConfig.seed,
        step=1,
        key="seed",
        bind="query-params",
        help=help,
        width="stretch" if width is None else width,
        disabled=disabled,
    )
    address_notes.compare("seed", seed, range(_MOST_SEED + 1))
    return seed


def epoch_control() -> None:
    """Show the epoch of the draws, and the lock of the seed."""
    epoch = st.number_input(
        "Epoch",
        min_value=0,
        max_value=_MOST_EPOCH,
        value=0,
        key="epoch",
        bind="query-params",
        width=130,
        on_change=rerun,
        args=(STAGE,),
        help="A training draws anew in every epoch, counted from 0. The pictures are those of this "
        "epoch.",
    )
    address_notes.compare("epoch", epoch, range(_MOST_EPOCH + 1))
    st.toggle(
        "Lock the seed",
        key="locked",
        persist_state="session",
        on_change=rerun,
        args=(STAGE,),
        help="While this is on, the seed cannot be changed on this page.",
    )


def _reroll() -> None:
    st.session_state.seed = 1 + secrets.randbelow(_MOST_ROLLED)
    st.session_state.rolled = True
