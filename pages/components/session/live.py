"""The pictures while a slider moves: what a session shows, as a function of its recipe, over a websocket.

Each stage of Explore offers what it shows under a token that its page alone is given. While a slider
moves, the page asks for the same with one value changed. A frame of a drag is worth nothing once a newer
one is wanted, so nothing is queued: a connection has one request, its newest, and while the stage of any
page is made, it waits or is dropped. One thread renders for everybody, in turns, and takes at most half a
core for each person; so a drag leaves the rest of the server, and the released sliders, alone.

A request is a JSON object as text: `token`, `turn` (a number that comes back), and the `step`, the
`name` and the `value` that differ. The answer is bytes: a little-endian uint32, the length of the JSON
object that follows, then the frames one after the other. The object has `turn`, `grids` with the `key`
of each grid and the `bytes` of its frame, `pause`, the milliseconds until the next request will be
answered, and a `problem`, a sentence, if the recipe refuses the value. A request that is dropped has
`dropped` in its answer, and no grids. A sheet of pictures that the last answer on the same connection had
is left out: its side in the header of the frame has 0 `bytes`, and the `digest` of what was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import math
import secrets
import struct
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import streamlit as st
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from augment import AugmentError, Recipe, RecipeError
from augment.json_text import NotJson, parse

Frames = Callable[[Recipe], Mapping[str, bytes]]
"""What a view shows of a recipe: for the key of each of its grids the frame, from `grid_frame`.

The page shows it, and so does a slider while it moves: the same function, so the same bytes. It is called
in other threads than that of the page, so it neither reads the session nor shows anything.
"""
Changed = Callable[[Recipe, str, str, Any], Recipe]
"""A recipe with one value changed: by the id of its step, its name and the value; or a `RecipeError`."""

PATH = "_augment/frames"
"""The path of the route, below the address of the app."""
MOST_CHARS = 512
"""The longest request."""
IDLE_SECONDS = 90
"""How long a connection stays open without a request; the page closes it after a minute."""
MOST_WAIT_SECONDS = 0.1
"""How long a request waits for its turn before it is dropped, since its value is old by then."""
CORE_SHARE = 0.5
"""The most of a core that the frames of one person take."""
_LARGEST = 2**53
_FIELDS = ("token", "turn", "step", "name", "value")
_SESSION = "live session"
# Of RFC 6455: nothing is wrong, the page leaves, data of the wrong kind, a refused request, a long one.
_NORMAL, _GOING, _INVALID, _REFUSED, _TOO_LONG = 1000, 1001, 1003, 1008, 1009

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a stage shows.

    Attributes:
        recipe: The recipe that is shown.
        frames: What the view shows of a recipe; None if it shows nothing while a slider moves.
        changed: How one value is changed.
    """

    recipe: Recipe
    frames: Frames | None
    changed: Changed

    def with_value(self, step_id: str, name: str, value: Any) -> Mapping[str, bytes]:
        """Return the frames with one value changed; none if the view shows nothing while a slider moves.

        Raises:
            AugmentError: The recipe refuses the value, has no such step, or cannot be shown.
        """
        step = next((step for step in self.recipe.walk() if step.id == step_id), None)
        if step is None or name not in (*step.params, "probability", "enabled"):
            raise RecipeError("The recipe of this page has no such value.")
        changed = self.changed(self.recipe, step_id, name, value)
        return self.frames(changed) if self.frames else {}


class _Latest:
    """The frames that were made last, or are being made, for who asks for the same next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[object, ...] = ()
        self._frames: Future[Mapping[str, bytes]] = Future()

    def made(
        self, frames: Frames, recipe: Recipe, subject: tuple[object, ...]
    ) -> Mapping[str, bytes]:
        """Return the frames of a recipe."""
        of = repr(recipe), *subject
        with self._lock:
            is_known = of == self._of
            if not is_known:
                self._of, self._frames = of, Future()
            known = self._frames
        if not is_known:
            try:
                known.set_result(frames(recipe))
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it too
                known.set_exception(error)
                with self._lock:
                    if self._frames is known:
                        self._of = ()
        return known.result()


@dataclass(kw_only=True, eq=False)
class Session:
    """What the page of a session shows, and when it may have its next frame.

    Attributes:
        token: What its page names in each request; nobody can guess it.
        offer: What its stage showed last; None before it has shown anything.
        served: When its last frame was begun, in seconds of `time.monotonic`.
        pause_until: Before this it gets no other one, in the same seconds.
        latest: What `once` has made last, or is making.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    offer: Offer | None = None
    latest: _Latest = field(default_factory=_Latest)
    served: float = -math.inf
    pause_until: float = -math.inf


# Only the state of a session holds its entry, so a token ends with its session.
_sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()


def token() -> str:
    """Return the token with which the page of this session asks for frames, always the same."""
    return _session().token


def offer(recipe: Recipe, frames: Frames | None, changed: Changed) -> None:
    """Store what this session shows, for the sliders of its page.

    Args:
        recipe: The recipe that is shown; a slider that moves changes one value of it.
        frames: What its view shows; None for a view that cannot be shown while a slider moves.
        changed: How a recipe is changed.
    """
    _session().offer = Offer(recipe=recipe, frames=frames, changed=changed)


def once(frames: Frames, *subject: object) -> Frames:
    """Return frames that are not made again where the page and a slider of this session ask for the same.

    A slider that is released asks for the frame of its value, and so does the page a moment later.

    Args:
        frames: What a view shows.
        subject: What they show besides the recipe.
    """
    latest = _session().latest
    return lambda recipe: latest.made(frames, recipe, subject)


def _session() -> Session:
    session: Session | None = st.session_state.get(_SESSION)
    if session is None:
        session = st.session_state[_SESSION] = Session()
        _sessions[session.token] = session
    return session


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of a page; see the top of this file."""

    token: str
    turn: int
    step: str
    name: str
    value: float | str | bool

    @classmethod
    def read(cls, text: str) -> Request:
        """Read a request.

        Raises:
            ValueError: It is none; the message is a sentence of less than 120 characters.
        """
        try:
            read = parse(text)
        except NotJson:
            raise ValueError("A request must be JSON.") from None
        if not isinstance(read, dict) or sorted(read) != sorted(_FIELDS):
            raise ValueError(f"A request must be an object with {', '.join(_FIELDS)}.")
        if not all(isinstance(read[name], str) for name in ("token", "step", "name")):
            raise ValueError("token, step and name must be strings.")
        turn, value = read["turn"], read["value"]
        if type(turn) is not int or not 0 <= turn < _LARGEST:
            raise ValueError("turn must be a whole number.")
        if isinstance(value, int | float):
            # A whole number of a thousand digits cannot even be compared with infinity.
            if not -_LARGEST <= value <= _LARGEST:
                raise ValueError("value must be a finite number, a string or a boolean.")
        elif not isinstance(value, str):
            raise ValueError("value must be a finite number, a string or a boolean.")
        return cls(**read)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer.

    Attributes:
        content: The bytes of the message.
        sheets: The digests of the sheets that the browser has after it.
    """

    content: bytes
    sheets: frozenset[str]


@dataclass(kw_only=True, eq=False)
class _Job:
    request: Request
    session: Session
    sheets: frozenset[str]
    until: float
    answer: Future[Answer] = field(default_factory=Future)


class Renderer:
    """Renders the frames of all drags, one at a time, in a thread beside those of the pages."""

    def __init__(self) -> None:
        """Begin without a thread; the first request starts it."""
        self._changed = threading.Condition()
        self._waiting: list[_Job] = []
        self._pages = 0
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def submit(
        self, request: Request, session: Session, sheets: frozenset[str] = frozenset()
    ) -> Future[Answer]:
        """Have a request answered; a caller waits for the answer before it submits the next one.

        Args:
            request: What is wanted.
            session: The session with its token.
            sheets: The digests of the sheets that the browser has.

        Returns:
            The answer. Its exception is a bug in a view.
        """
        until = time.monotonic() + MOST_WAIT_SECONDS
        job = _Job(request=request, session=session, sheets=sheets, until=until)
        with self._changed:
            if self._is_closed:
                job.answer.set_result(_dropped(job))
                return job.answer
            self._waiting.append(job)
            if self._thread is None:
                # A daemon, so that a frame that is being rendered does not hold up the end.
                self._thread = threading.Thread(target=self._run, name="live frames", daemon=True)
                self._thread.start()
            self._changed.notify()
        return job.answer

    @contextlib.contextmanager
    def page(self) -> Iterator[None]:
        """Let a page go first: until this ends, no frame is begun."""
        with self._changed:
            self._pages += 1
        try:
            yield
        finally:
            with self._changed:
                self._pages -= 1
                self._changed.notify()

    def close(self) -> None:
        """End the thread; what waits is dropped, and so is all that comes later."""
        with self._changed:
            self._is_closed = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify()
        for job in waiting:
            if job.answer.set_running_or_notify_cancel():
                job.answer.set_result(_dropped(job))

    def _run(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        """Answer one request; return whether there may be others."""
        job, is_late = self._next()
        if job is None:
            return False
        if job.answer.set_running_or_notify_cancel():
            try:
                job.answer.set_result(_dropped(job) if is_late else _rendered(job))
            except Exception as error:  # noqa: BLE001 - the connection raises it
                job.answer.set_exception(error)
        return True

    def _next(self) -> tuple[_Job | None, bool]:
        """Wait for the request whose turn it is, and return it and whether it is too late for it."""
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                late = [job for job in self._waiting if job.until <= now]
                ready = [job for job in self._waiting if job.session.pause_until <= now]
                if ready and not self._pages:
                    job, is_late = min(ready, key=lambda job: job.session.served), False
                elif late:
                    job, is_late = late[0], True
                else:
                    times = [job.until for job in self._waiting]
                    if not self._pages:
                        times += [job.session.pause_until for job in self._waiting]
                    self._changed.wait(min(times) - now if times else None)
                    continue
                self._waiting.remove(job)
                return job, is_late
        return None, False


RENDERER = Renderer()


def goes_first(stage: Callable[P, R]) -> Callable[P, R]:
    """Let the stage of a page go first: while it is made, no frame of a drag is begun."""

    @functools.wraps(stage)
    def first(*args: P.args, **kwargs: P.kwargs) -> R:
        with RENDERER.page():
            return stage(*args, **kwargs)

    return first


def route(base: str) -> WebSocketRoute:
    """Return the route of the frames.

    Args:
        base: The path below which the app is served; slashes at its ends do not matter.
    """
    return WebSocketRoute("/".join(["", *filter(None, [base.strip("/"), PATH])]), serve)


async def serve(websocket: WebSocket) -> None:
    """Answer a page until it leaves, sends something else than a request, or stays silent."""
    await websocket.accept()
    newest: asyncio.Queue[Request] = asyncio.Queue(1)
    tasks = [asyncio.create_task(each(websocket, newest)) for each in (_read, _answer)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
            raise end
    if not any(isinstance(end, WebSocketDisconnect) for end in ends):
        code, reason = next(end for end in ends if isinstance(end, tuple))
        with contextlib.suppress(WebSocketDisconnect):  # it may leave just now
            await websocket.close(code, reason)


async def _read(websocket: WebSocket, newest: asyncio.Queue[Request]) -> tuple[int, str]:
    """Keep the newest request, and drop the one before it; return why the connection is closed.

    Raises:
        WebSocketDisconnect: The page has left.
    """
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await websocket.receive()
        except TimeoutError:
            return _NORMAL, "There was no request for a while."
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", _GOING))
        text = message.get("text")
        if text is None:
            return _INVALID, "A request must be text."
        if len(text) > MOST_CHARS:
            return _TOO_LONG, f"A request has at most {MOST_CHARS} characters."
        try:
            request = Request.read(text)
        except ValueError as error:
            return _REFUSED, str(error)
        if newest.full():
            newest.get_nowait()
        newest.put_nowait(request)


async def _answer(websocket: WebSocket, newest: asyncio.Queue[Request]) -> tuple[int, str]:
    """Answer the newest request, one after the other; return why the connection is closed.

    Raises:
        WebSocketDisconnect: The page has left.
    """
    sheets: frozenset[str] = frozenset()
    while True:
        request = await newest.get()
        session = _sessions.get(request.token)
        if session is None:
            return _REFUSED, "No session has this token."
        answering = RENDERER.submit(request, session, sheets)
        del session  # a connection must not keep it
        answer = await asyncio.wrap_future(answering)
        sheets = answer.sheets
        await websocket.send_bytes(answer.content)


def _rendered(job: _Job) -> Answer:
    """Render a request, and note when its session may have the next one."""
    request, session = job.request, job.session
    session.served, used = time.monotonic(), time.thread_time()
    frames: Mapping[str, bytes] = {}
    problem = ""
    try:
        if session.offer:
            frames = session.offer.with_value(request.step, request.name, request.value)
    except AugmentError as error:
        problem = str(error)
    taken = [_without(frame, job.sheets) for frame in frames.values()]
    used = time.thread_time() - used
    session.pause_until = session.served + used / CORE_SHARE
    grids = [{"key": key, "bytes": len(left)} for key, (left, _) in zip(frames, taken, strict=True)]
    about: dict[str, object] = {"grids": grids, "pause": _pause(session)}
    if problem:
        about["problem"] = problem
    sheets = frozenset().union(*(digests for _, digests in taken)) if taken else job.sheets
    return Answer(
        content=_message(request.turn, about, *(left for left, _ in taken)), sheets=sheets
    )


def _dropped(job: _Job) -> Answer:
    about = {"grids": [], "pause": _pause(job.session), "dropped": True}
    return Answer(content=_message(job.request.turn, about), sheets=job.sheets)


def _pause(session: Session) -> int:
    """Return the whole milliseconds until a session may have its next frame."""
    return math.ceil(1000 * max(session.pause_until - time.monotonic(), 0))


def _message(turn: int, about: Mapping[str, object], *frames: bytes) -> bytes:
    head = json.dumps({"turn": turn, **about}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *frames])


def _without(frame: bytes, sheets: Collection[str]) -> tuple[bytes, list[str]]:
    """Return a frame without the sheets that are there already, and the digests of all its sheets."""
    (length,) = struct.unpack_from("<I", frame)
    at = 4 + length
    header = json.loads(frame[4:at])
    left: list[bytes] = []
    digests = [side["digest"] for side in header["sides"]]
    for side in header["sides"]:
        if side["digest"] in sheets:
            at, side["bytes"] = at + side["bytes"], 0
        else:
            left.append(frame[at : at + side["bytes"]])
            at += side["bytes"]
    packed = json.dumps(header).encode()
    return b"".join([struct.pack("<I", len(packed)), packed, *left]), digests
