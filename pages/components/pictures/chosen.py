"""Which pictures somebody wants to look at.

Which pictures of a split stand in the grid.

What is shown, as the library's files and scripts take it.

The pictures being looked at, as they are before any augmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import DataError, data
from augment.data import Prepared, Source, samples
from augment.data.samples import Samples
from augment.data.source import CROP
from augment.data.splits import AS_IT_IS
from augment.data.uploads import Uploaded
from augment.export import OfFiles, OfSplit
from pages.components.parts.image_grid.image_grid import Images, contact_sheet
from pages.components.pictures import own_pictures


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which pictures to look at.

    Attributes:
        source: Where they come from.
        size: Their side in pixels.
        fit: How they become square.
        prepared: The prepared data, or None while they are not.
        own: Pictures that somebody brought, in place of prepared data.
        splits: The scheme by which prepared data are dealt into splits.
        split_seed: The seed of splits that are dealt.
        split: The name of the split.
        classes: The indexes of the classes wanted; empty for all.
        count: How many pictures at most.
    """

    source: Source
    size: int
    fit: str = CROP
    prepared: Prepared | None = None
    own: Uploaded | None = None
    splits: str = AS_IT_IS
    split_seed: int = 0
    split: str = ""
    classes: tuple[int, ...] = ()
    count: int = 0

    @property
    def ready(self) -> bool:
        """Whether there are pictures to look at."""
        return self.prepared is not None or self.own is not None

    @property
    def note(self) -> str:
        """What must be said about the pictures, in whole sentences."""
        return f"{self.source.note} {self.prepared.remark if self.prepared else ''}".strip()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes as far as they are known."""
        if self.own is not None:
            return self.own.class_names
        return self.prepared.class_names if self.prepared else self.source.class_names


def chosen_rows(
    labels: npt.NDArray[np.int64], *, classes: Sequence[int], count: int
) -> npt.NDArray[np.int64]:
    """Return rows of a split: the first picture of each class, then the second of each, and so on.

    The choice depends on nothing but the arguments, so no seed and no slider ever swaps a picture.

    Args:
        labels: The class of each row, shape (N,).
        classes: The classes wanted; empty for all.
        count: How many rows to return at most.

    Returns:
        Shape (at most count,).
    """
    by_class = np.argsort(labels, kind="stable")
    ordered = labels[by_class]
    turn = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    rows = by_class[np.lexsort((ordered, turn))]
    if len(classes):
        rows = rows[np.isin(labels[rows], classes)]
    return rows[:count]


def as_samples(shown: Shown, choice: Choice) -> Samples:
    """Return the pictures with where they come from."""
    held = (shown.images, shown.labels, shown.ids, shown.class_names)
    if choice.prepared is None:
        return samples.of_arrays(*held)
    said = samples.origin(choice.prepared.source, choice.split, choice.fit)
    return samples.of_arrays(*held, said)


def for_script(shown: Shown, choice: Choice) -> OfSplit | OfFiles:
    """Return how a script finds the pictures again."""
    ids = tuple(shown.ids.tolist())
    if choice.prepared is None:
        classes = tuple(shown.labels.argmax(axis=1).tolist())
        return OfFiles(size=shown.size, ids=ids, classes=classes, class_names=shown.class_names)
    return OfSplit(
        source=choice.prepared.source,
        split=choice.split,
        size=shown.size,
        ids=ids,
        fit=choice.fit,
    )


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
