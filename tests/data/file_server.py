"""A server of files on this computer that can be told to misbehave."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WHOLE = "whole"
BUSY = "busy"
GONE = "gone"
BREAKS = "breaks off half-way"
STALLS = "stalls half-way"


class FileServer(ThreadingHTTPServer):
    """Serves `files` by name; `moods` says how, one answer after the other, and then it is well.

    `asked` lists the file and the Range header of each request. `stalling` is set while a client waits
    for the second half of a file.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.moods: dict[str, list[str]] = {}
        self.tags = True
        self.asked: list[tuple[str, str]] = []
        self.stalling, self.closing = threading.Event(), threading.Event()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


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
        part = self.headers.get("Range", "")
        server.asked.append((name, part))
        mood = server.moods[name].pop(0) if server.moods.get(name) else WHOLE
        content = server.files[name]
        if mood in (BUSY, GONE):
            self.send_response(503 if mood == BUSY else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start, tag = 0, f'"{hash(content)}"'
        if part and self.headers.get("If-Range") == tag:
            start = int(part.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.tags:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if mood == WHOLE:
            self.wfile.write(content[start:])
            return
        self.wfile.write(content[start : (start + len(content)) // 2])
        self.wfile.flush()
        if mood == STALLS:
            server.stalling.set()
            server.closing.wait()
        self.close_connection = True


@contextlib.contextmanager
def serving() -> Iterator[FileServer]:
    """Serve from a thread until the end of the block."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
