"""The layout of pages where Streamlit's own columns do not fit, and the style of all pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.session.streamlit_internals import DeltaGenerator

_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class ExplorePlaces:
    """The places of Explore: notes, view and draws on top, then the pictures beside their controls."""

    address_notes: DeltaGenerator
    view: DeltaGenerator
    seed: DeltaGenerator
    epoch: DeltaGenerator
    to_train: DeltaGenerator
    stage: DeltaGenerator
    pictures: DeltaGenerator
    presets: DeltaGenerator
    share: DeltaGenerator
    undo: DeltaGenerator
    panel: DeltaGenerator
    source_note: DeltaGenerator


def explore() -> ExplorePlaces:
    """Lay out Explore and return its places."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="masthead"):
        with st.container(gap="xxsmall"):
            st.title("Explore", anchor=False)
            st.caption("Change the recipe and see at once what a training would see.")
        to_train = st.container(width="content")
    address_notes = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", key="toolbar"):
        view = st.container(width="content")
        seed = st.container(horizontal=True, vertical_alignment="bottom", width="content")
        epoch = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    with st.container(key="bench"):
        stage = st.container(key="stage")
        inspector = st.container(key="inspector")
    return ExplorePlaces(
        address_notes=address_notes,
        view=view,
        seed=seed,
        epoch=epoch,
        to_train=to_train,
        stage=stage,
        pictures=inspector.container(),
        presets=inspector.container(),
        share=inspector.container(),
        undo=inspector.container(),
        panel=inspector.container(),
        source_note=st.container(),
    )


@dataclass(frozen=True, kw_only=True)
class TrainPlaces:
    """The places of Train: what is set, and beside it what will happen and how to start it."""

    settings: DeltaGenerator
    start: DeltaGenerator


def train() -> TrainPlaces:
    """Lay out Train below its title and return its places."""
    with st.container(key="training"):
        return TrainPlaces(
            settings=st.container(key="training-settings"),
            start=st.container(key="training-start"),
        )


def run_list() -> DeltaGenerator:
    """Return the place of the list of runs."""
    return st.container(key="runs")


def run() -> DeltaGenerator:
    """Return the place of the run that is shown, above its results."""
    return st.container(key="run")


def run_results() -> DeltaGenerator:
    """Return the place of its results."""
    return st.container(key="results")


def style() -> None:
    """Apply the style of all pages."""
    st.html(f"<style>{_CSS}</style>")
