"""Which requests the real server answers, sent as browsers send them that another site led to it, and the
token by which a browser owns its runs."""

from __future__ import annotations

import base64
import http.client
import socket
from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie

import pytest

from pages.components.session.owner import COOKIE, hash_of
from tests.serving import Server, serving

PATHS = (
    *("/", "/data", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/favicon.png"),
    *("/media/%61.png", "/_stcore/upload_file/a/b", "/component/x", "/static/x.js", "/nothing"),
)
WEBSOCKET, LIVE = WEBSOCKETS = "/_stcore/stream", "/_augment/frames"
KEY = base64.b64encode(b"0123456789abcdef").decode()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Servers by how they were started; for all networks, but in a test nothing else reaches them."""
    folder = tmp_path_factory.mktemp("servers")
    with (
        serving("app.py", folder / "a", AUGMENT_HOME=str(folder)) as usual,
        serving(
            "app.py", folder / "b", AUGMENT_HOME=str(folder), STREAMLIT_SERVER_ADDRESS="0.0.0.0"
        ) as workshop,
        serving(
            "app.py",
            folder / "c",
            "--server.allowedHosts=lab.example.org",
            "--server.allowedHosts=*.example.com",
            "--server.corsAllowedOrigins=https://front.example.net",
            AUGMENT_HOME=str(folder),
        ) as named,
    ):
        yield {"usual": usual, "workshop": workshop, "named": named}


def ask(
    server: Server, host: str, path: str = "/", *, method: str = "GET", origin: str | None = None
) -> tuple[int, str]:
    """Return the status and the text of the answer to a request with these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=180)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    if path in WEBSOCKETS:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
        headers |= {"Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    for name, value in headers.items():
        connection.putheader(name, value.encode())
    connection.endheaders()
    answer = connection.getresponse()
    text = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def status(server: Server, host: str, path: str = WEBSOCKET, **request: str) -> int:
    return ask(server, host, path, **request)[0]


def test_what_was_refused_is_in_the_log_once(started: dict[str, Server]) -> None:
    server = started["usual"]
    for _ in range(3):
        _, text = ask(server, "once.example.org")
        assert status(server, "once.example.org") == 403
    assert "--server.allowedHosts=once.example.org" in text
    assert server.log.read_text().count(text) == 1


FOREIGN = (
    "evil.com",
    "evil.com:8501",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "evil-localhost",
)
ODD = (
    "",
    "localhost@evil.com",
    "evil.com@localhost",
    "localhost/",
    "[::1",
    "10.255.255.1",
    "é.com",
)


@pytest.mark.parametrize("host", [*FOREIGN, *ODD])
def test_a_foreign_host_is_refused_everywhere(started: dict[str, Server], host: str) -> None:
    for server in started.values():
        for path in (*PATHS, *WEBSOCKETS):
            code, text = ask(server, host, path)
            # A header that is not even one is refused by the server below.
            assert code == 403 or (code == 400 and host in ODD), (path, code)
            assert code == 400 or path in WEBSOCKETS or "This server does not answer" in text
        assert status(server, host, "/_stcore/upload_file/a/b", method="PUT") in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST."])
@pytest.mark.parametrize("port", ["", ":9999"])
def test_this_machine_is_answered_also_through_a_forwarded_port(
    started: dict[str, Server], host: str, port: str
) -> None:
    for server in started.values():
        assert status(server, host + port, "/") == 200
        assert status(server, host + port) == 101
        assert status(server, host + port, origin=f"http://{host}{port}") == 101
        assert status(server, host + port, LIVE, origin=f"http://{host}{port}") == 101


def test_a_workshop_is_answered_at_the_names_and_addresses_of_the_machine(
    started: dict[str, Server],
) -> None:
    name, port = socket.gethostname(), started["workshop"].port
    for host in (name, f"{name}:{port}", f"{name.partition('.')[0]}.local"):
        assert status(started["workshop"], host, "/") == 200
        assert status(started["workshop"], host, origin=f"http://{host}") == 101
        assert status(started["usual"], host, "/") == 403
    log = started["workshop"].log.read_text()
    assert "The server answers requests for these hosts: localhost, 127.0.0.1, ::1" in log


def test_the_hosts_that_were_named_are_answered(started: dict[str, Server]) -> None:
    for host, code in (
        ("lab.example.org", 200),
        ("LAB.example.org:1234", 200),
        ("a.b.example.com", 200),
        ("example.com", 403),
        ("evilexample.com", 403),
    ):
        assert status(started["named"], host, "/") == code
        assert (status(started["named"], host) == 101) == (code == 200)


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.com", "http://localhost.evil.com", "null", "", "http://localhost:3000"),
        *("http://127.0.0.1", "http://0.0.0.0:8501", "http://[", "file://", "localhost"),
    ],
)
def test_the_page_of_another_site_is_refused(started: dict[str, Server], origin: str) -> None:
    server = started["usual"]
    for path in WEBSOCKETS:
        assert status(server, f"localhost:{server.port}", path, origin=origin) == 403
    upload = "/_stcore/upload_file/a/b"
    code, text = ask(server, f"localhost:{server.port}", upload, method="PUT", origin=origin)
    assert code == 403
    assert "This server does not answer pages" in text


def test_an_origin_that_was_named_is_answered(started: dict[str, Server]) -> None:
    origin = "https://front.example.net"
    assert status(started["named"], "localhost", origin=origin) == 101
    assert status(started["usual"], "localhost", origin=origin) == 403


def test_an_upload_needs_the_token_of_the_page(started: dict[str, Server]) -> None:
    server = started["usual"]
    host = f"localhost:{server.port}"
    upload = "/_stcore/upload_file/a/b"
    assert status(server, host, upload, method="PUT", origin=f"http://{host}") == 403


def given(server: Server, path: str, host: str = "localhost", **headers: str) -> Morsel[str] | None:
    """Return the cookie with the token that the answer to a request sets, if it sets one."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=180)
    if path in WEBSOCKETS:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
        headers |= {"Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    cookies = SimpleCookie(answer.headers.get("Set-Cookie"))
    connection.close()
    return cookies.get(COOKIE)


def test_a_browser_gets_a_token_once_and_other_servers_take_it(started: dict[str, Server]) -> None:
    for path in ("/", "/runs", WEBSOCKET):
        cookie = given(started["usual"], path)
        assert cookie
        assert hash_of(cookie.value)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        for server in started.values():
            # They share a home, and nothing of it is in the memory of one of them.
            assert given(server, path, Cookie=f"{COOKIE}={cookie.value}") is None
    assert given(started["usual"], "/", Cookie=f"{COOKIE}=made-up")


def test_neither_a_file_nor_a_refusal_carries_a_token(started: dict[str, Server]) -> None:
    for path in ("/favicon.png", "/_stcore/health", "/_stcore/host-config"):
        assert given(started["usual"], path) is None
    assert given(started["usual"], "/", host="evil.com") is None
