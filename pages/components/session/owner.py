"""The token by which a browser owns the runs that it started: a cookie, of which a run keeps the hash.

Streamlit's pages can only read cookies, so a middleware sets this one: with the first page that a browser
loads, and again with the websocket of a session that came without it. The token is also put into the
request that lacked it, so that a session has the token which its browser is given at that moment.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "augment_owner"
_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = 365 * 24 * 3600


def new_token() -> str:
    """Return a token that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(token: object) -> str:
    """Return what a run keeps of a token, from which nobody gets the token; empty if it is none.

    A slow hash, as for a password, is not needed: a token has 256 random bits.
    """
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return ""
    return hashlib.sha256(token.encode()).hexdigest()


class OwnerCookie:
    """Middleware that gives a token to each browser that has none."""

    def __init__(self, app: ASGIApp, path: str = "/") -> None:
        """Wrap an app.

        Args:
            app: The app.
            path: The path below which it is served, with a slash at its start.
        """
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a token if it has none."""
        if not _may_get_token(scope) or hash_of(HTTPConnection(scope).cookies.get(COOKIE)):
            await self._app(scope, receive, send)
            return
        token = new_token()

        async def send_with_token(message: Message) -> None:
            if message["type"] == "websocket.accept" or _starts_page(message):
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers.append("Set-Cookie", self._cookie(scope, token))
                # A cache between browser and server must not hand one token to several people.
                headers["Cache-Control"] = "no-store"
            await send(message)

        # The last cookie of a name counts.
        others = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
        given = [value for name, value in scope["headers"] if name == b"cookie"]
        cookies = b"; ".join([*given, f"{COOKIE}={token}".encode()])
        with_token = {**scope, "headers": [*others, (b"cookie", cookies)]}
        await self._app(with_token, receive, send_with_token)

    def _cookie(self, scope: Scope, token: str) -> str:
        """Return the value of a header Set-Cookie.

        Lax and not strict: a browser that follows a link from elsewhere sends no strict cookie, and would
        be given another token.
        """
        parts = [f"{COOKIE}={token}", f"Max-Age={_SECONDS}", f"Path={self._path}"]
        parts += ["HttpOnly", "SameSite=Lax"]
        return "; ".join([*parts, "Secure"] if _is_encrypted(scope) else parts)


def _may_get_token(scope: Scope) -> bool:
    return bool(
        scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] == "GET")
    )


def _starts_page(message: Message) -> bool:
    """Whether a message starts the answer with a page; other files are the same for everybody."""
    if message["type"] != "http.response.start":
        return False
    kind = str(Headers(raw=message["headers"]).get("content-type"))
    return kind.startswith("text/html")


def _is_encrypted(scope: Scope) -> bool:
    """Whether the browser came by https, perhaps to a proxy that passes the request on without."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return forwarded == "https" or scope["scheme"] in ("https", "wss")
