"""A local server of files that can be made to fail."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GONE = "answers 404"
BREAKS = "breaks off half-way"
WAITS = "waits half-way"


class FileServer(ThreadingHTTPServer):
    """Server of `files` by name; `moods` are the failures of the next requests for a file.

    `requested` lists the file of each request. `halfway` is set while a client waits for the second half
    of a file, which is sent once `going` is set.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.moods: dict[str, list[str]] = {}
        self.requested: list[str] = []
        self.halfway, self.going = threading.Event(), threading.Event()
        self._silent = socket.socket()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def refuse(self) -> None:
        """Refuse connections from now on, and keep the port, so that nobody else answers there."""
        self.shutdown()
        address = self.server_address
        self.server_close()
        self._silent = socket.socket()
        self._silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._silent.bind(address)

    def server_close(self) -> None:
        super().server_close()
        self._silent.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the tests end clients in the middle of a request."""


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: object) -> None:
        return

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        server, name = self.server, self.path.lstrip("/")
        server.requested.append(name)
        mood = server.moods[name].pop(0) if server.moods.get(name) else ""
        if mood == GONE:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = server.files[name]
        half = len(content) // 2
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:half])
        if mood == BREAKS:
            self.close_connection = True
            return
        if mood == WAITS:
            self.wfile.flush()
            server.halfway.set()
            server.going.wait()
        self.wfile.write(content[half:])


@contextlib.contextmanager
def serving() -> Iterator[FileServer]:
    """Serve from a thread until the end of the block."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.going.set()
        server.shutdown()
        server.server_close()
        thread.join()
