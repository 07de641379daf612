"""The list of ops to add to a recipe, each with what it does to the picture in hand."""

from __future__ import annotations

import streamlit as st

from augment import RecipeError, registry
from augment.engine.op import GROUPS
from pages.components.parts.gallery.gallery import Card, gallery
from pages.components.recipe import edit, thumbnails
from pages.components.session import workbench


def open_op_list(inside: str) -> None:
    """Open the list of ops.

    Args:
        inside: The id of the policy that the step becomes a child of; empty for the recipe itself.
    """
    parent = next((step for step in workbench.recipe().walk() if step.id == inside), None)
    label = f"Add a step to {registry()[parent.op].title}" if parent else "Add a step"
    st.dialog(label, width="large")(op_list)(parent.id if parent else None)


def op_list(inside: str | None) -> None:
    """Show all ops by group, to be found by words; choosing one adds it and closes the list.

    Args:
        inside: The id of the policy that the step becomes a child of, or None for the recipe itself.
    """
    shown = thumbnails.of_ops()
    gallery(
        [
            Card(
                name=op.name,
                title=op.title,
                text=op.summary,
                group=GROUPS[op.group],
                also=op.also,
                more=tuple(param.help for param in op.params.values()),
                drawn=shown.drawn.get(op.name, ""),
            )
            for op in registry().values()
        ],
        shown.pictures,
        on_choose=lambda name: _add(name, inside),
        key="op list",
        placeholder="Search by name or by what it does: mirror, noise, darker",
        none="No op matches. Try another word for what it should do.",
        note=shown.note,
    )


def _add(op: str, inside: str | None) -> None:
    """Add a step, and run the whole page, which closes the list."""
    try:
        workbench.change(edit.with_step_added(workbench.recipe(), op, inside))
    except RecipeError as error:
        workbench.refuse(error)
    st.rerun()
