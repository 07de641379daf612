"""What each op is, in the words of its own docstring."""

from __future__ import annotations

import streamlit as st

from augment import Op, registry
from augment.spec import GROUPS
from pages.components.param_widget import in_words


def op_reference() -> None:
    """Show every op of the registry, by group."""
    for group, title in GROUPS.items():
        st.markdown(f"**{title}**")
        for op in registry().values():
            if op.group == group:
                _entry(op)


def _entry(op: Op) -> None:
    with st.expander(f"{op.title}: {op.summary}"):
        rest = op.doc.partition("\n")[2].strip()
        if rest:
            st.markdown(rest)
        for name, param in op.params.items():
            st.markdown(
                f"- **{in_words(name)}** (`{name}`): {param.help} Allowed: {param.allowed}; "
                f"default: {param.default}."
            )
        source = f"[{op.paper.label}]({op.paper.url})" if op.paper.url else op.paper.label
        title = op.paper.title if op.paper.url else ""
        st.caption(f"From {title} {source}. In a recipe: `{op.name}`, version {op.version}.")
