"""Where things stand on a page, where Streamlit's own columns will not do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The places of Explore: the draws on top, the pictures, and what changes them beside or below."""

    seed: DeltaGenerator
    epoch: DeltaGenerator
    stage: DeltaGenerator
    pictures: DeltaGenerator
    panel: DeltaGenerator
    recipe_text: DeltaGenerator
    to_train: DeltaGenerator
    notes: DeltaGenerator


def explore() -> Places:
    """Lay Explore out and return its places."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.container(horizontal=True, vertical_alignment="bottom", width="content")
        epoch = st.container(horizontal=True, vertical_alignment="bottom")
        to_train = st.container(width="content")
    with st.container(key="bench"):
        stage = st.container(key="stage")
        inspector = st.container(key="inspector")
    return Places(
        seed=seed,
        epoch=epoch,
        stage=stage,
        to_train=to_train,
        pictures=inspector.container(),
        panel=inspector.container(),
        recipe_text=inspector.container(),
        notes=st.container(),
    )


def follow() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Lay Runs out and return a place for the list and one for a run."""
    with st.container(key="follow"):
        return st.container(key="runs"), st.container(key="run")


def style() -> None:
    """Put the style of all pages in place."""
    st.html(f"<style>{_CSS}</style>")
