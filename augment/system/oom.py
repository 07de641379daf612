"""Whether the kernel has ended a process because memory ran out, as far as Linux says.

It counts such kills, for the whole machine and for each group of processes with a limit (a container, a
job of a cluster), but tells nobody which process it was. So the counts before and after a process was
killed are compared.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

_VMSTAT = Path("/proc/vmstat")
_GROUPS = Path("/sys/fs/cgroup")
_COUNT = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)
_PAUSE_S = 5.0


class KernelKills:
    """Compares the counts now with those some seconds ago.

    The count rises before the process is gone, which takes a moment if it is large; so the comparison is
    with a look that is at least `_PAUSE_S` old, or the first.

    Args:
        pid: A process of the group that is watched.
    """

    def __init__(self, pid: int) -> None:
        self._paths = counting_files(_read(Path(f"/proc/{pid}/cgroup")).decode())
        self._before = self._last = self._counts()
        self._looked = time.monotonic()

    def look(self) -> None:
        """Remember the counts, if it is time; call it again and again while the process lives."""
        if time.monotonic() - self._looked >= _PAUSE_S:
            self._before, self._last = self._last, self._counts()
            self._looked = time.monotonic()

    def rose(self) -> bool | None:
        """Return whether there was such a kill in the last seconds; None where it is unknown."""
        now = self._counts()
        known = [path for path in now if path in self._before]
        return any(now[path] > self._before[path] for path in known) if known else None

    def _counts(self) -> dict[Path, int]:
        found = {path: _COUNT.search(_read(path)) for path in self._paths}
        return {path: int(count[1]) for path, count in found.items() if count}


def counting_files(cgroup: str, groups: Path = _GROUPS) -> tuple[Path, ...]:
    """Return the files that have a line ``oom_kill COUNT``: of the machine, and of a group.

    Args:
        cgroup: The content of ``/proc/PID/cgroup``. A line is ``0::PATH`` for version 2 of such groups,
            and ``NUMBER:memory:PATH`` for version 1.
        groups: Where they are mounted. Within a container its own group is at the top.
    """
    found = [_VMSTAT]
    for line in cgroup.splitlines():
        _, kinds, path = line.split(":", 2)
        if "memory" in kinds.split(","):
            top, name = groups / "memory", "memory.oom_control"
        elif not kinds:
            top, name = groups, "memory.events"
        else:
            continue
        own = top / path.lstrip("/") / name
        found.append(own if own.exists() else top / name)
    return tuple(found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # another system, or a group that is gone
        return b""
