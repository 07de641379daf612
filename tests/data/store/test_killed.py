"""A process that is killed at any of its changes to the disk leaves what can be gone on with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data.sources.made_folders import flower_folder

# Forked before it has any thread, a process dies at the change number `n` as by kill -9: nothing after it
# runs. What is left is then looked at, and mended, by its parent.
DIE_AT_EACH_CHANGE = """
import json, os, pathlib, shutil, sys
from augment import data
from augment.runs import removal

name, work = sys.argv[1:]
WORK = {
    "again": lambda: data.prepare(name, 32, again=True),
    "remove": lambda: removal.remove(name, 32),
}
originals = pathlib.Path(name.removeprefix("folder:"))
away = originals.with_name("away")


def dying(real, left):
    def call(*args, **how):
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return real(*args, **how)
    return call


def killed_at(n):
    pid = os.fork()
    if not pid:
        left = [n]
        for owner, changes in ((pathlib.Path, "rename replace unlink"), (shutil, "rmtree")):
            for change in changes.split():
                setattr(owner, change, dying(getattr(owner, change), left))
        WORK[work]()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


whole = data.prepare(name, 32).stored.index["sha256"]
n, found = 1, []
while killed_at(n):
    listed = [(info.source, bool(info.problem)) for info in data.list_prepared()]
    there = bool(listed)
    state = data.preparation(name, 32).state
    # Whatever happens while a set is made again, there is one, also without the originals.
    if work == "again":
        originals.rename(away)
    again = data.prepare(name, 32).stored.index["sha256"] == whole
    if work == "again":
        away.rename(originals)
    found.append({"n": n, "listed": listed, "state": state, "same": again})
    n += 1
if work == "again":
    removal.remove(name, 32)
places = pathlib.Path(os.environ["AUGMENT_HOME"]).rglob("*px*")
print(json.dumps({"found": found, "left": [place.name for place in places if place.is_dir()]}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
@pytest.mark.parametrize("work", ["again", "remove"])
def test_a_kill_at_any_change_leaves_a_set_or_what_becomes_one(
    home: Path, tmp_path: Path, work: str
) -> None:
    folder = flower_folder(tmp_path / "flowers", per_class=3)
    ended = subprocess.run(
        [sys.executable, "-c", DIE_AT_EACH_CHANGE, f"folder:{folder}", work],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    assert len(told["found"]) >= 5
    for each in told["found"]:
        assert each["same"], each
        assert each["state"] in ("done", "stopped", "none"), each
        assert not any(problem for _, problem in each["listed"]), each
        if each["state"] != "none":
            assert [source for source, _ in each["listed"]] == [f"folder:{folder}"], each
    assert told["left"] == []
