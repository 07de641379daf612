"""Fetching from servers that are busy, break off, stall, lie or are not there."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from augment.data.tfds import fetching
from tests.data.file_server import BREAKS, BUSY, GONE, STALLS, FileServer, serving
from tests.data.processes import until

CONTENT = np.random.default_rng(0).bytes(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(fetching, "PAUSES", (0.01, 0.02, 0.03))
    with serving() as server:
        server.files["a.bin"] = CONTENT
        yield server


@pytest.fixture
def fetcher() -> fetching.Fetcher:
    return fetching.Fetcher()


def fetch(server: FileServer, fetcher: fetching.Fetcher, folder: Path) -> bytes:
    path = folder / "part"
    found = fetcher.fetch(f"{server.base}/a.bin", path)
    assert found.size == path.stat().st_size
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    return path.read_bytes()


def test_a_file_comes_whole(server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path) -> None:
    fetcher.reach(f"{server.base}/a.bin")
    assert fetch(server, fetcher, tmp_path) == CONTENT
    address = f"{server.base}/a.bin"
    assert fetcher.received == fetcher.expected == {address: len(CONTENT)}


def test_what_fails_twice_is_tried_again_and_said(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.moods["a.bin"] = [BUSY, BUSY]
    remarks: list[str] = []
    monkeypatch.setattr(
        fetching.Fetcher, "pause", lambda self, seconds: remarks.append(self.remark)
    )
    assert fetch(server, fetcher, tmp_path) == CONTENT
    assert remarks == [
        "trying again (2 of 4) in 0.01 s: the server answered 503 Service Unavailable",
        "trying again (3 of 4) in 0.02 s: the server answered 503 Service Unavailable",
    ]
    assert fetcher.remark == ""


def test_it_gives_up_after_four_tries(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path
) -> None:
    server.moods["a.bin"] = [BUSY] * 9
    with pytest.raises(fetching.NotFetched, match=r"^the server answered 503 Service Unavailable$"):
        fetch(server, fetcher, tmp_path)
    assert len(server.asked) == 4


def test_what_is_gone_is_asked_for_once(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path
) -> None:
    server.moods["a.bin"] = [GONE] * 9
    with pytest.raises(fetching.NotFetched, match=r"^the server answered 404 Not Found$"):
        fetch(server, fetcher, tmp_path)
    assert len(server.asked) == 1


def test_it_goes_on_where_it_broke_off(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path
) -> None:
    server.moods["a.bin"] = [BREAKS, BUSY, BREAKS]
    assert fetch(server, fetcher, tmp_path) == CONTENT
    held = [int(part.removeprefix("bytes=").removesuffix("-") or 0) for _, part in server.asked]
    assert held[0] == 0 < held[1] == held[2] < held[3] < len(CONTENT)


def test_without_a_tag_or_with_another_one_it_begins_anew(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.tags = False
    server.moods["a.bin"] = [BREAKS]
    assert fetch(server, fetcher, tmp_path) == CONTENT
    assert server.asked == [("a.bin", ""), ("a.bin", "")]
    server.tags = True
    server.moods["a.bin"] = [BREAKS]
    other = CONTENT[::-1]

    def changing(self: fetching.Fetcher, seconds: float) -> None:
        server.files["a.bin"] = other

    monkeypatch.setattr(fetching.Fetcher, "pause", changing)
    assert fetch(server, fetcher, tmp_path) == other
    assert server.asked[-1][1] not in ("", "bytes=0-")


def test_silence_ends_a_try(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS_OF_SILENCE", 0.1)
    server.moods["a.bin"] = [STALLS] * 4
    with pytest.raises(fetching.NotFetched, match=r"^it has sent nothing for 0\.1 s$"):
        fetch(server, fetcher, tmp_path)
    server.moods["a.bin"] = [STALLS]
    assert fetch(server, fetcher, tmp_path) == CONTENT


def test_ending_wakes_a_thread_that_waits_for_a_server(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path
) -> None:
    server.moods["a.bin"] = [STALLS]
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            fetch(server, fetcher, tmp_path)
        except fetching.Stopped as error:
            ended.append(type(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    # Two blocks of the half that came; the third one is never full.
    until(lambda: fetcher.received.get(f"{server.base}/a.bin", 0) == 2 << 16)
    fetcher.end()
    thread.join(10)
    assert ended == [fetching.Stopped]


def test_servers_that_are_not_there(
    fetcher: fetching.Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/a"
        with pytest.raises(fetching.Unreachable, match=r"^it refuses the connection$"):
            fetcher.reach(address)
        monkeypatch.setattr(fetching, "SECONDS_TO_REACH", 0.3)
        free.listen()
        with pytest.raises(fetching.Unreachable, match=r"no answer within 0\.3 s$"):
            fetcher.reach(address)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(fetching.Unreachable, match=r"^the proxy that this computer is set to use"):
        fetcher.reach("http://nowhere.invalid/a")


def test_the_disk_is_no_reason_to_try_again(
    server: FileServer, fetcher: fetching.Fetcher, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        fetch(server, fetcher, tmp_path / "missing")
    assert len(server.asked) == 1
