"""Which files count the kills of the kernel, and that a rise is noticed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from augment.system import oom
from augment.system.oom import KernelKills, counting_files

VMSTAT = Path("/proc/vmstat")


@pytest.mark.parametrize(
    ("cgroup", "made", "expected"),
    [
        ("0::/user.slice/job\n", "user.slice/job/memory.events", "user.slice/job/memory.events"),
        ("0::/user.slice/job\n", "memory.events", "memory.events"),  # within a container
        (
            "9:name=systemd:/\n4:memory:/docker/1\n1:cpu:/\n",
            "memory/docker/1/memory.oom_control",
            "memory/docker/1/memory.oom_control",
        ),
        ("5:cpu,memory:/a\n", "memory/memory.oom_control", "memory/memory.oom_control"),
        ("", "memory.events", None),
        ("9:pids:/\n", "memory.events", None),
    ],
)
def test_the_files_of_both_versions(
    tmp_path: Path, cgroup: str, made: str, expected: str | None
) -> None:
    path = tmp_path / made
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    found = counting_files(cgroup, tmp_path)
    assert found == (VMSTAT, *([tmp_path / expected] if expected else []))


def test_a_rise_is_one_since_some_seconds_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory.events"
    monkeypatch.setattr(oom, "_PAUSE_S", math.inf)
    monkeypatch.setattr(oom, "counting_files", lambda cgroup: (file, tmp_path / "none"))
    assert KernelKills(1).rose() is None, "nothing is known"
    file.write_text("low 0\noom 7\noom_kill 2\noom_group_kill 9\n")
    kills = KernelKills(1)
    assert kills.rose() is False
    file.write_text("low 0\noom 7\noom_kill 3\noom_group_kill 9\n")
    kills.look()  # too early
    assert kills.rose() is True
    monkeypatch.setattr(oom, "_PAUSE_S", 0.0)
    kills.look()
    assert kills.rose() is True, "it was counted a moment before the process was gone"
    kills.look()
    assert kills.rose() is False, "that was long ago"
