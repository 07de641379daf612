"""The box in Explore that shares a recipe and its pictures, and that loads a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

import augment
from augment import AugmentError, Plan, Recipe, RecipeError
from augment.export import LIBRARIES, OfFiles, from_albumentations, is_pipeline, to_augment
from augment.inspect import sheet
from pages.components.parts.copy_link.copy_link import copy_link
from pages.components.pictures import picture_choice
from pages.components.pictures.picture_choice import PictureChoice, Pictures
from pages.components.session import workbench
from pages.components.session.fragments import PANEL, STAGE, rerun
from pages.components.session.text import escaped, text_list

RECIPE, CODE = "Recipe", "Code"
TEXTS = (RECIPE, CODE, *LIBRARIES)


def share_box(choice: PictureChoice, *, seed: int, epoch: int) -> bool:
    """Show a box with what can be copied and downloaded, and where a recipe is loaded.

    Call it in the fragment `STAGE`, so that it always fits the pictures beside it.

    Args:
        choice: The pictures chosen; they need not be ready.
        seed: The seed of the draws.
        epoch: The epoch of the draws.

    Returns:
        Whether the box is open, and so shows what was wrong with the last recipe.
    """
    # No popover: a click beside it, on a slider, would close it in one message with what the slider
    # sends, which Streamlit cannot assign to two fragments.
    box = st.expander("Share", icon=":material/ios_share:", key="share", on_change="rerun")
    if not box.open:
        return False
    pictures = _load(choice)
    with box:
        _link(choice)
        if pictures is not None:
            _grid(pictures, seed, epoch)
        _texts(pictures, choice, seed, epoch)
        st.markdown("**Load a recipe**")
        _load_recipe(choice.class_names)
    return True


def _load(choice: PictureChoice) -> Pictures | None:
    """Return the pictures, or None if there are none; the page shows the reason."""
    try:
        pictures = picture_choice.load(choice) if choice.ready else None
    except AugmentError:
        return None
    return pictures if pictures is not None and len(pictures.ids) else None


def _link(choice: PictureChoice) -> None:
    copy_link()
    text = "The link contains the recipe, the choice of pictures, the seed, the epoch and the view."
    if choice.own is not None:
        text += " It does not contain your own pictures: whoever opens it has to upload some."
    st.caption(text)


def _grid(pictures: Pictures, seed: int, epoch: int) -> None:
    recipe = workbench.recipe()
    try:
        plan = augment.draw(recipe, pictures.ids, seed=seed, epoch=epoch, labels=pictures.labels)
    except AugmentError as error:
        st.error(escaped(error))
        return
    _download(
        "Download the grid (PNG)",
        partial(_png, pictures, recipe, plan),
        f"augmentation-seed{seed}-epoch{epoch}.png",
        "image/png",
        "All pictures before and after, with what was drawn and the labels. The file contains the "
        "recipe, so you can load it below.",
    )


def _texts(pictures: Pictures | None, choice: PictureChoice, seed: int, epoch: int) -> None:
    kind = st.pills(  # which wrap on a phone without a torn frame
        "As text",
        TEXTS,
        default=RECIPE,
        required=True,
        key="share as",
        help="- **Recipe**: the recipe as JSON.\n"
        "- **Code**: a script that uses this package and gives the same bytes.\n"
        "- **keras_cv**, **keras**, **torchvision** and **albumentations**: a script with what that "
        "library has for each op, and comments on what differs.",
    )
    recipe = workbench.recipe()
    given = None if pictures is None else picture_choice.for_script(pictures, choice)
    if kind == RECIPE:
        text, name = recipe.to_json(indent=2), "recipe.json"
        caption = "Every setting is written out."
    elif kind == CODE:
        text, name = to_augment(recipe, seed=seed, epoch=epoch, shown=given), "explore.py"
        caption = "This script gives the pictures that are shown here, byte for byte."
    else:
        size = (choice.size, choice.size)
        text, name = LIBRARIES[kind](recipe, size=size, shown=given), f"explore_{kind}.py"
        caption = f"The same pictures before augmentation; {kind} draws for itself."
    if isinstance(given, OfFiles) and kind != RECIPE:
        caption += " Pass your picture files as arguments."
    st.caption(escaped(caption))
    st.code(text, language=None, height=220)
    mime = "application/json" if kind == RECIPE else "text/x-python"
    _download(f"Download {name}", text, name, mime, "The text above, as a file.")


def _download(
    label: str, content: str | Callable[[], bytes], name: str, mime: str, help: str
) -> None:
    st.download_button(
        label,
        content,
        file_name=name,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        help=help,
        key=f"download {mime}",
    )


def _png(pictures: Pictures, recipe: Recipe, plan: Plan) -> bytes:
    """Return the file; called when a user downloads it, outside of any run of the page."""
    batch = augment.render(plan, pictures.images, pictures.labels)
    return sheet.grid_png(pictures, recipe, plan, batch)


def _load_recipe(class_names: Sequence[str]) -> None:
    """Show where a recipe is pasted or uploaded, and what was wrong with the last one."""
    with st.form("load recipe", border=False):
        st.text_area(
            "Paste a recipe",
            key=_key("pasted"),
            height=120,
            placeholder='{"version": 1, "steps": [{"op": "cut_mix"}]}',
            help="JSON, as shown above under Recipe, or a pipeline of albumentations, as its "
            "`to_dict` or `save` writes it.",
        )
        st.file_uploader(
            "or upload a file",
            type=["json", "png"],
            key=_key("file"),
            max_upload_size=sheet.MOST_MEGABYTES,
            help="A recipe as JSON, a grid that was downloaded here, which contains its recipe, or a "
            "pipeline that albumentations saved as JSON.",
        )
        st.form_submit_button("Load this recipe", on_click=_submit, args=(tuple(class_names),))
    if workbench.problem():
        st.error(escaped(workbench.problem()))
    if workbench.remarks():
        with st.container(border=True, key="remarks on the pipeline"):
            st.markdown("**Different from the pipeline**")
            text_list(workbench.remarks())


def _submit(class_names: tuple[str, ...]) -> None:
    pasted, file = st.session_state[_key("pasted")], st.session_state[_key("file")]
    try:
        content = file.getvalue() if file and not pasted.strip() else pasted
        if isinstance(content, bytes) and content.startswith(sheet.SIGNATURE):
            content = sheet.recipe_text(content)
        if is_pipeline(content):
            imported = from_albumentations(content)
            workbench.load(imported.recipe, imported.remarks)
        else:
            workbench.load(Recipe.from_json(content, class_names or None))
    except RecipeError as error:
        workbench.refuse(error)
    rerun(STAGE, PANEL)


def _key(name: str) -> str:
    """Return a key that changes with each recipe loaded, which empties the widget."""
    return f"{name} {workbench.version()}"
