"""Data: choose a data set, bring one, look at it closely, and see what is prepared."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from augment.data import bringing
from augment.data.inventory import PreparedInfo
from pages.components import ignored, workbench
from pages.components.data_bring import data_bring
from pages.components.data_choice import DataChoice, data_choice
from pages.components.data_classes import data_classes
from pages.components.data_disk import data_disk
from pages.components.data_facts import data_facts
from pages.components.data_left_out import data_left_out
from pages.components.data_splits import data_splits
from pages.components.data_twice import data_twice
from pages.components.forget_source import forget_source
from pages.components.prepare_offer import prepare_offer, preparing
from pages.components.words import escaped

PARTS = {
    "Pictures": data_classes,
    "Splits": data_splits,
    "There twice": data_twice,
    "Left out": data_left_out,
}


def look(choice: DataChoice) -> None:
    """Show the set that is chosen, or offer to prepare it."""
    if choice.prepared is None:
        prepare_offer(choice.source, choice.size, choice.fit)
        if bringing.can_be_forgotten(choice.source.name):
            forget_source(choice.source)
        return
    if data.preparation(choice.source.name, choice.size, choice.fit).state == "running":
        preparing(choice.source, choice.size, choice.fit)
    tabs = st.tabs(list(PARTS), key="part", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        with tab:
            if tab.open:
                show(choice.prepared)


workbench.adopt_address()
ignored.known(workbench.PARAMETER, "part")
st.title("Data", anchor=False)
st.caption("What the pictures are, which of them train and which judge, and bringing your own.")
said = st.container()
try:
    listed: list[PreparedInfo] = data.list_prepared()
    choice = data_choice()
    data_bring(choice.size, choice.fit)
    data_facts(choice, listed)
    look(choice)
    st.header("On this disk", anchor=False)
    data_disk(data.list_prepared())
except DataError as error:
    st.error(escaped(error))
with said:
    ignored.show()
