"""Explore: tune a recipe and see at once what it does."""

from __future__ import annotations

import contextlib

import streamlit as st

from augment import AugmentError, DataError
from pages.components import (
    advice_notes,
    controls,
    draws,
    ignored,
    layout,
    look,
    own_classes,
    reference_view,
    undo,
    workbench,
)
from pages.components.layout import Places
from pages.components.prepare_offer import prepare_offer
from pages.components.preset_menu import preset_menu, preset_sentence
from pages.components.recipe_panel import recipe_panel
from pages.components.shown import shown
from pages.components.take_away import take_away
from pages.components.views import grid, ranges, steps, sweep
from pages.components.words import escaped

VIEWS = {
    look.GRID: grid.show,
    look.STEPS: steps.show,
    look.SWEEP: sweep.show,
    look.RANGE: ranges.show,
    look.KERAS_CV: reference_view.show,
}


def show_pictures(choice: controls.Choice, drawn: dict[str, int]) -> None:
    """Show the view chosen and, if the recipe is a preset, what it is."""
    try:
        pictures = shown(choice)
        if len(pictures.ids):
            VIEWS[look.view()](pictures, workbench.recipe(), **drawn)
            st.caption(escaped(preset_sentence()))
            if choice.own:
                for remark in own_classes.remarks(choice.own, workbench.recipe()):
                    st.caption(escaped(remark))
        else:
            st.info("This split has no picture of these classes.")
    except AugmentError as error:
        st.error(escaped(error))


def advise(choice: controls.Choice, drawn: dict[str, int]) -> None:
    """Say what the recipe leaves of the pictures; what is wrong with them stands there already."""
    with contextlib.suppress(AugmentError):
        pictures = shown(choice)
        if len(pictures.ids):
            advice_notes.on_pictures(pictures, workbench.recipe(), **drawn)


@st.fragment(key=workbench.STAGE)
def stage(places: Places, choice: controls.Choice) -> None:
    """Show all that follows a slider; the sliders themselves stay as they are."""
    with places.seed:
        drawn = {"seed": draws.seed_control(), "epoch": st.session_state.epoch}
    with places.stage:
        problem = st.container()
        if choice.ready:
            show_pictures(choice, drawn)
        thoughts = st.container()
    with places.undo:
        undo.buttons()
    with places.take_away:
        said = take_away(choice, **drawn)
    if workbench.problem() and not said:
        problem.error(escaped(workbench.problem()))
    workbench.write_address()
    look.write_address()
    # Last, so that the pictures are on their way while this is measured.
    if choice.ready and look.view() == look.GRID:
        with thoughts:
            advise(choice, drawn)


@st.fragment(key=workbench.PANEL)
def panel(places: Places, choice: controls.Choice) -> None:
    """Show the recipe as widgets."""
    with places.presets:
        preset_menu()
    with places.panel:
        recipe_panel(choice.class_names)


ignored.known(workbench.PARAMETER)
workbench.adopt_address()
look.adopt_address()
places = layout.explore()
with (
    places.pictures,
    st.expander(
        "Choose pictures",
        icon=":material/photo_library:",
        key="pictures",
        expanded=controls.opened(),
    ),
):
    try:
        choice = controls.choose()
    except DataError as error:
        places.stage.error(escaped(error))
        st.stop()
with places.view:
    look.view_control()
with places.epoch:
    draws.epoch_control()
places.to_train.page_link("train.py", label="Train with this recipe", icon=":material/play_circle:")
stage(places, choice)
panel(places, choice)
if choice.ready:
    places.notes.caption(escaped(choice.note))
else:
    with places.stage:
        prepare_offer(choice.source, choice.size, choice.fit)
with places.said:
    ignored.show()
