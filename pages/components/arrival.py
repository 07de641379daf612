"""Whether the address of a run is news."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def arrived(who: str) -> bool:
    """Whether somebody opened or changed the page, or went back or forward, rather than a widget.

    At any other time a run may bring an address older than the latest change.

    Args:
        who: Who asks; each asks once a run, and is answered for itself.
    """
    context = get_script_run_ctx()
    page = context.page_script_hash if context else ""
    key = f"page that {who} saw last"
    turned = st.session_state.get(key) != page
    st.session_state[key] = page
    return turned or (context is not None and context.is_history_navigation)
