"""The list of ops to add to a recipe: by group, or found by words."""

from __future__ import annotations

import streamlit as st

from augment import Op, Step, registry
from augment.engine.op import GROUPS
from pages.components.recipe import edit
from pages.components.session import workbench


def step_chooser(parent: Step | None) -> None:
    """Show a button that opens the list of ops.

    Args:
        parent: The policy that the step becomes a child of, or None for the recipe itself.
    """
    label = f"Add a step to {registry()[parent.op].title}" if parent else "Add a step"
    inside = parent.id if parent else None
    key = f"add {workbench.version()} {inside}"
    if st.button(label, icon=":material/add:", width="stretch", key=key):
        st.dialog(label, width="medium")(op_list)(inside)


def op_list(inside: str | None) -> None:
    """Show the ops that match the search, by group.

    Args:
        inside: The id of the policy that the step becomes a child of, or None for the recipe itself.
    """
    query = st.text_input(
        "Search",
        type="search",
        live=True,
        placeholder="Search by name or by what it does",
        label_visibility="collapsed",
        key="op search",
    )
    found = [op for op in registry().values() if matches(op, query or "")]
    for group, title in GROUPS.items():
        _group(title, [op for op in found if op.group == group], inside, in_full=bool(query))
    if not found:
        st.caption("No op matches. Try another word.")


def matches(op: Op, query: str) -> bool:
    """Whether each word of the query begins a word of the op's name, summary or parameter help."""
    helps = " ".join(param.help for param in op.params.values())
    text = _plain(f"{op.title} {op.name} {op.summary} {helps}")
    return all(f" {word}" in f" {text}" for word in _plain(query).split())


def _plain(text: str) -> str:
    """Return lower-case words in one spelling, American for British."""
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return words.replace("colour", "color").replace("grey", "gray")


def _group(title: str, ops: list[Op], inside: str | None, *, in_full: bool) -> None:
    """Show the ops of a group side by side, or in a list with their summaries."""
    if not ops:
        return
    st.markdown(f"**{title}**")
    if not in_full:
        with st.container(horizontal=True, gap="xsmall"):
            for op in ops:
                _button(op, inside)
        return
    for op in ops:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _button(op, inside)
            st.caption(op.summary)


def _button(op: Op, inside: str | None) -> None:
    st.button(
        op.title,
        key=f"add {op.name}",
        help=op.summary,
        on_click=edit.add,
        args=(op.name, inside),
    )
