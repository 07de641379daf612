"""The web server: `streamlit run app.py`. What it serves begins in `pages/main.py`.

Were that script here, Streamlit would take the folder `pages` beside it for its older kind of
multipage app until the first run says otherwise, and a link straight to a page would open wrongly.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).parent / "pages" / "main.py")
