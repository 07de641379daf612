"""Sweep: train a recipe for each value of one or two of its parameters."""

from __future__ import annotations

import streamlit as st

from pages.components.session import workbench

workbench.adopt_address()
st.title("Sweep", anchor=False)
st.info("Choose the parameters of a recipe to vary.")
