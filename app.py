"""The web page: `streamlit run app.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "pages" / "components" / "icon.svg"

st.set_page_config(page_title="Augmentation explorer", page_icon=str(ICON), layout="wide")

st.navigation(
    [
        st.Page(
            "pages/explore.py",
            title="Explore",
            icon=":material/filter_vintage:",
            default=True,
            help="Tune a recipe and see at once what it does to flowers.",
        ),
        st.Page(
            "pages/train.py",
            title="Train",
            icon=":material/play_circle:",
            help="Start a training with the recipe that you tuned.",
        ),
        st.Page(
            "pages/runs.py",
            title="Runs",
            icon=":material/monitoring:",
            help="Follow trainings, running and past.",
        ),
        st.Page(
            "pages/about.py",
            title="About",
            icon=":material/info:",
            help="What each augmentation does, and whose photographs these are.",
        ),
    ],
    position="top",
).run()
