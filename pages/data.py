"""Data: choose a data set, bring one, look at it closely, and see what is prepared."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from augment.data import Prepared, Source, adding
from pages.components.data.bring import data_bring
from pages.components.data.choice import data_choice
from pages.components.data.classes import data_classes
from pages.components.data.disk import data_disk
from pages.components.data.duplicates import data_twice
from pages.components.data.facts import data_facts, data_left_out, data_worth
from pages.components.data.prepare_offer import forget_source, prepare_offer, preparing
from pages.components.data.splits import data_splits
from pages.components.session import ignored, workbench
from pages.components.session.words import escaped

PARTS = {
    "Pictures": data_classes,
    "Splits": data_splits,
    "There twice": data_twice,
    "Left out": data_left_out,
}


def offer(source: Source, size: int, fit: str) -> None:
    """Offer to prepare a set that is not, or to take it back."""
    prepare_offer(source, size, fit)
    if adding.can_be_forgotten(source.name):
        forget_source(source)


def look(prepared: Prepared) -> None:
    """Show a prepared set from all sides, one at a time."""
    tabs = st.tabs(list(PARTS), key="part", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        with tab:
            if tab.open:
                show(prepared)


workbench.adopt_address()
ignored.known(workbench.PARAMETER, "part")
st.title("Data", anchor=False)
st.caption("What the pictures are, which of them train and which judge, and bringing your own.")
said = st.container()
try:
    choice = data_choice()
    shown = (choice.source, choice.size, choice.fit)
    listed = data.list_prepared()
    data_bring(choice.size, choice.fit)
    now = data.preparation(choice.source.name, choice.size, choice.fit)
    if choice.prepared is None:
        offer(*shown)
    elif now.state == "running":
        preparing(*shown)
    elif now.message:
        st.warning(escaped(f"{now.message} What is shown is the set from before."))
    data_facts(choice, listed)
    if choice.prepared is not None:
        data_worth(choice.prepared)
        look(choice.prepared)
    st.header("On this disk", anchor=False)
    data_disk(listed)
except DataError as error:
    st.error(escaped(error))
with said:
    ignored.show()
