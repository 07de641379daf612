"""What the grid shows: the very pictures that training gets for the same recipe, seed and epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

import augment
from augment import Batch, Plan, Recipe, data, kernels, registry
from augment.data import Prepared
from augment.plan import Applied
from pages.components.controls import Choice
from pages.components.image_grid import Images, Tile, contact_sheet, image_grid
from pages.components.samples import chosen_rows

SMALLEST_SHARE = 0.005

# The same bytes for a few pictures, without the memory of the compiled loops.
kernels.stay_plain()


@dataclass(frozen=True, kw_only=True)
class Before:
    """Pictures as they are: ids (B,), labels (B, K), pixels, the names of their classes, the sheet."""

    ids: npt.NDArray[np.int64]
    labels: npt.NDArray[np.float32]
    images: Images
    names: tuple[str, ...]
    sheet: bytes


@st.cache_resource(max_entries=8, show_spinner=False)
def before(
    source: str, size: int, prepared_at: str, split: str, classes: tuple[int, ...], count: int
) -> Before:
    """Return chosen pictures of a split, read and compressed once for as long as they stay the same."""
    prepared = data.open_prepared(source, size)
    held = prepared.split(split)
    rows = chosen_rows(held.labels, classes=classes, count=count)
    images = np.ascontiguousarray(held.images[rows])
    return Before(
        ids=held.ids[rows],
        labels=held.one_hot(rows),
        images=images,
        names=tuple(prepared.class_names[label] for label in held.labels[rows]),
        sheet=contact_sheet(images) if len(images) else b"",
    )


def show(choice: Choice, prepared: Prepared, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Draw, render and show the pictures of a choice.

    Raises:
        AugmentError: The data cannot be read, or the recipe cannot be drawn.
    """
    shown = before(
        prepared.source,
        prepared.size,
        prepared.prepared_at,
        choice.split,
        choice.classes,
        choice.count,
    )
    if not len(shown.ids):
        st.info("This split has no picture of these flowers.")
        return
    plan, batch = augmented(shown, recipe, seed=seed, epoch=epoch)
    image_grid(
        [
            Tile(
                name=name,
                captions=tuple(caption(applied) for applied in plan.rows[row].ops),
                notes=plan.rows[row].notes,
                shares=mixed_shares(batch.labels[row], prepared.class_names),
            )
            for row, name in enumerate(shown.names)
        ],
        before=shown.sheet,
        after=contact_sheet(batch.images),
        size=prepared.size,
        key="grid",
    )


def caption(applied: Applied) -> str:
    """Return in words what happened; of several chains that are mixed, each on a line of its own."""
    return "\n".join(
        [
            registry()[applied.op].caption(applied.values),
            *(
                f"{branch.weight:.0%}: {', '.join(one.caption for one in branch.ops)}"
                for branch in applied.branches
                if branch.ops
            ),
        ]
    )


def augmented(shown: Before, recipe: Recipe, *, seed: int, epoch: int) -> tuple[Plan, Batch]:
    """Return what is drawn for the pictures, and the pictures after it."""
    plan = augment.draw(recipe, shown.ids, seed=seed, epoch=epoch, labels=shown.labels)
    return plan, augment.render(plan, shown.images, shown.labels)


def mixed_shares(
    label: npt.NDArray[np.float32], class_names: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Return each class of a mixed label with its share, largest first; nothing for a pure one."""
    order = np.argsort(-label, kind="stable")
    shares = [(class_names[k], float(label[k])) for k in order if label[k] > SMALLEST_SHARE]
    return tuple(shares) if len(shares) > 1 else ()
