"""The environment with torch and albumentations, which tests of scripts with them need."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from tests.export import checks

VARIABLE = "AUGMENT_TEST_PEERS"
needs_peers = pytest.mark.skipif(
    VARIABLE not in os.environ,
    reason=f"{VARIABLE} is not set: the Python of an environment with requirements-peers.txt",
)


def run(*runs: Sequence[str]) -> None:
    """Run modules in that environment, all at the same time: each a name and its arguments."""
    checks.run(os.environ[VARIABLE], *runs, PYTHONPATH="")
