"""Download and preparation of a tfds set: plain ``download_and_prepare`` in a child process.

The library cannot be cancelled, waits for a silent server without a limit and retries for minutes
without a network. A process, unlike a thread, can be ended at any time. Its progress is read from what
appears on the disk. Only the public API of the library is used; its file names are those of 4.9.10.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from augment.data.source import SPARE_BYTES, Progress
from augment.errors import DataError
from augment.system import files, processes
from augment.system.units import megabytes

STARTING = "starting TensorFlow"
POLL_INTERVAL = 0.2
CONNECT_TIMEOUT = 10.0
SILENCE_LIMIT = 180.0
"""Seconds without a byte until a download fails; the library's own retries pause for up to 102 s."""
_MOST_FILES_LISTED = 6

_CHILD = "from augment.data.sources.tfds import download; download.main()"
_FAILED = 3
"""Exit status of a child whose last line of output is the error message."""

_REASONS = {
    "gaierror": "its name cannot be resolved",
    "ConnectionRefusedError": "connection refused",
    "ConnectionResetError": "connection broken off",
    "IncompleteRead": "connection broken off",
    "SSLCertVerificationError": "its certificate is not trusted",
    "TimeoutError": "no answer",
}
_NOT_WRITABLE = [
    os.strerror(code)
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)
]
_MISMATCH = re.compile(r"Artifact (\S+), downloaded to (.+), has wrong checksum")


def download(builder: Any, progress: Progress) -> None:
    """Download and prepare the set of `builder`, unless another process has just done so.

    `progress` is called from this thread every `POLL_INTERVAL` seconds. If it raises, the child process
    is ended and its unfinished files are removed. The next try reuses each completely downloaded file.

    Raises:
        DataError: No network, no space, no permission, a checksum mismatch or another failure; the
            message says what to do.
    """
    downloads = _downloads(builder)
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        while (lock := files.acquire(downloads / f"{builder.name}.lock")) is None:
            progress(0, 0, "waiting for another process that downloads the same data")
            time.sleep(POLL_INTERVAL)
        with lock:
            if Path(builder.data_dir).is_dir():
                return
            _remove_unfinished(builder)
            missing = _missing_files(builder)
            # The library lists the files of all configurations together.
            size = 0 if builder.BUILDER_CONFIGS else sum(missing.values())
            _check_disk(builder, size)
            _check_network(builder, missing, progress)
            try:
                _run_child(builder, size, progress)
            finally:
                _remove_unfinished(builder)
    except OSError as error:
        raise _not_written(builder, error.strerror or str(error)) from error


def reason(error: BaseException) -> str:
    """Return why something failed, in a few words or as the type and text of the first exception."""
    chain = _chain(error)
    for link in chain:
        if known := _REASONS.get(type(link).__name__):
            return known
    text = " ".join(str(chain[-1]).split())
    return f"{type(chain[-1]).__name__}: {text[:200]}{'…' if len(text) > 200 else ''}"


def _remove_unfinished(builder: Any) -> None:
    own, extracted = _downloads(builder) / builder.name, _downloads(builder) / "extracted"
    unfinished = [*own.rglob("*.tmp.*"), *Path(builder.data_dir).parent.glob("incomplete.*")]
    for archive in own.rglob("*"):
        unfinished += extracted.glob(f"incomplete.*.{archive.name}*")
    for path in unfinished:
        shutil.rmtree(path, ignore_errors=True)


def _missing_files(builder: Any) -> dict[str, int]:
    """Return the URL and size of each listed file that is neither downloaded nor saved by hand."""
    manual, own = _downloads(builder) / "manual", _downloads(builder) / builder.name
    downloaded = {path.stat().st_size for path in own.rglob("*")}
    return {
        url: int(info.size)
        for url, info in (builder.url_infos or {}).items()
        if info.size not in downloaded and not (info.filename and (manual / info.filename).exists())
    }


def _check_disk(builder: Any, size: int) -> None:
    needed = 2 * size + SPARE_BYTES  # The records contain the same pictures once more.
    free = shutil.disk_usage(builder.data_dir_root).free
    if free < needed:
        raise DataError(
            f"Downloading {builder.name} needs at least {megabytes(needed)} in {builder.data_dir_root}, "
            f"where {megabytes(free)} are free; free some space or set TFDS_DATA_DIR to a folder on a "
            "larger disk."
        )


def _check_network(builder: Any, urls: Iterable[str], progress: Progress) -> None:
    """Raise an error if none of the servers of `urls` can be reached."""
    import requests

    problem = ""
    for server, url in {urlsplit(url).netloc: url for url in urls}.items():
        progress(0, 0, STARTING)
        try:
            requests.head(url, timeout=CONNECT_TIMEOUT)
            return
        except requests.ConnectionError as error:
            problem = problem or f"its server {server} cannot be reached ({reason(error)})"
        except requests.RequestException:
            return  # Connected but slow, or not HTTP: the library decides.
    if problem:
        raise _error(builder, problem, "connect to the network and prepare again")


def _run_child(builder: Any, size: int, progress: Progress) -> None:
    name = ":".join(builder.info.full_name.rsplit("/", 1))
    total = size and size + _bytes_in(_downloads(builder) / builder.name)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        child = processes.start(
            [
                *(sys.executable, "-P", "-c", _CHILD),
                *(name, str(builder.data_dir_root), type(builder).__module__),
            ],
            output=log,
            stdin=subprocess.PIPE,
            extra={
                "PYTHONPATH": os.pathsep.join(sys.path),  # The set may be defined anywhere.
                "CUDA_VISIBLE_DEVICES": "-1",
                "TF_CPP_MIN_LOG_LEVEL": "2",
            },
        )
        try:
            states = _states(builder, total)
            while child.poll() is None:
                progress(*next(states))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(POLL_INTERVAL)
        finally:
            # It leads a process group, which also has the processes that the builder started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.communicate()  # closes its stdin and waits for its end
        last_line = log.read_text(errors="replace").strip().rpartition("\n")[2]
    if child.returncode == _FAILED:
        raise DataError(last_line)
    if code := child.returncode:
        why = f"killed by {signal.Signals(-code).name}" if code < 0 else last_line[:200]
        raise _error(builder, f"making it ended without an answer ({why})", "prepare again")


def _states(builder: Any, total: int) -> Iterator[tuple[int, int, str]]:
    """Yield what is done, the total (0 if unknown) and the phase, as seen on the disk at that time."""
    own, records = _downloads(builder) / builder.name, Path(builder.data_dir).parent
    state, received, since = (0, 0, STARTING), -1, 0.0
    while True:
        # The child may remove a folder while it is read: the next poll sees the new state.
        with contextlib.suppress(FileNotFoundError):
            if any(own.rglob("*.tmp.*")):
                before, received = received, _bytes_in(own)
                if received != before:
                    since = time.monotonic()
                of_total = f" of {megabytes(total)}" if total else ""
                state = (received, total, f"downloading {megabytes(received)}{of_total}")
            else:
                received = -1
                if written := sum(map(_bytes_in, records.glob("incomplete.*"))):
                    state = (0, 0, f"writing the records, {megabytes(written)} so far")
        if received >= 0 and time.monotonic() - since >= SILENCE_LIMIT:
            problem = f"its server has sent nothing for {SILENCE_LIMIT:g} s"
            raise _error(builder, problem, "prepare again later")
        yield state


def main() -> NoReturn:
    """Run in the child process: prepare the set on the command line, or write why that failed."""
    name, root, module = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    importlib.import_module(module)  # registers the set if it is not one of the library's own
    library = importlib.import_module("tensorflow_datasets")
    library.disable_progress_bar()
    builder = library.builder(name, data_dir=root)
    config = library.download.DownloadConfig(try_download_gcs=False)
    status = 0
    try:
        builder.download_and_prepare(download_config=config)
    except Exception as error:  # noqa: BLE001  # the parent raises it
        os.write(sys.stdout.fileno(), f"\n{_failure(builder, error)}".encode())
        status = _FAILED
    # Not sys.exit, which waits for the library's threads, and they for a silent server.
    os._exit(status)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def _failure(builder: Any, error: Exception) -> DataError:
    chain = _chain(error)
    kinds = {kind.__name__ for link in chain for kind in type(link).mro()}
    text = "\n".join(map(str, chain))
    for problem in _NOT_WRITABLE:
        if problem in text:
            return _not_written(builder, problem)
    if mismatch := _MISMATCH.search(text):
        url, path = mismatch.groups()
        if Path(path).parent == _downloads(builder) / "manual":
            url, remedy = path, "delete it and prepare again"
        else:
            remedy = "prepare again later"
        return _error(builder, f"{url} is not the expected file (checksum mismatch)", remedy)
    if kinds & {"RequestException", "DownloadError"}:
        return _error(builder, f"its download failed ({reason(error)})", "prepare again later")
    if "ImportError" in kinds:
        return DataError(
            f"Making {builder.name} needs another package ({reason(error)}): install it and prepare "
            "again."
        )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        return _error(builder, "no program can download it")
    return _error(builder, f"making it failed ({reason(error)})", "prepare again")


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _error(builder: Any, problem: str, remedy: str = "") -> DataError:
    """Return the error for `problem`, with its remedy and all other ways to the set."""
    manual = _downloads(builder) / "manual"
    urls = [
        url if url.endswith(f"/{info.filename}") else f"{url} as {info.filename}"
        for url, info in (builder.url_infos or {}).items()
        if info.filename
    ]
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        instructions = " ".join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split()).rstrip(".")
        by_hand = f'save in {manual} what its authors require ("{instructions}")'
    elif 0 < len(urls) <= _MOST_FILES_LISTED:
        by_hand = f"save {', '.join(urls)} in {manual}"
    else:
        by_hand = f"save the files that {builder.info.homepage} names in {manual}"
    return DataError(
        f"{builder.name} is not in {builder.data_dir_root}, and {problem}: "
        f"{remedy}{', or ' if remedy else ''}{by_hand}, or set TFDS_DATA_DIR to a folder that contains "
        f"{builder.info.full_name} as tensorflow-datasets prepared it elsewhere."
    )


def _not_written(builder: Any, why: str) -> DataError:
    return DataError(
        f"{builder.name} cannot be written to {builder.data_dir_root} ({why}); free some space there or "
        "set TFDS_DATA_DIR to another folder."
    )


def _downloads(builder: Any) -> Path:
    return Path(builder.data_dir_root) / "downloads"


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
