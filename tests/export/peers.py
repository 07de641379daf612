"""The environment with torch and albumentations, which tests of scripts with them need."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

VARIABLE = "AUGMENT_TEST_PEERS"
needs_peers = pytest.mark.skipif(
    VARIABLE not in os.environ,
    reason=f"{VARIABLE} is not set: the Python of an environment with requirements-peers.txt",
)


def run(*runs: tuple[str, ...]) -> None:
    """Run modules in that environment, all at the same time: each a name and its arguments."""
    processes = [
        subprocess.Popen(
            [str(Path(os.environ[VARIABLE])), "-m", module, *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": "", "CUDA_VISIBLE_DEVICES": "-1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for module, *words in runs
    ]
    errors = [process.communicate()[1] for process in processes]
    assert not any(process.returncode for process in processes), "\n".join(errors)
