"""Where tensorflow-datasets is led by the hand: who fetches its files, and who hears how far it is."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from augment.data.tfds import fetching

SECONDS_BETWEEN_WORDS = 1.0
_MOST_AT_ONCE = 8
_BARS = (
    (re.compile("Extraction"), "unpacking the files"),
    (re.compile("Generating (.+) examples"), "writing the {} records"),
    (re.compile("Shuffling"), "putting the records in order"),
)
"""How the library heads its progress bars, and what that is in words; others are not told."""


class Failed(Exception):
    """A file cannot be had: its address, and why."""

    def __init__(self, address: str, why: Exception) -> None:
        super().__init__(f"{address}: {why}")
        self.address, self.why = address, why


class Board:
    """What the working thread is at, for another one to read."""

    def __init__(self, fetcher: fetching.Fetcher) -> None:
        self.fetcher = fetcher
        self._bar: tuple[int, int, str] | None = None
        self._words, self._due, self._total = "", 0.0, 0
        self._began = time.monotonic()

    def show(self, done: int, total: int, words: str) -> None:
        """Say what is being done now."""
        self._bar = (done, total, words)

    def fetches(self) -> None:
        """Say that now files are fetched."""
        self._bar = None

    def read(self) -> tuple[int, int, str]:
        """Return what is done, the total (0 while unknown) and what is being done, in words."""
        if self._bar is not None:
            return self._bar
        received, expected = dict(self.fetcher.received), dict(self.fetcher.expected)
        done, now = sum(received.values()), time.monotonic()
        total = sum(expected.values()) if received.keys() <= expected.keys() else 0
        if self.fetcher.remark:
            return done, total, self.fetcher.remark
        if not done:
            self._began = now
            return 0, total, "asking the server for the files"
        if now >= self._due or total != self._total:
            self._due, self._total = now + SECONDS_BETWEEN_WORDS, total
            share = f"{megabytes(done)} of {megabytes(total)}" if total else megabytes(done)
            self._words = f"downloading {share} MB"
            if now - self._began >= SECONDS_BETWEEN_WORDS:
                self._words += f" at {done / (now - self._began) / 1e6:.1f} MB a second"
        return done, total, self._words


@contextlib.contextmanager
def installed(board: Board, builder: Any) -> Iterator[None]:
    """Have the library fetch through the fetcher of `board` and tell it all, and print nothing."""
    from tensorflow_datasets.core.download import download_manager
    from tensorflow_datasets.core.utils import gcs_utils, tqdm_utils

    downloader = _downloader(board, builder.url_infos or {})
    quiet = {"_log_download_bytes": _nothing, "_log_download_done": _nothing}
    with (
        _changed(download_manager, {"get_downloader": lambda *args, **options: downloader}),
        _changed(tqdm_utils, {"_active": False, "EmptyTqdm": _bar(board, tqdm_utils.EmptyTqdm)}),
        _changed(gcs_utils, {"_is_gcs_disabled": True}),
        _changed(builder, quiet),
    ):
        yield


def megabytes(count: int) -> str:
    """Return bytes as a number of megabytes."""
    return f"{count / 1e6:,.0f}" if count >= 10e6 else f"{count / 1e6:,.1f}"


@contextlib.contextmanager
def _changed(place: Any, values: dict[str, Any]) -> Iterator[None]:
    before = {name: getattr(place, name) for name in values}
    for name, value in values.items():
        setattr(place, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(place, name, value)


def _nothing() -> None:
    return


def _bar(board: Board, base: Any) -> Any:
    class Bar(base):
        """In the place of a progress bar."""

        def __init__(self, iterable: Iterable[Any] = (), **options: Any) -> None:
            super().__init__(iterable)
            self.done, self.total = 0, options.get("total") or 0
            heading = str(options.get("desc", ""))
            found = ((pattern.match(heading), words) for pattern, words in _BARS)
            self.words = next((words.format(*hit.groups()) for hit, words in found if hit), "")

        def __iter__(self) -> Iterator[Any]:
            for item in self._iterator or ():
                self.update()
                yield item

        def update(self, count: int = 1) -> None:
            board.fetcher.check()
            self.done += count
            if self.words:
                board.show(self.done, self.total, self.words)

        def update_total(self, count: int = 1) -> None:
            # It grows while the work goes on, so it is no total yet.
            self.update(0)

    return Bar


def _downloader(board: Board, known: Any) -> Any:
    from tensorflow_datasets.core import utils
    from tensorflow_datasets.core.download import checksums, downloader

    class Downloader(downloader._Downloader):
        """Fetches what comes over HTTP; the rest is left to the library."""

        def download(self, url: str, destination_path: Any, verify: bool = True) -> Any:
            board.fetches()
            with _removed_on_failure(destination_path):
                if _is_plain(url):
                    try:
                        board.fetcher.reach(url, verify)
                    except fetching.Unreachable as error:
                        raise Failed(url, error) from error
                    if url in known:
                        board.fetcher.expected[url] = int(known[url].size)
                return super().download(url, destination_path, verify)

        def _sync_download(self, url: str, destination_path: Any, verify: bool = True) -> Any:
            with _removed_on_failure(destination_path):
                if not _is_plain(url):
                    return super()._sync_download(url, destination_path, verify)
                part = Path(os.fspath(destination_path)) / "part"
                try:
                    fetched = board.fetcher.fetch(url, part, verify)
                    if url in known and known[url].checksum != fetched.sha256:
                        raise fetching.NotFetched(
                            f"what comes is not the file that tensorflow-datasets knows: "
                            f"{fetched.size:,} bytes came, {int(known[url].size):,} with another "
                            "checksum should"
                        )
                except fetching.NotFetched as error:
                    raise Failed(url, error) from error
                name = downloader._get_filename(fetched.answer)
                part.rename(part.with_name(name))
                info = checksums.UrlInfo(
                    checksum=fetched.sha256, size=utils.Size(fetched.size), filename=name
                )
                return downloader.DownloadResult(path=destination_path / name, url_info=info)

    return Downloader(max_simultaneous_downloads=_MOST_AT_ONCE)


def _is_plain(address: str) -> bool:
    # Google Drive asks for a confirmation on a page of its own, which the library knows to give.
    return address.startswith("http") and not address.startswith("https://drive.google.com/")


@contextlib.contextmanager
def _removed_on_failure(folder: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(os.fspath(folder), ignore_errors=True)
        raise
