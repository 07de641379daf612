"""The link to Compare, and the address of groups of runs there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from augment.compare.groups import AT_ONCE

PARAMETER = "groups"


def compare_link(groups: Sequence[Iterable[str]], *, label: str, help: str | None = None) -> None:
    """Show a link that compares groups, which is disabled if they are too few or too many.

    Args:
        groups: The ids of the runs of each group, the base first.
        label: The text of the link.
        help: Its help.
    """
    can_compare = AT_ONCE.low <= len(groups) <= AT_ONCE.high
    st.page_link(
        "compare.py",
        label=label,
        icon=":material/compare_arrows:",
        help=help,
        disabled=not can_compare,
        query_params=parameters(groups) if can_compare else None,
    )


def parameters(groups: Iterable[Iterable[str]]) -> dict[str, str]:
    """Return the address parameters of groups, each of these ids of runs."""
    return {PARAMETER: ";".join(",".join(ids) for ids in groups)}
