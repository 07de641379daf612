"""The middleware on a small app; `tests/test_app.py` has it on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from pages.components.session import owner
from pages.components.session.owner import COOKIE, OwnerCookie, hash_of, new_token

TOKEN = "4IkxMdcCNpOCaXsrXrgCruAhiJrt8nz7Qf1NWI57QSw"
PAGE = {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}


def finish(answering: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread: this one has an event loop already, where a browser was driven."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, answering).result()


def asked(
    kind: str = "http",
    *,
    path: str = "/",
    headers: dict[str, str] | None = None,
    answer: dict[str, str] = PAGE,
    **scope: Any,
) -> tuple[str, dict[str, str]]:
    """Return the token that the app behind the middleware gets, and the headers of its answer."""
    got, sent = [], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.append(HTTPConnection(scope).cookies.get(COOKIE, ""))
        start = "websocket.accept" if kind == "websocket" else "http.response.start"
        raw = [(name.encode(), value.encode()) for name, value in answer.items()]
        await send({"type": start, "status": 200, "headers": raw})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    made = {"type": kind, "method": "GET", "scheme": "http", "headers": raw, "path": "/x"} | scope
    finish(OwnerCookie(app, path=path)(made, receive, send))
    [token], [message] = got, sent
    return token, {name.decode(): value.decode() for name, value in message["headers"]}


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_browser_without_a_token_gets_one_that_its_first_request_has_already(kind: str) -> None:
    token, headers = asked(kind, headers={"cookie": "other=1"})
    [cookie] = SimpleCookie(headers["set-cookie"]).values()
    assert (cookie.key, cookie.value) == (COOKIE, token)
    assert hash_of(token)
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("Lax", "/", "")
    assert int(cookie["max-age"]) == 365 * 24 * 3600
    assert headers["cache-control"] == "no-store"
    assert asked(kind)[0] != token


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_browser_keeps_its_token(kind: str) -> None:
    token, headers = asked(kind, headers={"cookie": f"other=1; {COOKIE}={TOKEN}"})
    assert token == TOKEN
    assert headers == PAGE


@pytest.mark.parametrize("bad", ["", "x", TOKEN[:-1], TOKEN + "A", "é" * 43, TOKEN[:-1] + ";"])
def test_what_is_no_token_is_replaced(bad: str) -> None:
    token, headers = asked("websocket", headers={"cookie": f"{COOKIE}={bad}"})
    assert hash_of(token)
    assert token in headers["set-cookie"]


@pytest.mark.parametrize(
    ("scope", "answer"),
    [
        ({}, {"content-type": "image/png"}),
        ({}, {"content-type": "text/javascript", "cache-control": "public, immutable"}),
        ({}, {}),
        ({"method": "POST"}, PAGE),
        ({"method": "HEAD"}, PAGE),
    ],
)
def test_no_other_answer_carries_a_token_that_a_cache_could_hand_on(
    scope: dict[str, Any], answer: dict[str, str]
) -> None:
    assert asked(answer=answer, **scope)[1] == answer


@pytest.mark.parametrize(
    ("scope", "headers"),
    [
        ({"scheme": "https"}, {}),
        ({"scheme": "wss"}, {}),
        ({}, {"x-forwarded-proto": "https"}),
        ({}, {"x-forwarded-proto": "HTTPS, http"}),
    ],
)
def test_over_https_the_cookie_is_secure_and_for_the_path_of_the_server(
    scope: dict[str, Any], headers: dict[str, str]
) -> None:
    _, answer = asked(path="/lab/augment", headers=headers, **scope)
    [cookie] = SimpleCookie(answer["set-cookie"]).values()
    assert cookie["secure"]
    assert cookie["path"] == "/lab/augment"


def test_the_lifespan_passes() -> None:
    """It has no headers, which the middleware must not ask for."""
    passed = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    finish(OwnerCookie(app)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == ["lifespan"]


def test_a_token_is_long_and_its_hash_does_not_contain_it() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert owner.hash_of(TOKEN) == owner.hash_of(TOKEN) != owner.hash_of(new_token())
    assert len(hash_of(TOKEN)) == 64
    assert TOKEN not in hash_of(TOKEN)
    assert [hash_of(other) for other in (None, "", 5, TOKEN + "\n")] == [""] * 4
