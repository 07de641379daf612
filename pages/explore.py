"""Explore: tune a recipe and see at once what it does."""

from __future__ import annotations

import contextlib

import streamlit as st

from augment import AugmentError, DataError
from pages.components.data.prepare_offer import prepare_offer
from pages.components.parts.undo import undo
from pages.components.pictures import controls, draws
from pages.components.pictures.chosen import shown
from pages.components.recipe import advice_notes, step_menu
from pages.components.recipe.panel import recipe_panel
from pages.components.recipe.presets import preset_menu, preset_sentence
from pages.components.recipe.take_away import take_away
from pages.components.session import ignored, layout, look, workbench
from pages.components.session.layout import Places
from pages.components.session.words import escaped
from pages.components.views import grid, ranges, reference, steps, sweep

VIEWS = {
    look.GRID: grid.show,
    look.STEPS: steps.show,
    look.SWEEP: sweep.show,
    look.RANGE: ranges.show,
    look.KERAS_CV: reference.show,
}


def show_pictures(choice: controls.Choice, drawn: dict[str, int]) -> None:
    """Show the view chosen and, if the recipe is a preset, what it is."""
    try:
        pictures = shown(choice)
        if len(pictures.ids):
            VIEWS[look.view()](pictures, workbench.recipe(), **drawn)
            st.caption(escaped(preset_sentence()))
            if choice.own:
                for remark in step_menu.remarks(choice.own, workbench.recipe()):
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
