"""The list of presets to start from, each with what it does to the picture in hand."""

from __future__ import annotations

import streamlit as st

from augment import RecipeError, registry
from augment.presets import GROUPS, PRESETS, Preset
from pages.components.parts.gallery.gallery import Card, Ways, gallery
from pages.components.recipe import edit, thumbnails
from pages.components.session import workbench

REPLACE, APPEND = "replace", "append"
_WAY = "what a preset does"
_LABEL = "Start from a preset"


def preset_menu() -> None:
    """Show a button that opens the list of presets."""
    if st.button(
        _LABEL,
        icon=":material/auto_awesome:",
        width="stretch",
        key="presets",
        help="Recipes from the Keras guide, from papers and from practice. You can undo the choice.",
    ):
        st.dialog(_LABEL, width="large")(preset_list)()


def preset_list() -> None:
    """Show each preset with its sentence, by group; choosing one takes its recipe and closes the list."""
    shown = thumbnails.of_presets()
    now = workbench.recipe()
    gallery(
        [
            Card(
                name=preset.name,
                title=preset.title,
                text=preset.sentence,
                group=GROUPS[preset.group],
                more=_ops_of(preset),
                drawn=shown.drawn.get(preset.name, ""),
                mark="in use" if preset.recipe == now else "",
            )
            for preset in PRESETS.values()
        ],
        shown.pictures,
        on_choose=_take,
        key="preset list",
        placeholder="Search by name or by what it does: cutmix, crop, colour",
        none="No preset matches. Try another word for what it should do.",
        note=shown.note,
        narrowest=10.5,
        ways=Ways(
            asked="What a preset does",
            titles={REPLACE: "Replace the recipe", APPEND: "Add to its end"},
            now=st.session_state.get(_WAY, REPLACE),
            on_change=_set_way,
        ),
    )


def preset_sentence() -> str:
    """Return the sentence of the preset that the recipe is, or an empty text."""
    recipe = workbench.recipe()
    return next((preset.sentence for preset in PRESETS.values() if preset.recipe == recipe), "")


def _ops_of(preset: Preset) -> tuple[str, ...]:
    """Return the words by which the ops of a preset are found."""
    ops = [registry()[step.op] for step in preset.recipe.walk()]
    return tuple(word for op in ops for word in (op.title, op.name, *op.also))


def _set_way(way: str) -> None:
    st.session_state[_WAY] = way


def _take(name: str, way: str) -> None:
    """Take the recipe of a preset, and run the whole page, which closes the list."""
    _set_way(way)
    recipe = PRESETS[name].recipe
    try:
        workbench.load(
            edit.with_recipe_appended(workbench.recipe(), recipe) if way == APPEND else recipe
        )
    except RecipeError as error:
        workbench.refuse(error)
    st.rerun()
