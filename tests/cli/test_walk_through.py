"""The commands "For an agent" in ``docs/cli.md``, run one after the other as they are printed there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_documented import COMMANDS, Checked, sections
from tests.conftest import ROOT
from tests.runs.conftest import live

__all__ = ["live"]


@pytest.mark.slow
def test_each_command_does_what_it_says(live: Path, tmp_path: Path) -> None:
    """From a recipe to the exported model, in an empty home; RUN is a run of the sweep."""
    [block] = re.findall(r"^```sh\n(.*?)^```", sections()["For an agent"], re.MULTILINE | re.DOTALL)
    environment = os.environ | {"AUGMENT_HOME": str(live), "PYTHONPATH": str(ROOT)}
    run, found = "", dict[str, Any]()
    for line in block.splitlines():
        command = re.sub(r"^python\b", sys.executable, re.sub(r"\bRUN\b", run, line))
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1800,  # two trainings, on a busy machine
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr)
        if "--json" in line:
            words = line.removeprefix("python -m augment ")
            [name] = [each for each in COMMANDS if words.startswith(f"{each} ")]
            found[name] = json.loads(done.stdout)
            checked = Checked(name)
            checked.take(found[name])
            assert checked.wrong == [], line
        if "sweep" in found:
            run = found["sweep"]["cells"][0]["runs"][0]
    assert [each.name for each in sorted(tmp_path.iterdir()) if each != live] == [
        *("mine.png", "model.zip", "plan.json", "recipe.json", "recipe.py", "sweep.png"),
    ]
    assert (found["runs show"]["id"], found["runs show"]["state"]) == ("mine-1", "SUCCEEDED")
    [pair] = found["compare"]["pairs"]
    assert pair["settings"] == ["RandAugment magnitude 0.1 -> 0.3"]
    assert pair["pictures"] == found["data show"]["splits"]["validation"]
    assert found["tta"]["pictures"] == pair["pictures"]
