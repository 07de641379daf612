"""A proxy that forwards requests and adds the address of the client, as a reverse proxy does."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from socket import SHUT_RDWR, create_connection, socket
from urllib.parse import urlsplit

HEADER = b"X-Forwarded-For: 203.0.113.9\r\n"


@contextlib.contextmanager
def forwarded(url: str) -> Iterator[str]:
    """Forward to the server at `url`; yields the address of the proxy."""
    there = urlsplit(url)

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with create_connection((there.hostname, there.port)) as server:
                back = threading.Thread(target=_copy, args=(server, self.request), daemon=True)
                back.start()
                _copy(self.request, server, is_request=True)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Forward) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()


def _copy(source: socket, target: socket, *, is_request: bool = False) -> None:
    # Either side may close the connection at any time, which then closes the other one.
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            if is_request and chunk.startswith((b"GET ", b"PUT ", b"POST ")):
                line, _, rest = chunk.partition(b"\r\n")
                chunk = line + b"\r\n" + HEADER + rest
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(SHUT_RDWR)
