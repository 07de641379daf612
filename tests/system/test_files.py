"""Liveness by lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from augment.system import files, processes

HOLDER = """
import sys
from pathlib import Path
from augment.system import files
held = files.hold(Path(sys.argv[1]), patience=0)
print("held", flush=True)
sys.stdin.read()
"""


def test_asking_makes_no_file(tmp_path: Path) -> None:
    assert not files.is_held(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_the_lock_goes_with_its_holder_however_that_ends(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        env=processes.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert files.is_held(path)
        assert files.hold(path, patience=0) is None
        holder.kill()
    assert not files.is_held(path)
    lock = files.hold(path, patience=0)
    assert lock is not None
    lock.release()


def test_those_who_ask_never_take_each_other_for_a_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    answers: list[bool] = []

    def ask() -> None:
        answers.extend(files.is_held(path) for _ in range(500))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [False] * 2000
