"""Downloading a tfds set and writing its records, in the words of this program and ended at a word."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import filelock

from augment.data.source import Progress
from augment.data.tfds import fetching, hooks
from augment.errors import DataError

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_TO_END = 5.0
SECONDS_UNTIL_LEFT_OVER = 600.0
"""How long nobody has touched a half-made folder before it counts as left behind by a killed process."""
SPARE_BYTES = 50_000_000
_MOST_FILES_BY_NAME = 6

_one_at_a_time = threading.Lock()


def download(library: Any, builder: Any, progress: Progress) -> None:
    """Download and prepare the set of `builder` where it belongs, unless another process just did.

    `progress` is called from this thread every `SECONDS_BETWEEN_LOOKS`; when it raises, and at Ctrl+C,
    everything is ended and tidied up before that goes on.

    Raises:
        DataError: The set cannot be had: no network, no room, no permission, or files other than those
            that the library expects. The message says what to do, also without a network.
    """
    root = Path(builder.data_dir_root)
    downloads = root / "downloads"
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(downloads / f"{builder.name}.lock", thread_local=False)
        with _held(lock, progress), _one_at_a_time:
            if Path(builder.data_dir).is_dir():
                return
            _remove_leftovers(builder)
            _check_disk(builder)
            _work(library, builder, progress)
    except OSError as error:
        raise _not_written(builder, error) from error


def by_hand(builder: Any) -> str:
    """Say how to bring the files of a set without a program, as the middle of a sentence."""
    manual = Path(builder.data_dir_root) / "downloads" / "manual"
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        asked = " ".join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split()).rstrip(".")
        return f'save in {manual} what its makers ask for ("{asked}")'
    files = {info.filename: url for url, info in _known(builder).items() if info.filename}
    if not files or len(files) > _MOST_FILES_BY_NAME or builder.BUILDER_CONFIGS:
        return f"save the files that {builder.info.homepage} names in {manual}"
    bases = {url.rpartition("/")[0] for url in files.values()}
    whole = all(url.endswith(f"/{name}") for name, url in files.items())
    if whole and len(bases) == 1:
        return f"save {_listed(list(files))} from {bases.pop()}/ in {manual}"
    named = [f"{url} as {name}" for name, url in files.items()]
    return f"save {_listed(named)} in {manual}"


class _Work(threading.Thread):
    """The library at work in a thread of its own, so that this one can look, tell and end it."""

    def __init__(self, library: Any, builder: Any) -> None:
        super().__init__(name="download", daemon=True)
        self.library, self.builder = library, builder
        self.fetcher = fetching.Fetcher()
        self.board = hooks.Board(self.fetcher)
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with hooks.installed(self.board, self.builder):
                config = self.library.download.DownloadConfig(try_download_gcs=False)
                self.builder.download_and_prepare(download_config=config)
        except BaseException as error:  # noqa: BLE001  # told by the thread that waits for this one
            self.failure = error


def _work(library: Any, builder: Any, progress: Progress) -> None:
    extracted = Path(builder.data_dir_root) / "downloads" / "extracted"
    before = set(extracted.glob("incomplete.*"))
    work = _Work(library, builder)
    work.start()
    try:
        while work.is_alive():
            work.join(SECONDS_BETWEEN_LOOKS)
            progress(*work.board.read())
    finally:
        work.fetcher.end()
        work.join(SECONDS_TO_END)
        for folder in set(extracted.glob("incomplete.*")) - before:
            shutil.rmtree(folder, ignore_errors=True)
    if work.failure is not None:
        raise _failed(builder, work.failure) from work.failure


@contextlib.contextmanager
def _held(lock: filelock.BaseFileLock, progress: Progress) -> Iterator[None]:
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except filelock.Timeout:
            progress(0, 0, "waiting for another process that downloads the same data")
            time.sleep(SECONDS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        lock.release()


def _remove_leftovers(builder: Any) -> None:
    downloads = Path(builder.data_dir_root) / "downloads"
    half_made = [
        *Path(builder.data_dir).parent.glob("incomplete.*"),
        *(downloads / builder.name).glob("**/*.tmp.*"),
        *(downloads / "extracted").glob("incomplete.*"),
    ]
    for folder in half_made:
        with contextlib.suppress(OSError):
            touched = max(entry.stat().st_mtime for entry in (folder, *folder.rglob("*")))
            if time.time() - touched > SECONDS_UNTIL_LEFT_OVER:
                shutil.rmtree(folder, ignore_errors=True)


def _check_disk(builder: Any) -> None:
    size = 0 if builder.BUILDER_CONFIGS else sum(row.size for row in _known(builder).values())
    # The records hold the same pictures once more; files brought by hand are there already.
    needed = (1 if builder.MANUAL_DOWNLOAD_INSTRUCTIONS else 2) * size + SPARE_BYTES
    free = shutil.disk_usage(builder.data_dir_root).free
    if free < needed:
        raise DataError(
            f"Downloading {builder.name} needs at least {hooks.megabytes(needed)} MB in "
            f"{builder.data_dir_root}, where {hooks.megabytes(free)} MB are free; free some "
            "space or set TFDS_DATA_DIR to a folder on a larger disk."
        )


def _known(builder: Any) -> dict[str, Any]:
    return builder.url_infos or {}


def _failed(builder: Any, error: BaseException) -> Exception:
    links = list(_chain(error))
    for link in links:
        if isinstance(link, DataError):
            return link
        if isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES):
            return _not_written(builder, link)
    missing = f"{builder.name} is not in {builder.data_dir_root}, and"
    version = "/".join(Path(builder.data_dir).relative_to(builder.data_dir_root).parts)
    instead = (
        f"{by_hand(builder)}, or set TFDS_DATA_DIR to a folder that holds {version} as "
        "tensorflow-datasets prepared it elsewhere."
    )
    for link in links:
        if isinstance(link, hooks.Failed):
            server = urlsplit(link.address).netloc
            if isinstance(link.why, fetching.Unreachable):
                return DataError(
                    f"{missing} its server {server} cannot be reached ({link.why}): connect to the "
                    f"network and prepare again, or {instead}"
                )
            return DataError(
                f"{missing} {link.address} cannot be downloaded ({link.why}): prepare again later, "
                f"or {instead}"
            )
        if type(link).__name__ == "NonMatchingChecksumError":
            return DataError(
                f"{missing} {_wrong_file(link)} is not the file that tensorflow-datasets knows: delete "
                f"it and prepare again, or {instead}"
            )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        return DataError(f"{missing} no program may download it: {instead}")
    if any(isinstance(link, ImportError) for link in links):
        return DataError(f"{missing} making it needs another package ({fetching.reason(error)}).")
    return DataError(
        f"{missing} making it failed ({fetching.reason(error)}): prepare again, or {instead}"
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _wrong_file(error: BaseException) -> str:
    found = re.search(r"downloaded to (.+), has wrong checksum", str(error))
    return found[1] if found else "a file of it"


def _not_written(builder: Any, error: OSError) -> DataError:
    return DataError(
        f"{builder.name} cannot be written to {builder.data_dir_root} "
        f"({error.strerror or fetching.reason(error)}); free some space there or set TFDS_DATA_DIR to "
        "another folder."
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
