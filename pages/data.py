"""Data: choose a data set, bring one, look at it closely, and see what is prepared."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from augment.data import Prepared, Source
from augment.data.store import bringing
from pages.components import ignored, workbench
from pages.components.data_bring import data_bring
from pages.components.data_choice import data_choice
from pages.components.data_classes import data_classes
from pages.components.data_disk import data_disk
from pages.components.data_facts import data_facts
from pages.components.data_left_out import data_left_out
from pages.components.data_splits import data_splits
from pages.components.data_twice import data_twice
from pages.components.data_worth import data_worth
from pages.components.forget_source import forget_source
from pages.components.prepare_offer import prepare_offer, preparing
from pages.components.words import escaped

PARTS = {
    "Pictures": data_classes,
    "Splits": data_splits,
    "There twice": data_twice,
    "Left out": data_left_out,
}


def offer(source: Source, size: int, fit: str) -> None:
    """Offer to prepare a set that is not, or to take it back."""
    prepare_offer(source, size, fit)
    if bringing.can_be_forgotten(source.name):
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
