"""What somebody can share and take away: the link, the grid, the recipe and code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

import augment
from augment import AugmentError, Plan, Recipe
from augment.data.samples import Samples
from augment.export import OfFiles, to_augment, to_keras_cv
from augment.inspect.sheet import grid_png
from pages.components.parts.copy_link.copy_link import copy_link
from pages.components.pictures import chosen
from pages.components.pictures.chosen import Choice, Shown, shown
from pages.components.recipe.bring import bring_recipe
from pages.components.session import workbench
from pages.components.session.words import escaped

RECIPE, CODE, KERAS_CV = TEXTS = ("Recipe", "Code", "keras_cv")


def take_away(choice: Choice, *, seed: int, epoch: int) -> bool:
    """Show what can be taken away of what is shown, and how a recipe is brought.

    Belongs into the fragment `workbench.STAGE`, so that it is always about the pictures beside it.

    Args:
        choice: The pictures chosen; they may have yet to be prepared or brought.
        seed: The seed of the draws.
        epoch: The epoch of the draws.

    Returns:
        Whether the box is open, and so has said what was wrong with the last recipe.
    """
    box = st.expander(
        "Share and take away", icon=":material/ios_share:", key="take away", on_change="rerun"
    )
    if not box.open:
        return False
    pictures = _pictures(choice)
    with box:
        _link(choice)
        if pictures is not None:
            _grid(pictures, choice, seed, epoch)
        _texts(pictures, choice, seed, epoch)
        st.markdown("**Bring a recipe**")
        bring_recipe(choice.class_names)
    return True


def _pictures(choice: Choice) -> Shown | None:
    """Return the pictures; where they cannot be shown, the page says why."""
    try:
        pictures = shown(choice) if choice.ready else None
    except AugmentError:
        return None
    return pictures if pictures is not None and len(pictures.ids) else None


def _link(choice: Choice) -> None:
    copy_link()
    said = "The link holds the recipe, the choice of pictures, the seed, the epoch and the view."
    if choice.own is not None:
        said += " Your own pictures are not in it: whoever opens it is asked for pictures."
    st.caption(said)


def _grid(pictures: Shown, choice: Choice, seed: int, epoch: int) -> None:
    given, recipe = chosen.as_samples(pictures, choice), workbench.recipe()
    try:
        plan = augment.draw(recipe, given.ids, seed=seed, epoch=epoch, labels=given.labels)
    except AugmentError as error:
        st.error(escaped(error))
        return
    _download(
        "Download the grid (PNG)",
        partial(_png, given, recipe, plan),
        f"augmentation-seed{seed}-epoch{epoch}.png",
        "image/png",
        "All pictures before and after, with what was drawn and the labels. The file carries its "
        "recipe: brought back below, it is used again.",
    )


def _texts(pictures: Shown | None, choice: Choice, seed: int, epoch: int) -> None:
    kind = st.segmented_control(
        "As text",
        TEXTS,
        default=RECIPE,
        required=True,
        key="take as",
        help="The recipe as JSON; a script with this package, which gives the same bytes; a script "
        "with the layers of keras_cv.",
    )
    recipe = workbench.recipe()
    asked = None if pictures is None else chosen.for_script(pictures, choice)
    if kind == RECIPE:
        text, name, said = (
            recipe.to_json(indent=2),
            "recipe.json",
            "Every setting is written out.",
        )
    elif kind == CODE:
        text, name = to_augment(recipe, seed=seed, epoch=epoch, shown=asked), "explore.py"
        said = "This script gives the pictures that are shown here, to the same bytes."
    else:
        size = (choice.size, choice.size)
        text, name = to_keras_cv(recipe, size=size, shown=asked), "explore_keras_cv.py"
        said = "The same pictures; what keras_cv's layers draw for them cannot be repeated."
    if isinstance(asked, OfFiles) and kind != RECIPE:
        said += " Give it your picture files as arguments."
    st.caption(escaped(said))
    st.code(text, language=None, height=220)
    mime = "application/json" if kind == RECIPE else "text/x-python"
    _download(f"Download {name}", text, name, mime, "The text above, as a file.")


def _download(
    label: str, content: str | Callable[[], bytes], name: str, mime: str, said: str
) -> None:
    st.download_button(
        label,
        content,
        file_name=name,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        help=said,
        key=f"download {mime}",
    )


def _png(given: Samples, recipe: Recipe, plan: Plan) -> bytes:
    """Make the file; only when somebody asks for it, and outside of any run of the page."""
    return grid_png(given, recipe, plan, augment.render(plan, given.images, given.labels))
