"""The benchmarks still fit the code that they measure."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_every_benchmark_can_be_imported() -> None:
    """A name of the project that was moved or removed is found here rather than at the next run."""
    names = [path.stem for path in sorted((ROOT / "benchmarks").glob("[a-z]*.py"))]
    assert len(names) >= 10
    code = "import " + ", ".join(f"benchmarks.{name}" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
