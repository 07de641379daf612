"""Which processes render by the compiled calls."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

RENDERS = """
import numpy as np
import augment
from augment.engine import compiled
compiled.load()
recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rotate"}, {"op": "cut_mix"}]})
augment.apply(recipe, np.zeros((3, 8, 8, 3), np.uint8), ids=np.arange(3), seed=1)
assert not compiled.is_used()
assert not sys.modules.get("numba")
"""


@pytest.mark.parametrize(
    "before",
    [
        "import sys\nfrom augment.engine import compiled\ncompiled.stay_plain()",
        'import sys\nsys.modules["numba"] = None',
    ],
    ids=["it stays plain", "numba is not installed"],
)
def test_a_process_renders_plainly_and_never_imports_numba(before: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", before + RENDERS], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
