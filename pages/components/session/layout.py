"""The layout of pages where Streamlit's own columns do not fit, and the style of all pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.session.streamlit_internals import DeltaGenerator

_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class ExplorePlaces:
    """The places of Explore: one row with all that is no picture and no step, then the bench.

    On the bench are a line of words above the pictures, the pictures with what is below them, and beside
    them the recipe, which begins with the choice of pictures and presets.
    """

    view: DeltaGenerator
    seed: DeltaGenerator
    epoch: DeltaGenerator
    share: DeltaGenerator
    undo: DeltaGenerator
    to_train: DeltaGenerator
    address_notes: DeltaGenerator
    line: DeltaGenerator
    stage: DeltaGenerator
    source_note: DeltaGenerator
    pictures: DeltaGenerator
    presets: DeltaGenerator
    panel: DeltaGenerator


def explore() -> ExplorePlaces:
    """Lay out Explore and return its places."""
    with st.container(horizontal=True, vertical_alignment="center", key="masthead"):
        st.title("Explore", anchor=False, width="content")
        view = st.container(width="content")
        seed = _row()
        epoch = _row()
        share = st.container(width="content")
        undo = st.container(width="content")
        to_train = st.container(width="content", key="to-train")
    address_notes = st.container()
    with st.container(key="bench"):
        with st.container(key="pane"):
            line = st.container(key="line")
            stage = st.container(key="stage")
            source_note = st.container()
        with st.container(key="inspector"):
            with st.container(key="choices"):
                pictures = st.container()
                presets = st.container()
            panel = st.container()
    return ExplorePlaces(
        view=view,
        seed=seed,
        epoch=epoch,
        share=share,
        undo=undo,
        to_train=to_train,
        address_notes=address_notes,
        line=line,
        stage=stage,
        source_note=source_note,
        pictures=pictures,
        presets=presets,
        panel=panel,
    )


def _row() -> DeltaGenerator:
    return st.container(
        horizontal=True, vertical_alignment="center", width="content", gap="xsmall", wrap=False
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
    light, dark = (st.get_option(f"theme.{scheme}.backgroundColor") for scheme in ("light", "dark"))
    st.html(f"<style>:root {{ --ground: light-dark({light}, {dark}) }}\n{_CSS}</style>")
