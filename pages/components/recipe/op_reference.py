"""What each op is, in the words of its own docstring."""

from __future__ import annotations

import streamlit as st

from augment import Op, Param, registry
from augment.engine.op import GROUPS
from pages.components.recipe.param_widget import in_words


def op_reference() -> None:
    """Show every op of the registry, a group at a time."""
    for group, tab in zip(GROUPS, st.tabs(list(GROUPS.values())), strict=True):
        with tab:
            for op in registry().values():
                if op.group == group:
                    _entry(op)


def _entry(op: Op) -> None:
    with st.expander(f"{op.title}: {op.summary}"):
        rest = op.doc.partition("\n")[2].strip()
        if rest:
            st.markdown(rest)
        if op.params:
            st.markdown("\n".join(_line(param) for param in op.params.values()))
        paper = op.paper
        source = f"{paper.title}, [{paper.label}]({paper.url})" if paper.url else paper.label
        st.caption(f"From {source}. In a recipe: `{op.name}`, version {op.version}.")


def _line(param: Param) -> str:
    default = param.default if param.type == "choice" else f"{param.default:g}"
    unit = f" {param.unit}" if param.unit else ""
    allowed = f"Allowed: {param.allowed}{unit}; default: {default}."
    return f"- **{in_words(param.name)}** (`{param.name}`): {param.help} {allowed}"
