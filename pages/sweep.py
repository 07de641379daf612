"""Sweep: train a recipe with several values of its parameters, and see which did best."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, runs
from pages.components.session import address_notes, workbench
from pages.components.session.text import escaped
from pages.components.sweep.choice import PARAMETER, sweep_choice
from pages.components.sweep.new import new_sweep
from pages.components.sweep.view import sweep_view

address_notes.expect(workbench.PARAMETER, PARAMETER)
workbench.adopt_address()
st.title("Sweep", anchor=False)
st.caption(
    "Train a recipe with several values of its parameters and several seeds, and compare them."
)
if workbench.problem():
    st.error(escaped(workbench.problem()))
try:
    listed = runs.list_shared()
    if sweep_id := sweep_choice(listed):
        sweep_view(sweep_id)
    else:
        workbench.write_address()
        if started := new_sweep(listed):
            st.query_params[PARAMETER] = started
            st.rerun()
except AugmentError as error:
    st.error(escaped(error))
