"""What should be known of a data set before anything else, and where more is said of it."""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared
from augment.data.store import overview
from pages.components.cautions import cautions
from pages.components.words import count


def data_worth(prepared: Prepared) -> None:
    """Say in one line what the parts of the page that are not open have found."""
    across = sum(map(len, overview.repeated(prepared).across.values()))
    left_out = int(prepared.stored.index["problem_count"])
    warned = len(cautions(prepared))
    found = [
        f"{count(across, 'picture')} of one split in another one, too (*There twice*)"
        if across
        else "",
        f"{count(left_out, 'picture')} that could not be read (*Left out*)" if left_out else "",
        f"{count(warned, 'warning')} about classes (*Splits*)" if warned else "",
        "" if prepared.comparable else "figures that compare with no published ones (*Splits*)",
    ]
    if any(found):
        st.info(f"Worth knowing: {'; '.join(filter(None, found))}.", icon=":material/info:")
