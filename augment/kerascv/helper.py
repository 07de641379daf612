"""The process of keras_cv, as the server sees it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from pathlib import Path

from augment.kerascv import wire
from augment.kerascv.wire import Answer, KerasCVError, Request, Stage
from augment.system import processes

PREFIX = "augment-kerascv-"
"""How the names of the processes' folders begin."""

_GRACE_S = 5.0


class Ended(Exception):
    """The process has ended without an answer; says how."""


class Helper:
    """A process that was started by exec, and the one end of its channel.

    The other end is its standard input: a pair of sockets that nobody else can connect to, and that the
    kernel closes however either side dies. What it prints goes to a log in a folder of its own, which
    is also its folder for temporary files; who outlives the other removes it.

    Raises:
        KerasCVError: It cannot be started.
    """

    def __init__(self, words: Sequence[str], idle: float) -> None:
        self._late = threading.Event()
        self._last_words = ""
        self._channel, theirs = Pipe()
        folder: Path | None = None
        try:
            # Made for this user alone.
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            with theirs, (folder / "log").open("wb") as log:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    [*words, str(folder), str(idle)],
                    stdin=theirs.fileno(),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=_environment(folder),
                    start_new_session=True,
                )
        except OSError as error:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            raise KerasCVError(
                f"The process of keras_cv cannot be started ({error.strerror or error})."
            ) from error
        self._reaper = threading.Thread(
            target=self._reap, args=(folder,), name=f"reap {self.pid}", daemon=True
        )
        self._reaper.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def has_gone_idle(self) -> bool:
        """Whether it ended on its own, because nobody had asked; an error has another exit code."""
        return self._process.returncode == 0

    def ask(self, request: Request, timeout: float, tell: Callable[[Stage], None]) -> Answer | str:
        """Return what became of a batch, or the sentence that says why nothing did.

        Args:
            request: The batch.
            timeout: Seconds after which the process is ended.
            tell: Called with what the process is doing, whenever that changes.

        Raises:
            Ended: There will be no answer; the process has not outlived the time.
        """
        timer = threading.Timer(timeout, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            wire.send_request(self._channel, request)
            return wire.receive_answer(self._channel, tell)
        except (EOFError, OSError):
            self._reaper.join(_GRACE_S)
            self.end()
            raise Ended(self._how_it_ended(timeout)) from None
        finally:
            timer.cancel()
            timer.join()
            if self._late.is_set():
                self.end()

    def end(self) -> None:
        """End the process and wait until it has."""
        self._process.kill()
        self._reaper.join()

    def _end_late(self) -> None:
        self._late.set()
        self._process.kill()  # nothing else stops a layer, and a stopped process reads nothing

    def _how_it_ended(self, timeout: float) -> str:
        if self._late.is_set():
            return (
                f"keras_cv had no result after {timeout:g} s and was ended; the next request starts "
                "it again."
            )
        code = self._process.returncode
        try:
            how = signal.Signals(-code).name
        except ValueError:
            how = f"exit code {code}"
        # Only an error of Python's is the last thing that its process says.
        said = f"{how}: {self._last_words}" if code > 0 and self._last_words else how
        return (
            f"The process of keras_cv ended before it had a result ({said}); the next request starts "
            "it again."
        )

    def _reap(self, folder: Path) -> None:
        self._process.wait()
        self._last_words = _last_words(folder / "log")
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    # TensorFlow leaves its temporary files behind when it is killed.
    return processes.environment(
        TMPDIR=str(folder),
        CUDA_VISIBLE_DEVICES="-1",
        KERAS_BACKEND="tensorflow",
        TF_CPP_MIN_LOG_LEVEL="2",
    )


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:200] if lines else ""
