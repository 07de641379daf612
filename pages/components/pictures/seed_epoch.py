"""The seed and the epoch of all random draws, bound to the address."""

from __future__ import annotations

import secrets

import streamlit as st

from augment.engine.limits import EPOCH, SEED
from augment.runs.config import RunConfig
from pages.components.session import address_notes
from pages.components.session.address import arrived, is_complete, put
from pages.components.session.fragments import STAGE, rerun

_MOST_SEED, _MOST_EPOCH = int(SEED.high), int(EPOCH.high)
_SEED_DIGITS = len(str(_MOST_SEED))
_MOST_ROLLED = 9_999
"""Re-roll draws short seeds, which are easier to read and to type."""


_LOCKED = "The seed is locked: switch *Lock* off to change it."


def seed_control() -> int:
    """Show the seed with a button for another one, and return it."""
    locked = st.session_state.get("locked", False)
    seed = seed_input(width=110, disabled=locked)
    st.button(
        "Re-roll",
        key="reroll",
        on_click=_reroll,
        disabled=locked,
        help=_LOCKED
        if locked
        else "Draw everything again with another seed. The same seed gives the same draws, here and in "
        "training.",
    )
    return seed


def seed_input(*, help: str | None = None, width: int | None = None, disabled: bool = False) -> int:
    """Show the seed, which Explore and Train share, and return it.

    Args:
        help: The help of the widget, if any.
        width: Its width in pixels; None for all there is.
        disabled: Whether it cannot be changed.
    """
    _adopt_seed()
    seed: int = st.number_input(
        "Seed",
        min_value=0,
        max_value=_MOST_SEED,
        step=1,
        key="seed",
        persist_state="session",
        help=help,
        width="stretch" if width is None else width,
        disabled=disabled,
    )
    address_notes.compare("seed", seed, range(_MOST_SEED + 1))
    put({"seed": None if seed == RunConfig.seed else str(seed)})
    return seed


def link(seed: int) -> dict[str, str]:
    """Return the address parameter of a seed: none for the default."""
    return {} if seed == RunConfig.seed else {"seed": str(seed)}


def epoch_control() -> None:
    """Show the lock of the seed, and the epoch of the draws."""
    st.toggle(
        "Lock",
        key="locked",
        persist_state="session",
        on_change=rerun,
        args=(STAGE,),
        help="While this is on, the seed cannot be changed on this page.",
    )
    epoch = st.number_input(
        "Epoch",
        min_value=0,
        max_value=_MOST_EPOCH,
        value=0,
        key="epoch",
        bind="query-params",
        width=160,
        on_change=rerun,
        args=(STAGE,),
        help="A training draws anew in every epoch, counted from 0. The pictures are those of this "
        "epoch.",
    )
    address_notes.compare("epoch", epoch, range(_MOST_EPOCH + 1))


def _reroll() -> None:
    st.session_state.seed = 1 + secrets.randbelow(_MOST_ROLLED)


def _adopt_seed() -> None:
    """Take the seed from the address if that is new; not bound to it, for which see `data_choice`."""
    state, text = st.session_state, st.query_params.get("seed")
    state["seed"] = state.get("seed", RunConfig.seed)  # in every run, so that the browser has it
    if not arrived("seed"):
        return
    if text is None:
        if is_complete():
            state["seed"] = RunConfig.seed
    elif text.isascii() and text.isdecimal() and int(text[: _SEED_DIGITS + 1]) <= _MOST_SEED:
        state["seed"] = int(text)
