"""How far preparing has come: told to the caller, and written down for other processes to read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from augment.data.spec import Progress
from augment.data.store.place import Place, write_json
from augment.errors import DataError
from augment.pace import Pace, says_itself

SECONDS_BETWEEN_REPORTS = 0.2


def how_far(done: int, total: int, what: str) -> tuple[str, str]:
    """Say where preparing ended, and what starting it again does."""
    if total and not says_itself(what):
        return f"at {done:,} of {total:,} pictures", "starting it again goes on from there."
    return f"while {what or 'starting'}", "starting it again begins that anew."


class Cancelled(DataError):
    """Somebody asked to stop preparing; what is done is kept."""


class Report:
    """A `Progress` that passes everything on, with the speed, and stops where that is asked for."""

    def __init__(self, place: Place, progress: Progress | None) -> None:
        self.place, self.tell = place, progress or (lambda done, total, what: None)
        self.waited = False
        self._due, self._phase = 0.0, ""
        self._pace = Pace()
        self._last = (0, 0)

    def __call__(self, done: int, total: int, what: str) -> None:
        """Say how far it is; raises `Cancelled` where somebody asked to stop."""
        now = time.monotonic()
        if now < self._due and what == self._phase and done < total:
            return
        if what != self._phase:
            self._pace.restart()
        self._due, self._phase, self._last = now + SECONDS_BETWEEN_REPORTS, what, (done, total)
        self._pace.see(done, total)
        self.write("running", done, total, what)
        self.tell(done, total, what)
        if self.place.cancel.exists():
            raise Cancelled(self.stopped_at())

    def wait(self) -> None:
        """Tell the caller that another process is at it."""
        # The progress file belongs to the holder of the lock, so only the caller hears of the wait.
        self.waited = True
        self.tell(0, 0, "waiting for another process that prepares the same data")

    def stopped_at(self) -> str:
        """Say in a sentence how far it came."""
        where, then = how_far(*self._last, self._phase)
        return f"Preparing {self.place.called} was stopped {where}; {then}"

    def write(
        self, state: str, done: int, total: int, message: str, problems: Sequence[str] = ()
    ) -> None:
        """Write down what other processes should know."""
        content = {
            "state": state,
            "done": done,
            "total": total,
            "message": message,
            "per_second": self._pace.per_second,
            "problems": list(problems),
        }
        write_json(self.place.progress, content)

    def end(self, state: str, message: str, problems: Sequence[str] = ()) -> None:
        """Write down why it ended, as far as the disk still takes it."""
        with contextlib.suppress(OSError):
            self.write(state, *self._last, message, problems)
