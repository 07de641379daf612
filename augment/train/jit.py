"""Whether XLA compiles the training step, and where what it compiled is kept.

Measured with TensorFlow 2.21 on two cores; DenseNet121, 64 px, batch 32; "first" is the wait for the
first step, for a shape that was never compiled before and for one that is kept:

========================  =====================  ============================
processor                 not compiled           compiled
========================  =====================  ============================
AMD EPYC with AVX-512     first 23 s, 0.55 s     first 65 or 25 s, 0.75 s
an older one              first 53 s, 2.20 s     first 114 or 63 s, 1.03 s
========================  =====================  ============================

So compiling costs 40 to 60 s once for each shape, and whether a step gains or loses depends on the
processor. The rule of ``auto``: compile when the run has the work of 300 such steps or more, which is
when the cost would be won back even by a moderate gain, and when a probe on this processor found a
gain of 1.3 or more. The rule never looks at what is kept of a shape: compiled and not compiled steps
round differently, and two runs of one configuration must give the same figures on one machine.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from augment.home import home
from augment.runs.config import RunConfig

WORTH_IT = 300
"""From how many steps at 64 px with 32 pictures on, or the like of them, ``auto`` compiles."""

WORTH_GAIN = 1.3
"""From what gain of a step on ``auto`` compiles; near 1 the probe's noise would decide."""

_KEPT_FILES = 12


def choose(
    config: RunConfig, *, steps: int, backend: str, has_gpu: bool, gain: Callable[[Path], float]
) -> bool | str:
    """Return what ``keras.Model.compile`` takes as ``jit_compile``.

    Args:
        config: the run.
        steps: how many training steps the whole run has.
        backend: the Keras backend; what is said above is of "tensorflow", others know best.
        has_gpu: whether the step runs on a GPU, where Keras knows best.
        gain: measures how many times faster a compiled step is, and keeps it in the file it is given.
    """
    if config.jit != "auto":
        return config.jit == "on"
    if backend != "tensorflow" or has_gpu:
        return "auto"
    work = steps * (config.batch_size / 32) * (config.size / 64) ** 2
    return work >= WORTH_IT and gain(_kept() / "probe.json") >= WORTH_GAIN


def keep_compiled() -> None:
    """Let TensorFlow keep what XLA compiles; call it before TensorFlow is imported.

    The kept files hold machine code: they lie under the processor and the versions they are for, and
    only the newest dozen of them stays (about 25 MB each).
    """
    folder = _kept()
    for old in sorted(folder.glob("*.pb"), key=_age, reverse=True)[_KEPT_FILES:]:
        old.unlink(missing_ok=True)
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if "persistent_cache_directory" not in flags:
        own = f"--tf_xla_persistent_cache_directory={folder} --tf_xla_persistent_cache_read_only=false"
        os.environ["TF_XLA_FLAGS"] = f"{flags} {own}".strip()


def _kept() -> Path:
    folder = home().resolve() / "xla-cache" / _machine()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _machine() -> str:
    """Return a name for this processor and these versions."""
    facts = [platform.machine(), platform.processor()]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        facts += sorted({line for line in lines if line.startswith(("model name", "flags"))})
    except OSError:
        facts.append(platform.platform())
    for package in ("tensorflow", "keras"):
        try:
            facts.append(metadata.version(package))
        except metadata.PackageNotFoundError:
            facts.append("none")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
