"""Which pictures Explore shows: the widgets that choose them, and the pictures themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from augment import DataError, NotPrepared, data
from augment.data import Prepared, Source, samples
from augment.data.source import CROP
from augment.data.splits import AS_IT_IS, NOTHING
from augment.data.uploads import Uploaded
from augment.engine.samples import Samples
from augment.export import OfFiles, OfSplit
from augment.system.units import counted
from pages.components.parts.image_grid.image_grid import contact_sheet
from pages.components.pictures import data_choice, own_pictures
from pages.components.pictures.data_choice import OWN
from pages.components.session import address_notes, streamlit_internals
from pages.components.session.text import escaped

COUNTS = (4, 9, 16, 25)
CROP_AND_SPLITS = "Crop and splits"
"""The label of the popover with these settings."""


@dataclass(frozen=True, kw_only=True)
class PictureChoice:
    """Which pictures to show.

    Attributes:
        source: The data set.
        size: The side of a picture in pixels.
        fit: How pictures are made square.
        prepared: The prepared data, or None if they are not prepared.
        own: Uploaded pictures, instead of prepared data.
        splits: The scheme of the splits.
        split_seed: The seed of the splits.
        leave_out: Which pictures the splits leave out.
        split: The name of the split.
        classes: The indexes of the classes; empty for all.
        count: How many pictures at most.
    """

    source: Source
    size: int
    fit: str = CROP
    prepared: Prepared | None = None
    own: Uploaded | None = None
    splits: str = AS_IT_IS
    split_seed: int = 0
    leave_out: str = NOTHING
    split: str = ""
    classes: tuple[int, ...] = ()
    count: int = 0

    @property
    def ready(self) -> bool:
        """Whether there are pictures to show."""
        return self.prepared is not None or self.own is not None

    @property
    def note(self) -> str:
        """What a user must know about the pictures, in complete sentences."""
        return f"{self.source.note} {self.prepared.remark if self.prepared else ''}".strip()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, as far as they are known."""
        if self.own is not None:
            return self.own.class_names
        return self.prepared.class_names if self.prepared else self.source.class_names


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures(Samples):
    """Pictures before augmentation, all square and of one size, with their origin.

    Attributes:
        sheet: `contact_sheet` of the pictures; empty if there are none.
    """

    sheet: bytes

    @property
    def own_classes(self) -> list[int]:
        """The index of the class of each picture."""
        classes: list[int] = self.labels.argmax(axis=1).tolist()
        return classes

    @property
    def size(self) -> int:
        """The side of a picture in pixels."""
        return int(self.images.shape[1])


def starts_open() -> bool:
    """Return whether the page was opened on pictures that the user has yet to upload.

    The answer stays the same in a session; otherwise the box around the controls would open and close.
    """
    requested = st.query_params.get("data") == OWN
    opened: bool = st.session_state.setdefault("opened on own pictures", requested)
    return opened


def picture_choice() -> PictureChoice:
    """Show the choice of pictures, and return it.

    Raises:
        DataError: The prepared data cannot be used.
    """
    source, size = source_and_size()
    return _own_choice(source, size) if source.name == OWN else _prepared_choice(source, size)


def source_and_size() -> tuple[Source, int]:
    """Show the choice of the data set and of the size, and return it."""
    # Only the link "Explore these pictures" of Data requests a size without data.
    is_linked = data_choice.SIZE in st.query_params and not streamlit_internals.came_by_history()
    names = [*data.names(), OWN]
    data_choice.restore(names, own=not is_linked)
    data_choice.drop_missing(names)
    name = data_choice.source_control(names)
    data_choice.show_own(name == OWN)
    source = own_pictures.SOURCE if name == OWN else data.source(name)
    size = data_choice.size_control(
        name, help="The side of a picture, the same on the pages Data and Train."
    )
    return source, size


def _prepared_choice(source: Source, size: int) -> PictureChoice:
    with st.popover(CROP_AND_SPLITS, icon=":material/crop:", type="tertiary"):
        fit = data_choice.fit_control()
        data_choice.remember(data=source.name, fit=fit)
        try:
            splits = data_choice.splits_control(source.name, size, fit)
        except NotPrepared:
            address_notes.expect(
                "splits", "split_seed", "leave_out", "split", "tiles", "flowers", several=True
            )
            data_choice.write_address(source.name, size, None)
            return PictureChoice(source=source, size=size, fit=fit)
        st.caption(escaped(splits.prepared.split_note))
    data_choice.write_address(source.name, size, splits)
    prepared = splits.prepared
    if summary := data_choice.summary(splits):
        st.caption(escaped(summary))
    names, split_names = prepared.class_names, list(prepared.splits)
    split = st.selectbox(
        "Split",
        split_names,
        help=data_choice.split_help(prepared),
        key="split",
        bind="query-params",
    )
    address_notes.compare("split", split, split_names)
    place = st.container(gap="small")
    chosen = st.multiselect("Classes", names, placeholder="All", key="flowers", bind="query-params")
    address_notes.compare("flowers", chosen, names)
    classes = tuple(names.index(name) for name in chosen)
    labels = prepared.split(split).labels
    available = int(np.isin(labels, classes).sum()) if classes else len(labels)
    with place:
        count = _count_control(available)
    return PictureChoice(
        source=source,
        size=size,
        fit=fit,
        prepared=prepared,
        splits=splits.scheme,
        split_seed=splits.seed,
        leave_out=splits.leave_out,
        split=split,
        classes=classes,
        count=count,
    )


def _own_choice(source: Source, size: int) -> PictureChoice:
    data_choice.write_address(OWN, size, None)
    own = own_pictures.upload(size)
    if not len(own):
        address_notes.expect("tiles")
        return PictureChoice(source=source, size=size)
    place = st.container(gap="small")
    # Not bound to the address, which must not contain the names of a user's files.
    ids = own.ids.tolist()
    names = dict(zip(ids, own.class_names, strict=False))
    chosen = st.multiselect(
        "Pictures", ids, format_func=names.__getitem__, placeholder="All", key="own chosen"
    )
    with place:
        count = _count_control(len(chosen) or len(own))
    classes = tuple(ids.index(one) for one in chosen)
    return PictureChoice(source=source, size=size, own=own, classes=classes, count=count)


def _count_control(available: int) -> int:
    count: int = st.segmented_control(
        "How many", COUNTS, default=9, required=True, key="tiles", bind="query-params"
    )
    address_notes.compare("tiles", count, COUNTS)
    if available < count:
        st.caption(f"Only {counted(available, 'picture')} available.")
    return count


def load(choice: PictureChoice) -> Pictures:
    """Return the pictures of a choice; they are read and compressed once while that stays the same.

    Raises:
        DataError: The choice is not `ready`, or the prepared data cannot be used.
    """
    prepared = choice.prepared
    if choice.own is not None:
        return _load_own(choice.own, choice.classes, choice.count)
    if prepared is None:
        raise DataError("There are no pictures yet.")
    return _load_prepared(
        (prepared.source, prepared.size, prepared.fit),
        (choice.splits, choice.split_seed, choice.leave_out),
        prepared.prepared_at,
        choice.split,
        choice.classes,
        choice.count,
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _load_prepared(
    data_set: tuple[str, int, str],
    splits: tuple[str, int, str],
    prepared_at: str,
    split_name: str,
    classes: tuple[int, ...],
    count: int,
) -> Pictures:
    (source, size, fit), (scheme, seed, leave_out) = data_set, splits
    prepared = data.open_prepared(source, size, fit, scheme=scheme, seed=seed, leave_out=leave_out)
    split = prepared.split(split_name)
    rows = samples.rows_by_class(split.labels, classes=classes, count=count)
    images = np.ascontiguousarray(split.images[rows])
    images.flags.writeable = False  # shared by all sessions
    return Pictures(
        ids=split.ids[rows],
        labels=split.one_hot(rows),
        images=images,
        class_names=prepared.class_names,
        origin=samples.origin(source, split_name, size=size, fit=fit),
        sheet=contact_sheet(images) if len(images) else b"",
    )


def _load_own(own: Uploaded, classes: tuple[int, ...], count: int) -> Pictures:
    """Return uploaded pictures, cached in the session and nowhere else."""
    cached: tuple[object, Pictures] | None = st.session_state.get(own_pictures.LOADED)
    key = (own, classes, count)
    if cached is not None and cached[0] == key:
        return cached[1]
    rows = samples.rows_by_class(np.arange(len(own)), classes=classes, count=count)
    images = np.ascontiguousarray(own.pictures[rows])
    pictures = Pictures(
        ids=own.ids[rows],
        labels=np.eye(len(own.class_names), dtype=np.float32)[rows],
        images=images,
        class_names=own.class_names,
        origin=f"own pictures, {images.shape[1]} px",
        sheet=contact_sheet(images),
    )
    st.session_state[own_pictures.LOADED] = (key, pictures)
    return pictures


def for_script(pictures: Pictures, choice: PictureChoice) -> OfSplit | OfFiles:
    """Return how an exported script opens the same pictures."""
    ids = tuple(pictures.ids.tolist())
    if choice.prepared is None:
        classes = tuple(pictures.labels.argmax(axis=1).tolist())
        return OfFiles(
            size=pictures.size, ids=ids, classes=classes, class_names=pictures.class_names
        )
    return OfSplit(
        source=choice.prepared.source,
        split=choice.split,
        size=pictures.size,
        ids=ids,
        fit=choice.fit,
    )
