"""The frame of every page: its title in the browser, and the way to the others."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.pictures import chosen_data
from pages.components.session import ignored, layout

ICON = Path(__file__).parent / "components" / "parts" / "icon.svg"

st.set_page_config(page_title="Augmentation explorer", page_icon=str(ICON), layout="wide")

layout.style()
page = st.navigation(
    [
        st.Page(
            "explore.py",
            title="Explore",
            icon=":material/filter_vintage:",
            default=True,
            help="Tune a recipe and see at once what it does to flowers.",
        ),
        st.Page(
            "data.py",
            title="Data",
            icon=":material/database:",
            help="See what the pictures are, bring your own, and prepare them.",
        ),
        st.Page(
            "train.py",
            title="Train",
            icon=":material/play_circle:",
            help="Start a training with the recipe that you tuned.",
        ),
        st.Page(
            "runs.py",
            title="Runs",
            icon=":material/monitoring:",
            help="Follow trainings, running and past.",
        ),
        st.Page(
            "about.py",
            title="About",
            icon=":material/info:",
            help="What each augmentation does, and whose photographs these are.",
        ),
    ],
    position="top",
)
ignored.listen()
chosen_data.listen()
page.run()
