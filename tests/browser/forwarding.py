"""A server that passes on what it is asked, and says for whom, as those in front of a workshop do."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from socket import SHUT_RDWR, create_connection, socket
from urllib.parse import urlsplit

FOR = b"X-Forwarded-For: 203.0.113.9\r\n"


@contextlib.contextmanager
def passed_on(url: str) -> Iterator[str]:
    """Pass on to the server at `url`, from the address that this gives."""
    there = urlsplit(url)

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with create_connection((there.hostname, there.port)) as server:
                back = threading.Thread(target=_copy, args=(server, self.request), daemon=True)
                back.start()
                _copy(self.request, server, asked=True)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()


def _copy(source: socket, target: socket, *, asked: bool = False) -> None:
    # Either side may end the connection at any moment, which then ends the other one.
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            if asked and chunk.startswith((b"GET ", b"PUT ", b"POST ")):
                line, _, rest = chunk.partition(b"\r\n")
                chunk = line + b"\r\n" + FOR + rest
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(SHUT_RDWR)
