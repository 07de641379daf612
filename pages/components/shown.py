"""The pictures being looked at, as they are before any augmentation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import DataError, data
from augment.data.uploads import Uploaded
from pages.components import own_pictures
from pages.components.choice import Choice
from pages.components.image_grid import Images, contact_sheet
from pages.components.samples import chosen_rows


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Pictures as they are.

    Attributes:
        ids: Shape (B,); the same picture has the same id always.
        labels: One-hot, shape (B, K).
        images: RGB, shape (B, size, size, 3).
        names: The name of the class of each picture, B of them.
        class_names: The names of all classes, K of them.
        size: The side of a picture in pixels.
        sheet: `contact_sheet` of the pictures; empty where there are none.
    """

    ids: npt.NDArray[np.int64]
    labels: npt.NDArray[np.float32]
    images: Images
    names: tuple[str, ...]
    class_names: tuple[str, ...]
    size: int
    sheet: bytes


def shown(choice: Choice) -> Shown:
    """Return the pictures of a choice, read and compressed once for as long as they stay the same.

    Raises:
        DataError: The choice is not `ready`, or what is on disk cannot be used.
    """
    prepared = choice.prepared
    if choice.own is not None:
        return _of_own(choice.own, choice.classes, choice.count)
    if prepared is None:
        raise DataError("There are no pictures yet.")
    return _of_split(
        (prepared.source, prepared.size, prepared.fit, choice.splits, choice.split_seed),
        prepared.prepared_at,
        choice.split,
        choice.classes,
        choice.count,
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _of_split(
    dealt: tuple[str, int, str, str, int],
    prepared_at: str,
    split: str,
    classes: tuple[int, ...],
    count: int,
) -> Shown:
    source, size, fit, scheme, seed = dealt
    prepared = data.open_prepared(source, size, fit, scheme=scheme, seed=seed)
    held = prepared.split(split)
    rows = chosen_rows(held.labels, classes=classes, count=count)
    images = np.ascontiguousarray(held.images[rows])
    images.flags.writeable = False  # every visitor sees these
    return Shown(
        ids=held.ids[rows],
        labels=held.one_hot(rows),
        images=images,
        names=tuple(prepared.class_names[label] for label in held.labels[rows]),
        class_names=prepared.class_names,
        size=size,
        sheet=contact_sheet(images) if len(images) else b"",
    )


def _of_own(own: Uploaded, classes: tuple[int, ...], count: int) -> Shown:
    """Return pictures that somebody brought, kept in the session and nowhere that others reach."""
    held: tuple[object, Shown] | None = st.session_state.get(own_pictures.SHOWN)
    asked = (own, classes, count)
    if held is not None and held[0] == asked:
        return held[1]
    rows = chosen_rows(np.arange(len(own)), classes=classes, count=count)
    images = np.ascontiguousarray(own.pictures[rows])
    of_own = Shown(
        ids=own.ids[rows],
        labels=np.eye(len(own.class_names), dtype=np.float32)[rows],
        images=images,
        names=tuple(own.class_names[row] for row in rows),
        class_names=own.class_names,
        size=images.shape[1],
        sheet=contact_sheet(images),
    )
    st.session_state[own_pictures.SHOWN] = (asked, of_own)
    return of_own
