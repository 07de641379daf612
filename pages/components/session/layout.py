"""Where things stand on a page, where Streamlit's own columns will not do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.session.streamlit_internals import DeltaGenerator

_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The places of Explore: what to look at and its draws on top, the pictures, what changes them."""

    said: DeltaGenerator
    view: DeltaGenerator
    seed: DeltaGenerator
    epoch: DeltaGenerator
    to_train: DeltaGenerator
    stage: DeltaGenerator
    pictures: DeltaGenerator
    presets: DeltaGenerator
    take_away: DeltaGenerator
    undo: DeltaGenerator
    panel: DeltaGenerator
    notes: DeltaGenerator


def explore() -> Places:
    """Lay Explore out and return its places."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="masthead"):
        with st.container(gap="xxsmall"):
            st.title("Explore", anchor=False)
            st.caption("Change the recipe and see at once what training would see.")
        to_train = st.container(width="content")
    said = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", key="toolbar"):
        view = st.container(width="content")
        seed = st.container(horizontal=True, vertical_alignment="bottom", width="content")
        epoch = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    with st.container(key="bench"):
        stage = st.container(key="stage")
        inspector = st.container(key="inspector")
    return Places(
        said=said,
        view=view,
        seed=seed,
        epoch=epoch,
        to_train=to_train,
        stage=stage,
        pictures=inspector.container(),
        presets=inspector.container(),
        take_away=inspector.container(),
        undo=inspector.container(),
        panel=inspector.container(),
        notes=st.container(),
    )


def follow() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Lay Runs out and return a place for the list and one for a run."""
    with st.container(key="follow"):
        return st.container(key="runs"), st.container(key="run")


def style() -> None:
    """Put the style of all pages in place."""
    st.html(f"<style>{_CSS}</style>")
