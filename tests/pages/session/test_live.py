"""The route of the pictures while a slider moves, and the thread that renders them; without a network."""

from __future__ import annotations

import asyncio
import gc
import json
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from augment import Recipe
from augment.address import encode
from augment.presets import PRESETS
from pages.components.parts.image_grid.image_grid import Tile, grid_frame
from pages.components.recipe.edit import with_value
from pages.components.session import live
from pages.components.session.live import Offer, Renderer, Request, Session
from tests.pages.shown import grids

RECIPE = PRESETS["guide"].recipe
MAGNITUDE = {"step": "rand_augment", "name": "magnitude"}
SECONDS = 120


def frames(recipe: Recipe) -> dict[str, bytes]:
    """A view of one tile; the sheet after it depends on the recipe."""
    after = repr(recipe.steps[0].params["magnitude"]).encode() * 100
    return {"grid": grid_frame([Tile(name="a")], before=b"before", after=after, size=8)}


@pytest.fixture
def session() -> Session:
    made = Session(offer=Offer(recipe=RECIPE, frames=frames, changed=with_value))
    live._sessions[made.token] = made
    return made


@pytest.fixture(autouse=True)
def renderer(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Renderer()
    monkeypatch.setattr(live, "RENDERER", made)
    yield made
    made.close()


def request(session: Session, turn: int = 0, value: Any = 0.5, **changed: Any) -> str:
    return json.dumps({"token": session.token, "turn": turn, **MAGNITUDE, "value": value} | changed)


class Connection:
    """What a browser does with the route."""

    def __init__(self, base: str = "") -> None:
        path = f"{base}/{live.PATH}"
        scope = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
        self._to, self._from = asyncio.Queue[Any](), asyncio.Queue[Any]()
        self._to.put_nowait({"type": "websocket.connect"})
        app = Starlette(routes=[live.route(base)])
        self.served = asyncio.create_task(app(scope, self._to.get, self._from.put))  # type: ignore[arg-type]

    def send(self, text: str) -> None:
        self._to.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, content: bytes) -> None:
        self._to.put_nowait({"type": "websocket.receive", "bytes": content})

    def leave(self) -> None:
        self._to.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def event(self) -> Any:
        async with asyncio.timeout(SECONDS):
            return await self._from.get()

    async def answer(self) -> tuple[dict[str, Any], list[bytes]]:
        event = await self.event()
        if event["type"] == "websocket.accept":
            event = await self.event()
        return read(event["bytes"])


def read(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the object of an answer, and its frames."""
    (length,) = struct.unpack_from("<I", content)
    at, found = 4 + length, []
    head = json.loads(content[4:at])
    for grid in head["grids"]:
        found.append(content[at : at + grid["bytes"]])
        at += grid["bytes"]
    assert at == len(content)
    return head, found


def header(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of a frame, and its sheets."""
    (length,) = struct.unpack_from("<I", frame)
    return json.loads(frame[4 : 4 + length]), frame[4 + length :]


def in_a_loop(talk: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: while Playwright is open, this one has a loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, talk).result()


def connected(talk: Callable[[Connection], Coroutine[Any, Any, None]], base: str = "") -> None:
    async def run() -> None:
        connection = Connection(base)
        await talk(connection)
        connection.leave()
        async with asyncio.timeout(SECONDS):
            await connection.served

    in_a_loop(run())


def test_a_frame_is_that_of_the_page_and_a_sheet_is_sent_once(session: Session) -> None:
    async def talk(page: Connection) -> None:
        expected = frames(with_value(RECIPE, *MAGNITUDE.values(), 0.25))["grid"]
        page.send(request(session, 7, 0.25))
        head, [frame] = await page.answer()
        assert (head["turn"], head["grids"][0]["key"], "problem" in head) == (7, "grid", False)
        assert header(frame) == header(expected)
        page.send(request(session, 8, 0.75))
        (left, sheets), (_, [frame]) = header(expected), await page.answer()
        shown, after = header(frame)
        assert [side["bytes"] for side in shown["sides"]] == [0, len(after)]
        assert shown["sides"][0]["digest"] == left["sides"][0]["digest"]
        assert sheets == b"before" + b"0.25" * 100
        assert after == b"0.75" * 100

    connected(talk)


@pytest.mark.parametrize("base", ["", "base", "/a/b/"])
def test_the_route_is_below_the_path_of_the_app(session: Session, base: str) -> None:
    async def talk(page: Connection) -> None:
        page.send(request(session))
        assert (await page.answer())[1]

    connected(talk, base.rstrip("/") if base.startswith("/") else f"/{base}" if base else "")
    assert live.route(base).path.endswith("/" + live.PATH)
    assert "//" not in live.route(base).path


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"value": float("nan")}, "finite"),
        ({"value": 10**300}, "finite"),
        ({"value": None}, "finite"),
        ({"value": [1]}, "finite"),
        ({"turn": "1"}, "turn"),
        ({"turn": True}, "turn"),
        ({"turn": -1}, "turn"),
        ({"step": 3}, "strings"),
        ({"more": 1}, "object with"),
        ({"token": "x" * 43}, "No session"),
        ({"name": "x" * live.MOST_CHARS}, "at most"),
    ],
)
def test_rubbish_closes_the_connection_with_a_reason(
    session: Session, changed: dict[str, Any], reason: str
) -> None:
    _closes(request(session, **changed), reason)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"a":1,"a":2}', "[" * 500, "\ud800", b"{}"]
)
def test_what_is_no_request_closes_the_connection(text: str | bytes) -> None:
    _closes(text, "A request must be")


def _closes(sent: str | bytes, reason: str) -> None:
    async def talk(page: Connection) -> None:
        page.send_bytes(sent) if isinstance(sent, bytes) else page.send(sent)
        assert (await page.event())["type"] == "websocket.accept"
        closed = await page.event()
        assert closed["type"] == "websocket.close"
        assert closed["code"] in (1003, 1008, 1009)
        assert reason in closed["reason"]
        assert len(closed["reason"].encode()) <= 123

    connected(talk)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"value": 7}, "magnitude"),
        ({"value": "much"}, "magnitude"),
        ({"step": "gone"}, "no such value"),
        ({"name": "op", "value": "cut_mix"}, "no such value"),
    ],
)
def test_a_value_that_is_refused_is_answered_with_the_reason(
    session: Session, changed: dict[str, Any], problem: str
) -> None:
    async def talk(page: Connection) -> None:
        page.send(request(session, **changed))
        head, sent = await page.answer()
        assert problem in head["problem"]
        assert not sent
        page.send(request(session))
        assert (await page.answer())[1]

    connected(talk)


def test_a_flood_is_answered_for_its_newest_request(session: Session, renderer: Renderer) -> None:
    async def talk(page: Connection) -> None:
        with renderer.page():
            page.send(request(session, 0))
            await page.event()
            await asyncio.sleep(0)
            for turn in range(1, 101):
                page.send(request(session, turn))
            first = (await page.answer())[0]
        second = (await page.answer())[0]
        assert (first["turn"] in (0, 100), second["turn"]) == (True, 100)
        page.send(request(session, 101))
        assert (await page.answer())[0]["turn"] == 101

    connected(talk)


def test_while_a_page_is_made_a_frame_is_dropped(session: Session, renderer: Renderer) -> None:
    begun = []

    def watched(recipe: Recipe) -> dict[str, bytes]:
        begun.append(recipe)
        return frames(recipe)

    async def talk(page: Connection) -> None:
        session.offer = Offer(recipe=RECIPE, frames=watched, changed=with_value)

        page.send(request(session, 3))
        with renderer.page():
            head, sent = await page.answer()
            assert (head["turn"], head["dropped"], sent, begun) == (3, True, [], [])
        page.send(request(session, 4))
        assert (await page.answer())[1]
        assert len(begun) == 1

    connected(talk)


def test_a_stage_that_fails_holds_up_no_frame(session: Session, renderer: Renderer) -> None:
    @live.goes_first
    def stage() -> None:
        waits = renderer.submit(ask(session), session)
        assert read(waits.result(SECONDS).content)[0]["dropped"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage()
    assert read(renderer.submit(ask(session), session).result(SECONDS).content)[1]


def ask(session: Session, turn: int = 0) -> Request:
    return Request.read(request(session, turn))


def test_people_have_turns(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CORE_SHARE", 1e9)
    order, begins, ends = [], threading.Event(), threading.Event()

    def view(name: str) -> Callable[[Recipe], dict[str, bytes]]:
        def shown(_: Recipe) -> dict[str, bytes]:
            order.append(name)
            begins.set()
            ends.wait(SECONDS)
            return {}

        return shown

    one, other = (
        Session(offer=Offer(recipe=RECIPE, frames=view(name), changed=with_value))
        for name in ("one", "other")
    )
    answers = [renderer.submit(ask(one), one)]
    begins.wait(SECONDS)
    answers += [renderer.submit(ask(each), each) for each in (one, other)]
    ends.set()
    for answer in answers:
        answer.result(SECONDS)
    assert order[:2] == ["one", "other"]


def test_one_person_has_half_a_core(session: Session, renderer: Renderer) -> None:
    begun = []

    def busy(_: Recipe) -> dict[str, bytes]:
        begun.append(time.monotonic())
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        return {}

    session.offer = Offer(recipe=RECIPE, frames=busy, changed=with_value)
    renderer.submit(ask(session), session).result(SECONDS)
    until = session.pause_until
    assert until >= session.served + 0.02 / live.CORE_SHARE
    head, _ = read(renderer.submit(ask(session), session).result(SECONDS).content)
    if not head.get("dropped"):
        assert begun[1] >= until
        assert head["pause"] <= 1000 * (session.pause_until - session.served)


def test_a_page_that_leaves_in_mid_frame_leaves_nothing(
    session: Session, renderer: Renderer
) -> None:
    begins, ends = threading.Event(), threading.Event()

    def slow(recipe: Recipe) -> dict[str, bytes]:
        begins.set()
        ends.wait(SECONDS)
        return frames(recipe)

    async def talk(page: Connection) -> None:
        session.offer = Offer(recipe=RECIPE, frames=slow, changed=with_value)
        page.send(request(session))
        await asyncio.to_thread(begins.wait, SECONDS)
        page.leave()
        async with asyncio.timeout(SECONDS):
            await page.served
        ends.set()

    connected(talk)
    answer = renderer.submit(ask(session, 5), session).result(SECONDS)
    assert read(answer.content)[0]["turn"] == 5


def test_a_bug_in_a_view_is_reported_and_the_next_frame_rendered(
    session: Session, renderer: Renderer
) -> None:
    def wrong(_: Recipe) -> dict[str, bytes]:
        raise ZeroDivisionError

    async def run() -> None:
        session.offer = Offer(recipe=RECIPE, frames=wrong, changed=with_value)
        page = Connection()
        page.send(request(session))
        with pytest.raises(ZeroDivisionError):
            await page.served

    in_a_loop(run())
    session.offer = Offer(recipe=RECIPE, frames=frames, changed=with_value)
    assert read(renderer.submit(ask(session), session).result(SECONDS).content)[1]


def test_what_the_page_and_a_slider_both_want_is_made_once() -> None:
    latest, begun, goes_on, made = live._Latest(), threading.Event(), threading.Event(), []

    def slow(recipe: Recipe) -> dict[str, bytes]:
        made.append(recipe)
        begun.set()
        assert goes_on.wait(SECONDS)
        return frames(recipe)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(latest.made, slow, RECIPE, ("pictures", 0))
        assert begun.wait(SECONDS)
        second = threads.submit(latest.made, slow, RECIPE, ("pictures", 0))
        goes_on.set()
        assert first.result() is second.result()
    assert len(made) == 1
    other = with_value(RECIPE, "rand_augment", "magnitude", 0.9)
    for recipe, subject in (
        (other, ("pictures", 0)),
        (other, ("pictures", 1)),
        (RECIPE, ("pictures", 1)),
    ):
        assert latest.made(slow, recipe, subject) == frames(recipe)
    assert len(made) == 4


def test_a_failure_is_tried_again() -> None:
    latest = live._Latest()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            latest.made(lambda recipe: {"grid": bytes(1 // 0)}, RECIPE, ())
    assert latest.made(frames, RECIPE, ()) == frames(RECIPE)


def test_at_the_end_what_waits_is_dropped(session: Session, renderer: Renderer) -> None:
    with renderer.page():
        waits = renderer.submit(ask(session), session)
        renderer.close()
        for answer in (waits, renderer.submit(ask(session), session)):
            assert read(answer.result(SECONDS).content)[0]["dropped"]
    assert renderer._thread
    renderer._thread.join(SECONDS)
    assert not renderer._thread.is_alive()


def test_a_connection_without_requests_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "IDLE_SECONDS", 0)

    async def talk(page: Connection) -> None:
        await page.event()
        assert (await page.event())["code"] == 1000

    connected(talk)


def digests(answer: live.Answer) -> list[str]:
    return [header(frame)[0]["digest"] for frame in read(answer.content)[1]]


@pytest.mark.parametrize("view", ["Grid", "Steps", "Sweep", "Range"])
def test_the_last_frame_of_a_drag_is_what_the_page_shows_after_it(
    open_page: Callable[..., AppTest], renderer: Renderer, view: str
) -> None:
    app = open_page(view=view)
    session: Session = app.session_state["live session"]
    before = [each["digest"] for each in grids(app)]
    shown = digests(renderer.submit(ask(session), session).result(SECONDS))
    assert len(shown) == len(before)
    assert shown != before
    recipe = with_value(app.session_state.recipe, *MAGNITUDE.values(), 0.5)
    after = open_page(view=view, r=encode(recipe.to_json()))
    assert [each["digest"] for each in grids(after)] == shown


def test_keras_cv_offers_nothing(open_page: Callable[..., AppTest], renderer: Renderer) -> None:
    session: Session = open_page(view="keras_cv").session_state["live session"]
    assert digests(renderer.submit(ask(session), session).result(SECONDS)) == []


def test_a_token_ends_with_its_session(
    open_page: Callable[..., AppTest], renderer: Renderer
) -> None:
    app = open_page()
    token = app.session_state["live session"].token
    assert app.run().session_state["live session"].token == token
    assert open_page().session_state["live session"].token != token
    session = live._sessions[token]
    renderer.submit(ask(session), session).result(SECONDS)
    # Its thread has the session in hand until it looks for the next request.
    renderer.close()
    assert renderer._thread
    renderer._thread.join(SECONDS)
    del app, session
    gc.collect()
    assert token not in live._sessions
