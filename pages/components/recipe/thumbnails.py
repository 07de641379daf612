"""What each op and each preset does to the picture in hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st

from augment import AugmentError, registry
from augment.engine.samples import Samples
from augment.inspect import thumbnails
from augment.inspect.thumbnails import Thumbnail
from augment.presets import PRESETS
from pages.components.parts.gallery.gallery import NONE, Thumbnails
from pages.components.parts.image_grid.image_grid import contact_sheet
from pages.components.pictures import picture_choice
from pages.components.pictures.picture_choice import PictureChoice

_IN_HAND = "pictures in hand"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Thumbnails with their texts.

    Attributes:
        pictures: The thumbnails, in the order of the names.
        drawn: For each name what its thumbnail shows.
        note: Which picture they show.
    """

    pictures: Thumbnails = NONE
    drawn: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def look_at(choice: PictureChoice, row_of: Callable[[int], int]) -> None:
    """Store which pictures the page shows; the lists take theirs from them.

    Args:
        choice: The pictures.
        row_of: Returns the row of the one that the view is about, of as many as there are.
    """
    st.session_state[_IN_HAND] = choice, row_of


def of_ops() -> Shown:
    """Return what each op does to the picture in hand; nothing where there is no picture."""
    return _shown("ops")


def of_presets() -> Shown:
    """Return what each preset does to it."""
    return _shown("presets")


def _shown(what: str) -> Shown:
    choice, row_of = st.session_state[_IN_HAND]
    if not choice.ready:
        return Shown()
    try:
        pictures = picture_choice.load(choice)
    except AugmentError:  # the stage shows it
        return Shown()
    if not len(pictures):
        return Shown()
    row = row_of(len(pictures))
    rows = [row, (row + 1) % len(pictures)]
    digest = hashlib.blake2b(pictures.images[rows].tobytes(), digest_size=16).hexdigest()
    cached = _of_own if choice.own is not None else _of_prepared
    made = cached(digest, what, pictures, row)
    # Only the note has the name of the picture, so equal pictures share what was drawn.
    note = f"Each thumbnail is one draw of picture {row + 1}, {pictures.names[row]}."
    return replace(made, note=note)


# A picture has some 200 KB of thumbnails.
@st.cache_resource(max_entries=16, show_spinner=False)
def _of_prepared(digest: str, what: str, _pictures: Samples, _row: int) -> Shown:
    return _made(what, _pictures, _row)


# Uploaded pictures are cached in the session and nowhere else.
@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def _of_own(digest: str, what: str, _pictures: Samples, _row: int) -> Shown:
    return _made(what, _pictures, _row)


def _made(what: str, pictures: Samples, row: int) -> Shown:
    drawn = thumbnails.Thumbnails(pictures, row=row)
    made = (
        {name: drawn.of_op(op) for name, op in registry().items()}
        if what == "ops"
        else {name: drawn.of(preset.recipe) for name, preset in PRESETS.items()}
    )
    sheet = contact_sheet(np.stack([one.image for one in made.values()]))
    return Shown(
        pictures=Thumbnails(sheet=sheet, side=thumbnails.SIDE),
        drawn={name: _words(one) for name, one in made.items()},
    )


def _words(thumbnail: Thumbnail) -> str:
    if not thumbnail.change:
        return "Nothing changes in this picture."
    what = "One draw, at full strength" if thumbnail.stronger else "One draw"
    return f"{what}: {', '.join(thumbnail.captions)}."
