"""The web server, started by `streamlit run app.py`: lifespan, hosts, owner cookie, and live pictures.

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
from starlette.middleware import Middleware

from pages.components.session import hosts, live, memory, owner, streamlit_internals

_log = logging.getLogger("augment")


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Prepare for the first visitor, start the queue, and give memory back, beside the server."""
    started = asyncio.get_running_loop().run_in_executor(None, _start)
    giving = asyncio.create_task(memory.give_back_when_idle())
    yield
    live.RENDERER.close()
    giving.cancel()
    await started


def _start() -> None:
    # Here, so that the server listens before the engine is loaded.
    # SciPy draws numbers, and is imported only when it is needed: that would be the first visit.
    import scipy.special  # noqa: F401

    from augment import AugmentError, data, runs

    # A server serves whatever fails here; the pages show the same errors.
    for step in (lambda: data.open_prepared("bundled", 224), runs.wake):
        try:
            step()
        except AugmentError as error:
            _log.warning("%s", error)


def only_own_hosts() -> Middleware:
    """Return the check of every request, for the options with which the server was started."""
    address = st.get_option("server.address") or ""
    named = [*st.get_option("server.allowedHosts"), st.get_option("browser.serverAddress")]
    try:
        allowed = hosts.allowed_hosts(address, named)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    if not hosts.is_loopback(address):
        _log.warning("The server answers requests for these hosts: %s", ", ".join(allowed))
    streamlit_internals.allow_hosts(allowed)
    is_checked = st.get_option("server.enableCORS")
    origins = st.get_option("server.corsAllowedOrigins") if is_checked else ["*"]
    return Middleware(hosts.OnlyOwnHosts, hosts=allowed, origins=origins)


def owner_cookie() -> Middleware:
    """Return what gives each browser the token by which it owns its runs."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return Middleware(owner.OwnerCookie, path=f"/{path}")


def front_end_script() -> Middleware:
    """Return what adds our own script to the page that loads Streamlit's front end."""
    base = st.get_option("server.baseUrlPath")
    return Middleware(streamlit_internals.FrontEndScript, base=base)


memory.share_arenas()
app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    lifespan=lifespan,
    routes=[live.route(st.get_option("server.baseUrlPath"))],
    # The first one sees a request first: one that is refused gets no token.
    middleware=[only_own_hosts(), owner_cookie(), front_end_script()],
)
