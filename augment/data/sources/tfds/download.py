"""Download and preparation of a tfds set: plain ``download_and_prepare`` in a child process.

The library cannot be cancelled, waits for a silent server without a limit, and retries for minutes
where there is no network. So it runs in a process of its own, which the caller can end at any moment and
watches from outside, by what appears on the disk. Only the public API of tensorflow-datasets is used; the
names of its unfinished files and folders are those of 4.9.10.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import importlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

import filelock

from augment.data.source import Progress
from augment.errors import DataError
from augment.system import processes
from augment.system.files import read_json, write_json
from augment.system.units import megabytes

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_REPORTS = 1.0
SECONDS_TO_REACH = 15.0
SECONDS_OF_SILENCE = 180.0
"""A download that receives nothing for so long fails; the library's retries pause for up to 102 s."""
SPARE_BYTES = 50_000_000
STARTING = "starting TensorFlow"
_MOST_FILES_BY_NAME = 6
_UNFINISHED = re.compile(r"\.tmp\.[0-9a-f]{32}$|^incomplete\.")
_STATUS = re.compile(r"^Failed to get url (\S+)\. HTTP code: (\d+)\.")
_ARTIFACT = re.compile(r"^Artifact (\S+), downloaded to (.+), has wrong checksum")
_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)
_CHILD = "from augment.data.sources.tfds import download; download.main()"


def download(builder: Any, progress: Progress) -> None:
    """Download and prepare the set of `builder` where it belongs, unless another process just did.

    `progress` is called from this thread every `SECONDS_BETWEEN_LOOKS`; when it raises, and at Ctrl+C,
    the child process is ended and its unfinished files are removed before the exception goes on. The next
    try uses each file that was downloaded completely.

    Raises:
        DataError: The set cannot be had: no network, no space, no permission, or a checksum mismatch. The
            message says what to do, also without a network.
    """
    downloads = _downloads(builder)
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(downloads / f"{builder.name}.lock", thread_local=False)
        with _locked(lock, progress):
            if Path(builder.data_dir).is_dir():
                return
            with _tidied(builder) as found_before:
                _check_disk(builder)
                _watch(builder, found_before, progress)
    except OSError as error:
        raise _not_written(builder, error) from error


def by_hand(builder: Any) -> str:
    """Say how to bring the files of a set without a program, as the middle of a sentence."""
    manual = _downloads(builder) / "manual"
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


def reason(error: BaseException) -> str:
    """Return in a few words of one line why something failed."""
    chain: list[BaseException] = []
    link: Any = error
    while isinstance(link, BaseException) and link not in chain:
        chain.append(link)
        inner = next((part for part in link.args if isinstance(part, BaseException)), None)
        why = getattr(link, "reason", None)
        link = why if isinstance(why, BaseException) else None
        link = link or inner or chain[-1].__cause__ or chain[-1].__context__
    kinds = {type(part).__name__ for part in chain}
    if kinds & {"NameResolutionError", "gaierror"}:
        return "its name cannot be resolved"
    if kinds & {"SSLError", "SSLCertVerificationError"}:
        return "its certificate is not trusted here"
    if "ConnectionRefusedError" in kinds:
        return "it refuses the connection"
    if kinds & {"ConnectTimeoutError", "TimeoutError"}:
        return "it does not answer"
    if kinds & {"IncompleteRead", "ProtocolError", "ConnectionResetError", "ChunkedEncodingError"}:
        return "the connection broke off"
    words = " ".join(re.sub(r"\{\{.*?\}\}", "", str(chain[-1])).split())
    return f"{type(chain[-1]).__name__}: {words[:200]}{'…' if len(words) > 200 else ''}"


# The calling process


def _watch(builder: Any, found_before: set[Path], progress: Progress) -> None:
    """Run the child until it ends or `progress` raises; it does not survive this call."""
    look = _Look(builder, found_before)
    with tempfile.TemporaryFile() as printed:
        code, answer = None, b""
        with subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", _CHILD),
                *(_full_name(builder), str(builder.data_dir_root), type(builder).__module__),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            env=processes.environment(
                # The child finds all modules that this process does: a set may be from elsewhere.
                PYTHONPATH=os.pathsep.join(sys.path),
                CUDA_VISIBLE_DEVICES="-1",
                TF_CPP_MIN_LOG_LEVEL="2",
            ),
        ) as child:
            assert child.stdout is not None
            try:
                while code is None:
                    progress(*look.now())
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        code = child.wait(SECONDS_BETWEEN_LOOKS)
                answer = child.stdout.read()
            finally:
                child.kill()
                child.wait()
        if answer:
            raise DataError(answer.decode())
        if code:
            raise DataError(
                f"{_missing(builder)} making it ended without an answer ({_last_words(printed, code)}): "
                f"prepare again, or {_instead(builder)}"
            )


class _Look:
    """What the child does at the moment, seen from outside."""

    def __init__(self, builder: Any, found_before: set[Path]) -> None:
        self._builder, self._found_before = builder, found_before
        self._own = _downloads(builder) / builder.name
        self._total = _download_size(builder)
        self._state = (0, 0, STARTING)
        self._due = 0.0
        self._first: tuple[float, int] | None = None
        self._last = (0.0, -1)

    def now(self) -> tuple[int, int, str]:
        """Return what is done, the total (0 while unknown) and the phase in words.

        Raises:
            DataError: The download has received nothing for `SECONDS_OF_SILENCE`.
        """
        now = time.monotonic()
        if now >= self._due:
            self._due = now + SECONDS_BETWEEN_REPORTS
            self._state = self._look(now)
        return self._state

    def _look(self, now: float) -> tuple[int, int, str]:
        new = _unfinished(self._builder) - self._found_before
        records = Path(self._builder.data_dir).parent
        if any(path.is_relative_to(self._own) for path in new):
            return self._downloading(now)
        self._last = (now, -1)  # the silence of a next download is counted from its beginning
        if written := sum(_bytes_in(path) for path in new if path.parent == records):
            return 0, 0, f"writing the records, {megabytes(written)} so far"
        if any(path.parent.name == "extracted" for path in new):
            return 0, 0, "unpacking the files"
        return self._state

    def _downloading(self, now: float) -> tuple[int, int, str]:
        received = _bytes_in(self._own)
        if received != self._last[1]:
            self._last = (now, received)
        elif now - self._last[0] >= SECONDS_OF_SILENCE:
            raise DataError(
                f"{_missing(self._builder)} its server has sent nothing for {SECONDS_OF_SILENCE:g} s: "
                f"prepare again later, or {_instead(self._builder)}"
            )
        self._first = self._first or self._last
        seconds, more = now - self._first[0], received - self._first[1]
        total = self._total if received <= self._total else 0
        share = f"{megabytes(received)} of {megabytes(total)}" if total else megabytes(received)
        speed = f" at {megabytes(round(more / seconds))} a second" if more > 0 else ""
        return received, total, f"downloading {share}{speed}"


@contextlib.contextmanager
def _locked(lock: filelock.BaseFileLock, progress: Progress) -> Iterator[None]:
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


@contextlib.contextmanager
def _tidied(builder: Any) -> Iterator[set[Path]]:
    """Remove the unfinished files that this block adds, at its end or, after a kill, at the next start.

    Those that were there before are yielded; they may belong to another program at work, so they stay.
    """
    journal = _downloads(builder) / f"{builder.name}.unfinished"

    def tidy() -> None:
        left = read_json(journal)
        if left is None:
            return
        for path in _unfinished(builder) - set(map(Path, left["before"])):
            # What cannot be deleted takes space, but does not disturb the next try.
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        journal.unlink()

    tidy()
    found_before = _unfinished(builder)
    write_json(journal, {"before": sorted(map(str, found_before))})
    try:
        yield found_before
    finally:
        tidy()


def _unfinished(builder: Any) -> set[Path]:
    """Return the files and folders of this set that the library has not finished, whoever began them."""
    downloads = _downloads(builder)
    own = list(_walk(downloads / builder.name))
    beside = [path for folder in (downloads, downloads / "manual") for path in folder.glob("*")]
    archives = {path.name for path in (*own, *beside)}
    unpacked = {
        path
        for path in (downloads / "extracted").glob("incomplete.*")
        # Named incomplete.ID_METHOD.ARCHIVE; other sets unpack into the same folder.
        if path.name.partition("_")[2].partition(".")[2].removesuffix(".todelete") in archives
    }
    records = set(Path(builder.data_dir).parent.glob("incomplete.*"))
    return records | unpacked | {path for path in own if _UNFINISHED.search(path.name)}


def _check_disk(builder: Any) -> None:
    size = _download_size(builder)
    # The records hold the same pictures once more.
    needed = max(size - _bytes_in(_downloads(builder) / builder.name), 0) + size + SPARE_BYTES
    free = shutil.disk_usage(builder.data_dir_root).free
    if free < needed:
        raise DataError(
            f"Downloading {builder.name} needs at least {megabytes(needed)} in "
            f"{builder.data_dir_root}, where {megabytes(free)} are free; free some "
            "space or set TFDS_DATA_DIR to a folder on a larger disk."
        )


def _download_size(builder: Any) -> int:
    """Return the bytes of all files that are not brought by hand; 0 where that is unknown."""
    if builder.BUILDER_CONFIGS:
        # Their files are listed together, without a word on which configuration needs which.
        return int(builder.info.download_size)
    manual = _downloads(builder) / "manual"
    return sum(
        int(info.size)
        for info in _known(builder).values()
        if not (info.filename and (manual / info.filename).exists())
    )


def _walk(folder: Path) -> Iterator[Path]:
    # Unlike rglob, os.walk goes on where another process deletes what it is about to enter.
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in _walk(folder):
        with contextlib.suppress(FileNotFoundError):
            if path.suffix != ".INFO" and path.is_file():
                total += path.stat().st_size
    return total


def _last_words(printed: BinaryIO, code: int) -> str:
    printed.seek(0)
    lines = [line.strip() for line in printed.read().decode(errors="replace").splitlines()]
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return next((line[:200] for line in reversed(lines) if line), f"exit status {code}")


# The child process


def main() -> NoReturn:
    """Download and prepare the set that the command line names; print why it failed, in one sentence."""
    name, root, module = sys.argv[1:]
    # Ctrl+C in a terminal reaches both processes; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def end(sentence: str = "") -> NoReturn:
        answer.write(sentence)
        answer.flush()
        # Not sys.exit, which waits for the library's threads, and they for a silent server.
        os._exit(1 if sentence else 0)

    threading.Thread(target=_end_with_parent, daemon=True).start()
    importlib.import_module(module)  # registers the set, where it is not one of the library's own
    library = importlib.import_module("tensorflow_datasets")
    library.disable_progress_bar()
    builder = library.builder(name, data_dir=root)
    threading.Thread(target=_end_offline, args=(builder, end), daemon=True).start()
    config = library.download.DownloadConfig(try_download_gcs=False)
    try:
        builder.download_and_prepare(download_config=config)
    except Exception as error:  # noqa: BLE001  # the parent raises the sentence
        end(str(_failed(builder, error)))
    end()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _end_offline(builder: Any, end: Callable[[str], NoReturn]) -> None:
    """Once a download has begun, end the process if no server can be reached.

    The library would retry for more than three minutes. It alone knows which files it needs, and whether
    all are on the disk already, so nothing is concluded from the network before it begins.
    """
    own = _downloads(builder) / builder.name
    found_before = set(_walk(own))
    while not any(_UNFINISHED.search(path.name) for path in set(_walk(own)) - found_before):
        time.sleep(SECONDS_BETWEEN_REPORTS)
    urls = [url for url in _known(builder) if url.startswith("http")]
    problems = {}
    for server, url in {urlsplit(url).netloc: url for url in urls}.items():
        problems[server] = _unreachable(url)
        if not problems[server]:
            return
    for server, why in problems.items():
        end(
            f"{_missing(builder)} its server {server} cannot be reached ({why}): connect to the network "
            f"and prepare again, or {_instead(builder)}"
        )


def _unreachable(url: str) -> str:
    """Return why the server of `url` cannot be reached, and nothing if it gives any answer."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=SECONDS_TO_REACH).close()
    except TimeoutError as error:
        return reason(error)
    except urllib.error.HTTPError:
        return ""
    except urllib.error.URLError as error:
        return "" if isinstance(error.reason, ssl.SSLError) else reason(error)
    except (OSError, http.client.HTTPException):
        return ""
    return ""


def _failed(builder: Any, error: BaseException) -> DataError:
    links = list(_chain(error))
    for link in links:
        if isinstance(link, OSError) and link.errno in _NOT_WRITABLE:
            return _not_written(builder, link)
    missing, instead = _missing(builder), _instead(builder)
    for link in links:
        if type(link).__name__ == "NonMatchingChecksumError":
            return DataError(f"{missing} {_wrong_file(builder, link)}, or {instead}")
        # The library's own DownloadError, and every exception of requests, which has the request.
        url = getattr(getattr(link, "request", None), "url", None)
        if status := _STATUS.search(str(link)):
            url, why = status[1], f"the server answered {status[2]}"
        elif url:
            why = reason(link)
        if url:
            return DataError(
                f"{missing} {url} cannot be downloaded ({why}): prepare again later, or {instead}"
            )
        if type(link).__module__.startswith("requests."):
            return DataError(
                f"{missing} its download failed ({reason(link)}): prepare again later, or {instead}"
            )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        return DataError(f"{missing} no program may download it: {instead}")
    if any(isinstance(link, ImportError) for link in links):
        return DataError(f"{missing} making it needs another package ({reason(error)}).")
    return DataError(f"{missing} making it failed ({reason(error)}): prepare again, or {instead}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _wrong_file(builder: Any, error: BaseException) -> str:
    """Return half a sentence on a checksum mismatch."""
    found = _ARTIFACT.search(str(error))
    if not found:
        return f"a checksum mismatch was found ({reason(error)}): prepare again"
    url, path = found[1], Path(found[2])
    if path.parent == _downloads(builder) / "manual":
        return f"{path} is not the file that is expected (checksum mismatch): delete it and prepare again"
    return (
        f"{url} cannot be downloaded (checksum mismatch: {path.stat().st_size:,} bytes came, "
        f"{int(_known(builder)[url].size):,} are expected): prepare again later"
    )


# What both say


def _full_name(builder: Any) -> str:
    config = f"/{builder.builder_config.name}" if builder.builder_config else ""
    return f"{builder.name}{config}:{builder.version}"


def _missing(builder: Any) -> str:
    return f"{builder.name} is not in {builder.data_dir_root}, and"


def _instead(builder: Any) -> str:
    # Not from data_dir, which is an unfinished folder while the library is at work.
    folder = _full_name(builder).replace(":", "/")
    return (
        f"{by_hand(builder)}, or set TFDS_DATA_DIR to a folder that holds {folder} as "
        "tensorflow-datasets prepared it elsewhere."
    )


def _not_written(builder: Any, error: OSError) -> DataError:
    return DataError(
        f"{builder.name} cannot be written to {builder.data_dir_root} "
        f"({error.strerror or reason(error)}); free some space there or set TFDS_DATA_DIR to "
        "another folder."
    )


def _downloads(builder: Any) -> Path:
    return Path(builder.data_dir_root) / "downloads"


def _known(builder: Any) -> Mapping[str, Any]:
    """Return the URL, size, checksum and file name of each file that the library lists for a set."""
    return builder.url_infos or {}


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
