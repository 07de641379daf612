"""Explore: tune a recipe and see at once what it does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import streamlit as st

from augment import AugmentError, DataError
from pages.components.data.other_sets import other_sets
from pages.components.data.prepare import prepare_offer
from pages.components.parts.advice_line.advice_line import advice_line
from pages.components.parts.live_frames.live_frames import live_frames
from pages.components.parts.skip_link.skip_link import skip_link
from pages.components.pictures import picture_choice, seed_epoch
from pages.components.pictures.own_pictures import class_remarks
from pages.components.pictures.picture_choice import PictureChoice
from pages.components.recipe import advice_notes, edit, thumbnails
from pages.components.recipe.panel import recipe_panel
from pages.components.recipe.presets import preset_menu, preset_sentence
from pages.components.recipe.share import share_box
from pages.components.recipe.undo import undo_buttons
from pages.components.session import address, address_notes, layout, live, workbench
from pages.components.session.fragments import PANEL, STAGE
from pages.components.session.layout import ExplorePlaces
from pages.components.session.text import escaped
from pages.components.session.turns import TURNS
from pages.components.views import ask_model, grid, keras_cv, ranges, state, steps, strength, sweep

VIEWS: dict[str, Callable[..., live.Frames | None]] = {
    state.GRID: grid.show,
    state.STEPS: steps.show,
    state.SWEEP: sweep.show,
    state.RANGE: ranges.show,
    state.STRENGTH: strength.show,
    state.KERAS_CV: keras_cv.show,
}


def show_pictures(choice: PictureChoice, drawn: dict[str, int]) -> None:
    """Show the current view, the sentence of a preset, and remarks on the user's own pictures."""
    try:
        pictures = picture_choice.load(choice)
        if len(pictures.ids):
            recipe = workbench.recipe()
            with TURNS.pictures():
                shown = VIEWS[state.current()](pictures, recipe, **drawn)
            live.offer(recipe, shown, edit.with_value)
            st.caption(escaped(preset_sentence()))
            if choice.own:
                for remark in class_remarks(choice.own, workbench.recipe()):
                    st.caption(escaped(remark))
        else:
            st.info("This split has no pictures of these classes.")
    except AugmentError as error:
        st.error(escaped(error))


def show_line(choice: PictureChoice, drawn: dict[str, int]) -> None:
    """Show advice on the pictures, or what the view shows; `show_pictures` has reported any error."""
    view = state.current()
    with contextlib.suppress(AugmentError):
        pictures = picture_choice.load(choice)
        if view == state.GRID and len(pictures.ids):
            with TURNS.advice():
                advice = advice_notes.for_pictures(pictures, workbench.recipe(), **drawn)
            digest = grid.shown_digest()
            advice_line(state.SENTENCES[view], advice.given, digest=digest, badges=advice.losses)
            return
    advice_line(state.SENTENCES[view])


def show_model(choice: PictureChoice, drawn: dict[str, int]) -> None:
    """Offer to ask a model about the pictures; `show_pictures` has reported any error."""
    with contextlib.suppress(AugmentError):
        pictures = picture_choice.load(choice)
        if len(pictures.ids):
            ask_model.show(pictures, choice, workbench.recipe(), **drawn)


@st.fragment(key=STAGE)
@live.goes_first
def stage(places: ExplorePlaces, choice: PictureChoice) -> None:
    """Show everything that depends on the sliders; the sliders themselves are not made again."""
    with places.seed:
        drawn = {"seed": seed_epoch.seed_control(), "epoch": st.session_state.epoch}
    with places.stage:
        problem = st.container()
        if choice.ready:
            show_pictures(choice, drawn)
        asking = st.container()
    with places.undo:
        undo_buttons()
    with places.share:
        shows_problem = share_box(choice, **drawn)
    if workbench.problem() and not shows_problem:
        problem.error(escaped(workbench.problem()))
    workbench.write_address()
    state.write_address()
    address.flush()
    # Last, so that the pictures are sent before this is measured.
    if choice.ready:
        with places.line:
            show_line(choice, drawn)
        if state.current() == state.GRID:
            with asking:
                show_model(choice, drawn)


@st.fragment(key=PANEL)
def panel(places: ExplorePlaces, choice: PictureChoice) -> None:
    """Show the recipe as widgets."""
    with places.presets:
        preset_menu()
    with places.panel:
        recipe_panel(choice.class_names)


address_notes.expect(workbench.PARAMETER)
workbench.adopt_address()
state.adopt_address()
places = layout.explore()
with (
    places.pictures,
    st.expander(
        "Choose pictures",
        icon=":material/photo_library:",
        key="pictures",
        expanded=picture_choice.starts_open(),
    ),
):
    try:
        choice = picture_choice.picture_choice()
    except DataError as error:
        places.stage.error(escaped(error))
        address.flush()
        st.stop()
with places.view:
    state.view_control()
with places.epoch:
    seed_epoch.epoch_control()
places.to_train.page_link("train.py", label="Train with this recipe", icon=":material/play_circle:")
thumbnails.look_at(choice, state.picture_in_hand)
with places.source_note:
    skip_link()
stage(places, choice)
panel(places, choice)
if choice.ready:
    with places.source_note:
        st.caption(escaped(choice.note))
        other_sets(choice.source, choice.fit)
else:
    with places.stage:
        prepare_offer(choice.source, choice.size, choice.fit)
# Not in the stage, since it never changes.
with places.source_note:
    live_frames(live.token(), path=live.PATH)
with places.address_notes:
    address_notes.show()
