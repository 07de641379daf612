"""Shared by the benchmarks: sessions of the app without a browser, as many as are wanted.

Thirty Chromium pages need more of two cores than the server that is measured. A session here does what
the page of a browser does to the server: it connects, asks for a page, acknowledges nothing more than
the page does, and runs each polling part of it again at the interval that the page asks for. It draws
nothing, and fetches no pictures.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_DEADLINE_S = 120


@dataclass
class Sessions:
    """What open sessions have seen.

    Attributes:
        opened: Seconds that each took from its request to the end of the first run of the page.
        polls: Seconds that each poll took.
        errors: Texts of exceptions that the page showed.
    """

    opened: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def sessions(url: str, page: str, count: int) -> Iterator[Sessions]:
    """Open sessions of a page one after the other, and keep them open and polling meanwhile.

    Args:
        url: The address of the app.
        page: The path of the page, such as "runs".
        count: How many.

    Raises:
        RuntimeError: They were not all open in time, or a connection ended.
    """
    seen = Sessions()
    with in_thread(
        lambda stop, ready: one_by_one([partial(_session, url, page, seen, stop)] * count, ready)
    ):
        yield seen


@contextmanager
def in_thread(
    work: Callable[[threading.Event, threading.Event], Awaitable[None]],
) -> Iterator[None]:
    """Let sessions live in a thread of their own meanwhile.

    Args:
        work: Opens the sessions, sets its second argument when all are open, and returns when its first
            one is set.

    Raises:
        RuntimeError: They were not all open in time, or a connection ended.
    """
    stop, ready = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    async def run() -> None:
        await work(stop, ready)

    def guarded() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        if not ready.wait(_DEADLINE_S) or failed:
            raise RuntimeError(f"The sessions could not be opened: {failed or 'no time left'}.")
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise RuntimeError(f"A session ended: {failed[0]!r}.")


async def one_by_one(
    sessions: Iterable[Callable[[asyncio.Event], Coroutine[Any, Any, None]]],
    ready: threading.Event,
) -> None:
    """Run sessions side by side, each begun when the one before has set its event that it is open.

    Args:
        sessions: What each does, from that event.
        ready: Set when all are open.
    """
    async with asyncio.TaskGroup() as group:
        for session in sessions:
            opened = asyncio.Event()
            group.create_task(session(opened))
            await opened.wait()
        ready.set()


def connected(address: str, *protocols: str) -> websockets.connect:
    """Return the connection to a websocket of the app, for `async with`."""
    return websockets.connect(
        address.replace("http", "ws", 1),
        subprotocols=[websockets.Subprotocol(each) for each in protocols] or None,
        max_size=None,
    )


async def _session(
    url: str, page: str, seen: Sessions, stop: threading.Event, opened: asyncio.Event
) -> None:
    async with connected(f"{url}/_stcore/stream", "streamlit") as socket:
        asked = time.perf_counter()
        await socket.send(_request(page))
        fragments: dict[str, float] = {}
        due: dict[str, float] = {}
        polled: dict[str, float] = {}
        while not stop.is_set():
            now = time.perf_counter()
            for fragment, at in due.items():
                if now >= at and fragment not in polled:
                    polled[fragment] = now
                    await socket.send(_request(page, fragment))
            try:
                raw = await asyncio.wait_for(socket.recv(), timeout=0.05)
            except TimeoutError:
                continue
            message = ForwardMsg()
            message.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = message.WhichOneof("type")
            if kind == "new_session" and not polled:
                fragments, due, polled = {}, {}, {}
            elif kind == "auto_rerun":
                fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                due.setdefault(
                    message.auto_rerun.fragment_id,
                    time.perf_counter() + message.auto_rerun.interval,
                )
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                seen.errors.append(message.delta.new_element.exception.message)
            elif kind == "script_finished":
                now = time.perf_counter()
                if not opened.is_set():
                    seen.opened.append(now - asked)
                    opened.set()
                for fragment, at in polled.items():
                    seen.polls.append(now - at)
                    due[fragment] = at + fragments[fragment]
                polled = {}


def _request(page: str, fragment: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = page
    if fragment:
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
    return bytes(message.SerializeToString())
