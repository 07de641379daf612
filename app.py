"""The web server: `streamlit run app.py`. What it serves begins in `pages/main.py`.

Were that script here, Streamlit would take the folder `pages` beside it for its older kind of
multipage app until the first run says otherwise, and a link straight to a page would open wrongly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import streamlit as st


def warm_up() -> None:
    """Load the engine and the first pictures while the first visitor's browser loads the page."""
    from augment import DataError, data

    # The page says what is wrong with the data; a server without them still serves.
    with contextlib.suppress(DataError):
        data.open_prepared("bundled", 224)


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Warm up beside serving."""
    warming = asyncio.get_running_loop().run_in_executor(None, warm_up)
    yield
    await warming


app = st.App(Path(__file__).parent / "pages" / "main.py", lifespan=lifespan)
