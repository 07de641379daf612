"""Fetching files from servers: with patience, from where it broke off, and ended at a word."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAUSES = (2, 4, 8)
"""Seconds before the second try and each one after it."""
SECONDS_TO_REACH = 15.0
SECONDS_OF_SILENCE = 30.0
_BLOCK = 1 << 16
_WORTH_ANOTHER_TRY = (408, 425, 429)
_NO_SUCH_RANGE = 416


class Stopped(Exception):
    """Fetching ended because it was asked to."""


class Unreachable(Exception):
    """The server gives no answer at all; the message says why, in a few words."""


class NotFetched(Exception):
    """The server can be reached, but the file cannot be had; the message says why."""

    def __init__(self, why: str, *, may_pass: bool = True) -> None:
        super().__init__(why)
        self.may_pass = may_pass


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that came whole: its size in bytes, its SHA-256, and the last answer of the server."""

    size: int
    sha256: str
    answer: Any


class Fetcher:
    """Fetches any number of files, in any threads; other threads may look at it and end it.

    `received` and `expected` are bytes by address; an address is missing in `expected` while its size
    is unknown. `remark` says why nothing happens at the moment, if there is a reason.
    """

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.expected: dict[str, int] = {}
        self.remark = ""
        self._stop = threading.Event()
        self._answers: list[Any] = []
        self._reached: set[str] = set()

    @property
    def stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def end(self) -> None:
        """Ask all fetching to end, and hang up on servers that nothing comes from."""
        self._stop.set()
        for answer in list(self._answers):
            # To close a socket does not wake the thread that waits for it; to shut it down does.
            with (
                contextlib.suppress(OSError, ValueError, AttributeError),
                socket.fromfd(answer.raw.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line,
            ):
                line.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise `Stopped` if it was asked to end."""
        if self.stopped:
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Do nothing for so long, or until it was asked to end."""
        self._stop.wait(seconds)

    def reach(self, address: str, verify: bool = True) -> None:
        """Return once the server of `address` has answered anything; once is enough for a server.

        Raises:
            Unreachable: It did not within `SECONDS_TO_REACH`.
            Stopped: Fetching was asked to end.
        """
        server = urlsplit(address).netloc
        if server in self._reached:
            return
        failures: list[Exception] = []

        def ask() -> None:
            import requests

            try:
                requests.head(
                    address, timeout=SECONDS_TO_REACH, allow_redirects=False, verify=verify
                ).close()
            except requests.RequestException as error:
                failures.append(error)

        # The look-up of a name knows no time limit, so it is left behind in a thread of its own.
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        for _ in range(int(SECONDS_TO_REACH / 0.1)):
            asking.join(0.1)
            self.check()
            if not asking.is_alive():
                break
        else:
            raise Unreachable(f"it gave no answer within {SECONDS_TO_REACH:g} s")
        if failures:
            raise Unreachable(reason(failures[0])) from failures[0]
        self._reached.add(server)

    def fetch(self, address: str, path: Path, verify: bool = True) -> Fetched:
        """Fetch one file into `path`, trying again after failures that may pass.

        What has come stays through a failure, where the server can go on from there.

        Raises:
            NotFetched: The file cannot be had, now or at all.
            Stopped: Fetching was asked to end.
            OSError: `path` cannot be written.
        """
        import requests

        tags: dict[str, str] = {}
        for number, pause in enumerate((*PAUSES, 0), 2):
            try:
                return self._try(address, path, verify, tags)
            except (requests.RequestException, NotFetched) as error:
                self.check()
                why = reason(error)
                if not pause or not getattr(error, "may_pass", True):
                    raise NotFetched(why) from error
            self.remark = f"trying again ({number} of {len(PAUSES) + 1}) in {pause} s: {why}"
            self.pause(pause)
            self.remark = ""
            self.check()
        raise AssertionError("the last try returns or raises")

    def _try(self, address: str, path: Path, verify: bool, tags: dict[str, str]) -> Fetched:
        held = path.stat().st_size if tags and path.exists() else 0
        headers = {"Range": f"bytes={held}-", "If-Range": tags["tag"]} if held else {}
        with self._answer(address, headers=headers, verify=verify) as answer:
            resumed = answer.headers.get("Content-Range", "").startswith(f"bytes {held}-")
            if answer.status_code != 200 and not (answer.status_code == 206 and held and resumed):
                status = answer.status_code
                if status == _NO_SUCH_RANGE:
                    tags.clear()
                raise NotFetched(
                    f"the server answered {status} {answer.reason}",
                    may_pass=status >= 500 or status in (*_WORTH_ANOTHER_TRY, _NO_SUCH_RANGE),
                )
            size = held if answer.status_code == 206 else 0
            self._note(address, size, answer)
            tags.clear()
            tags.update(_tag(answer))
            with path.open("ab" if size else "wb") as file:
                for block in answer.iter_content(_BLOCK):
                    self.check()
                    file.write(block)
                    size += len(block)
                    self.received[address] = size
        self.check()
        self.expected[address] = size
        with path.open("rb") as file:
            return Fetched(
                size=size, sha256=hashlib.file_digest(file, "sha256").hexdigest(), answer=answer
            )

    @contextlib.contextmanager
    def _answer(self, address: str, **options: Any) -> Iterator[Any]:
        import requests

        patience = (SECONDS_TO_REACH, SECONDS_OF_SILENCE)
        with requests.get(address, stream=True, timeout=patience, **options) as answer:
            self._answers.append(answer)
            try:
                self.check()
                yield answer
            finally:
                self._answers.remove(answer)

    def _note(self, address: str, held: int, answer: Any) -> None:
        self.received[address] = held
        length = answer.headers.get("Content-Length", "")
        if length.isdecimal() and "Content-Encoding" not in answer.headers:
            self.expected.setdefault(address, held + int(length))


def reason(error: BaseException) -> str:
    """Return in a few words of one line why a file could not be fetched."""
    chain: list[BaseException] = []
    link: Any = error
    while isinstance(link, BaseException) and link not in chain:
        chain.append(link)
        inner = next((part for part in link.args if isinstance(part, BaseException)), None)
        link = getattr(link, "reason", None) or inner or link.__cause__ or link.__context__
    kinds = {type(part).__name__ for part in chain}
    if isinstance(error, NotFetched | Unreachable):
        return str(error)
    if kinds & {"NameResolutionError", "gaierror"}:
        return "its name is not known here"
    if kinds & {"SSLError", "SSLCertVerificationError"}:
        return "its certificate is not trusted here"
    if "ProxyError" in kinds:
        return "the proxy that this computer is set to use refuses"
    if "ConnectionRefusedError" in kinds:
        return "it refuses the connection"
    if kinds & {"ConnectTimeoutError", "ConnectTimeout"}:
        return f"it gave no answer within {SECONDS_TO_REACH:g} s"
    if kinds & {"ReadTimeoutError", "ReadTimeout"}:
        return f"it has sent nothing for {SECONDS_OF_SILENCE:g} s"
    if kinds & {"IncompleteRead", "ProtocolError", "ConnectionResetError", "ChunkedEncodingError"}:
        return "the connection broke off"
    words = " ".join(re.sub(r"\{\{.*?\}\}", "", str(chain[-1])).split())
    return f"{type(chain[-1]).__name__}: {words[:200]}{'…' if len(words) > 200 else ''}"


def _tag(answer: Any) -> dict[str, str]:
    # Only where the same bytes are sure to come can the rest be asked for.
    if "Content-Encoding" in answer.headers:
        return {}
    tag = answer.headers.get("ETag", "")
    if not tag or tag.startswith("W/"):
        tag = answer.headers.get("Last-Modified", "")
    return {"tag": tag} if tag else {}
