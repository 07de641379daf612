"""The web server, started by `streamlit run app.py`: its routes and its lifespan.

The page begins in `pages/main.py`. If this file were the page, Streamlit would take the folder `pages`
beside it for its older kind of multipage app until the first run, and a link straight to a page would
open the wrong one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import streamlit as st

_log = logging.getLogger("augment")


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Prepare for the first visitor and start the queue, in a thread beside the server."""
    started = asyncio.get_running_loop().run_in_executor(None, _start)
    yield
    await started


def _start() -> None:
    # Here, so that the server listens before the engine is loaded.
    from augment import AugmentError, data, runs

    # A server serves whatever fails here; the pages show the same errors.
    for step in (lambda: data.open_prepared("bundled", 224), runs.wake):
        try:
            step()
        except AugmentError as error:
            _log.warning("%s", error)


app = st.App(Path(__file__).parent / "pages" / "main.py", lifespan=lifespan)
