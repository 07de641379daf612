"""Which requests the web server answers: those for this machine by its own name, from its own pages.

A site that a user visits can give its own name the address of this machine (DNS rebinding); the browser
then takes the server for that site, which may read and do what the user may. And browsers let the pages
of all sites open a websocket to any server. The headers Host and Origin show both, because no page can
change them.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import psutil
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from augment.engine.limits import cut

LOCAL = ("localhost", "127.0.0.1", "::1")
"""The names by which a machine reaches itself; no site can have one of them."""
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[\w.*-]+)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(r"https?://[^/]+")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_MOST_LOGGED, _MOST_CHARS = 20, 80

_log = logging.getLogger("augment")


def allowed_hosts(address: str, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the hosts for which a server answers.

    Args:
        address: The address on which it listens; empty for all of them.
        named: More hosts, named at the start; `*.example.org` is all names that end so, and `*` is any.

    Raises:
        ValueError: A named host is not one.
    """
    for host in named:
        if not name_of(host):
            raise ValueError(
                f"server.allowedHosts or browser.serverAddress names {host!r}, which is not a host, such "
                "as example.org or 192.0.2.7."
            )
    of_address = [address] if is_loopback(address) else [address, *_own_names()]
    found = (*LOCAL, *of_address, *map(name_of, named))
    return tuple(dict.fromkeys(host for host in found if not _is_unspecified(host)))


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach a server that listens on this address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def name_of(host: str) -> str:
    """Return the name in a header Host, in lower case and without the port; empty if there is none."""
    found = _HOST.fullmatch(host)
    return found["name"].strip("[]").rstrip(".").lower() if found else ""


class OnlyOwnHosts:
    """Middleware that answers 403 to requests for other hosts and from pages of other sites."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], origins: Iterable[str] = ()) -> None:
        """Wrap an app.

        Args:
            app: The app.
            hosts: The hosts that are answered, as `allowed_hosts` returns them.
            origins: Origins whose pages may use the app as its own pages do, such as
                `https://example.org`; `*` for all.
        """
        self._app = app
        self._names = frozenset(hosts)
        self._endings = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._origins = frozenset(origins)
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        problem = self._problem(scope) if scope["type"] in ("http", "websocket") else ""
        if not problem:
            await self._app(scope, receive, send)
            return
        self._report(problem)
        if scope["type"] == "websocket":
            # Before it is accepted, so the answer is 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(f"{problem}\n", status_code=403)(scope, receive, send)

    def _problem(self, scope: Scope) -> str:
        """Return why a request is refused, in a sentence for the person who started the server."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        host = name_of(hosts[0]) if len(hosts) == 1 else ""
        if not host:
            return "This server does not answer a request without a valid header Host."
        if not self._is_allowed(host):
            named = cut(host, _MOST_CHARS)
            return (
                f"This server does not answer requests for the host {named}. To allow this host, "
                f"name it when you start the server: --server.allowedHosts={named}"
            )
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        for origin in origins if changes else []:
            if not self._is_own(origin, hosts[0]):
                return _of_another_site(origin)
        return ""

    def _is_allowed(self, name: str) -> bool:
        return name in self._names or "*" in self._names or name.endswith(self._endings)

    def _is_own(self, origin: str, host: str) -> bool:
        if origin in self._origins or "*" in self._origins:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False

    def _report(self, problem: str) -> None:
        # Each sentence once, and not too many: their texts come from outside.
        if problem not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(problem)
            _log.warning("%s", problem)


def _own_names() -> list[str]:
    """Return the names and addresses that this machine has in its networks."""
    name = socket.gethostname()
    names = [name, socket.getfqdn(), f"{name.partition('.')[0]}.local"]
    addresses = [
        each.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for each in interface
        if each.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return [each.lower() for each in (*names, *addresses)]


def _is_unspecified(address: str) -> bool:
    try:
        return not address or ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def _of_another_site(origin: str) -> str:
    if not (_ORIGIN.fullmatch(origin) and origin.isascii() and origin.isprintable()):
        return "This server does not answer pages whose site is not known."
    named = cut(origin, _MOST_CHARS)
    return (
        f"This server does not answer pages of {named}. To allow them, for example behind a "
        "proxy that changes the header Host, name their origin when you start the server: "
        f"--server.corsAllowedOrigins={named}"
    )
