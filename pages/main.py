"""The frame of every page: the browser's title, the style and the navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.session import address, address_notes, layout

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
            help="Tune a recipe and see at once what it does to pictures.",
        ),
        st.Page(
            "data.py",
            title="Data",
            icon=":material/database:",
            help="See what the pictures are, add your own, and prepare them.",
        ),
        st.Page(
            "train.py",
            title="Train",
            icon=":material/play_circle:",
            help="Start a training with your recipe.",
        ),
        st.Page(
            "runs.py",
            title="Runs",
            icon=":material/monitoring:",
            help="Follow trainings, running and finished.",
        ),
        st.Page(
            "compare.py",
            title="Compare",
            icon=":material/compare_arrows:",
            help="Learn whether a recipe helped, and whom.",
        ),
        st.Page(
            "sweep.py",
            title="Sweep",
            icon=":material/grid_on:",
            help="Train a recipe with several values of its parameters.",
        ),
        st.Page(
            "predict.py",
            title="Predict",
            icon=":material/image_search:",
            help="Ask a trained model about a picture.",
        ),
        st.Page(
            "about.py",
            title="About",
            icon=":material/info:",
            help="What each augmentation does, and who took the photographs.",
        ),
    ],
    position="top",
)
address.begin()
address_notes.begin()
page.run()
address.flush()
