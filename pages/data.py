"""Data: choose a data set, add one, look at it closely, and manage what is prepared."""

from __future__ import annotations

import streamlit as st

from augment import DataError, data
from augment.data import Prepared, adding
from pages.components.data.add import add_data
from pages.components.data.classes import classes
from pages.components.data.disk import prepared_sets
from pages.components.data.duplicates import duplicates
from pages.components.data.facts import (
    BAD_FILES,
    BALANCE,
    DUPLICATES,
    bad_files,
    facts,
    findings,
    splits_table,
)
from pages.components.data.faults import faults
from pages.components.data.names import names_choice
from pages.components.data.other_sets import other_sets
from pages.components.data.prepare import forget_button, preparation, prepare_offer
from pages.components.pictures import data_choice
from pages.components.session import address_notes, workbench
from pages.components.session.text import escaped, heading

TABS = {
    "Pictures": classes,
    BALANCE: splits_table,
    DUPLICATES: duplicates,
    BAD_FILES: bad_files,
}
FORMER_TABS = {"There twice": DUPLICATES, "Splits": BALANCE, "Left out": BAD_FILES}
"""Names of tabs in old links."""


def details(prepared: Prepared) -> None:
    """Show a prepared set in tabs, of which only the open one is made."""
    tabs = st.tabs(list(TABS), key="part", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, TABS.values(), strict=True):
        with tab:
            if tab.open:
                show(prepared)


workbench.adopt_address()
workbench.write_address()
address_notes.expect(workbench.PARAMETER, "part")
if tab := FORMER_TABS.get(st.query_params.get("part", "")):
    st.session_state["part"] = tab
st.title("Data", anchor=False)
st.caption("See what the pictures are and how they are split, and add your own.")
notes = st.container()
try:
    choice = data_choice.data_choice(
        size_help="The side of a picture, the same on the pages Explore and Train. Each size is prepared "
        "once.",
        unprepared=DataError,
    )
    chosen = (choice.source, choice.size, choice.fit)
    listed = data.list_prepared()
    add_data(choice.size, choice.fit, listed)
    now = data.preparation(choice.source.name, choice.size, choice.fit)
    if choice.prepared is None:
        prepare_offer(*chosen)
        if adding.can_be_forgotten(choice.source.name):
            forget_button(choice.source)
    elif now.state == "running":
        preparation(*chosen)
    elif now.message:
        st.warning(escaped(f"{now.message} The page shows the earlier set."))
    if choice.prepared is not None:
        heading(data_choice.title_of(choice.source.name))
        faults(choice.prepared)
    facts(choice, listed)
    other_sets(choice.source, choice.fit)
    names_choice(*chosen, expanded=choice.prepared is None or bool(choice.prepared.stored.warnings))
    if choice.prepared is not None:
        findings(choice.prepared)
        details(choice.prepared)
    st.header("On this disk", anchor=False)
    prepared_sets(listed)
except DataError as error:
    st.error(escaped(error))
with notes:
    address_notes.show()
