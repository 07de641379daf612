"""The script in the page; `tests/browser/test_every_page.py` sees what it is for."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.components.session.streamlit_internals import FrontEndScript
from tests.pages.session.test_owner import finish

PAGE, SCRIPT = b"<html><head><title></title></head></html>", b"<head><script>"


def answer(
    path: str, kind: str = "text/html; charset=utf-8", base: str = "", status: int = 200
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an answer that comes in two parts, behind the middleware."""
    headers: dict[str, str] = {}
    body = b""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        may_compress = dict(scope["headers"]).get(b"accept-encoding", b"")
        raw = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(PAGE))]
        raw += [(b"may-compress", may_compress)]
        start = {"type": "http.response.start", "status": status}
        await send({**start, "headers": [*raw, (b"etag", b'"of the file"')]})
        await send({"type": "http.response.body", "body": PAGE[:9], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[9:]})

    async def send(message: Message) -> None:
        nonlocal body
        headers.update({name.decode(): each.decode() for name, each in message.get("headers", [])})
        body += message.get("body", b"")

    async def receive() -> Message:
        raise AssertionError

    sent = [(b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": path, "headers": sent}
    finish(FrontEndScript(app, base)(scope, receive, send))
    return headers, body


@pytest.mark.parametrize(
    ("path", "base"),
    [("/", ""), ("/data", ""), ("/lab/x/", "lab/x"), ("/lab/x/data", "/lab/x/")],
)
def test_the_page_has_the_script(path: str, base: str) -> None:
    headers, body = answer(path, base=base)
    assert body.startswith(b"<html>" + SCRIPT)
    assert body.endswith(b"</script><title></title></head></html>")
    assert int(headers["content-length"]) == len(body)
    assert "etag" not in headers
    assert headers["may-compress"] == ""  # or the script would come between compressed bytes


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/app/static/page.html", "text/html", 200),
        ("/favicon.png", "image/png", 200),
        ("/data", "text/html", 404),
    ],
)
def test_other_answers_are_as_they_were(path: str, kind: str, status: int) -> None:
    headers, body = answer(path, kind, status=status)
    assert body == PAGE
    assert headers["content-length"] == str(len(PAGE))
    assert headers["etag"]
