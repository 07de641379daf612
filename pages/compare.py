"""Compare: whether one recipe helped more than another, and whom."""

from __future__ import annotations

import streamlit as st

from pages.components.session import workbench

workbench.adopt_address()
st.title("Compare", anchor=False)
st.info("Choose two or more runs on the page Runs.")
