"""The devices and the precision of a training: the one place that depends on the backend of Keras."""

from __future__ import annotations

import contextlib
import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import keras

from augment.errors import ConfigError
from augment.runs.config import RunConfig

# The first generation of NVIDIA's GPUs that multiplies bfloat16 in hardware, Ampere, and the first that
# multiplies float16, Volta.
_BFLOAT16, _FLOAT16 = 8.0, 7.0
# On a CPU: a step takes twice the time, because of its depthwise convolutions.
_SLOW_IN_BFLOAT16 = ("lite0",)

_log = logging.getLogger(__name__)


class Devices:
    """The devices that share a batch.

    Attributes:
        description: What they are, in words.
    """

    def __init__(self, config: RunConfig) -> None:
        """Take the devices; call it before any tensor is made.

        Raises:
            ConfigError: There are fewer GPUs, the backend cannot divide a batch, or the configuration
                does not allow it.
        """
        self._strategy: Any = None
        if config.devices == 1:
            self.description = keras.backend.backend()
            return
        self._strategy, kind = _mirrored(config)
        self.description = f"{keras.backend.backend()}, {config.devices} {kind}"

    def gpu_bytes(self) -> int | None:
        """Return the most memory of the first GPU that was used so far; None where it is not known."""
        if keras.backend.backend() != "tensorflow":
            return None
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            return None
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which variables are made, so that each device has them."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()


def use_precision(config: RunConfig) -> str:
    """Let the layers that are built from now on compute as configured; return the name of the policy.

    ``"auto"`` is bfloat16 where a GPU or a TPU multiplies it in hardware, or a CPU does and the network
    gains by it; float16 (with a scaled loss) on GPUs from before that; and float32 elsewhere. Variables,
    the head and the loss are float32 in each.
    """
    name = config.precision
    if name == "auto":
        name = _precision_of_device(config.model)
    keras.config.set_dtype_policy(name)
    return name


def _mirrored(config: RunConfig) -> tuple[Any, str]:
    count = config.devices
    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            f"devices is {count}, but Keras runs on {keras.backend.backend()}, and only TensorFlow"
            " divides a batch on several devices here; set KERAS_BACKEND=tensorflow, or devices to 1."
        )
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus and len(gpus) < count:
        raise ConfigError(
            f"devices is {count}, but this machine has {len(gpus)} GPU{'s' * (len(gpus) > 1)}; use at"
            f" most {len(gpus)}."
        )
    if gpus:
        return tf.distribute.MirroredStrategy([f"GPU:{number}" for number in range(count)]), "GPUs"
    _log.warning(
        "This machine has no GPU, so its CPU is divided into %d devices: that tries the code of several"
        " devices, and is no faster than one.",
        count,
    )
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    )
    devices = [f"CPU:{number}" for number in range(count)]
    return tf.distribute.MirroredStrategy(devices), "parts of the CPU"


def _precision_of_device(model: str) -> str:
    kinds = {device.partition(":")[0] for device in keras.distribution.list_devices()}
    if "tpu" in kinds:
        return "mixed_bfloat16"
    if not kinds & {"gpu", "cuda"}:
        gains = keras.backend.backend() == "tensorflow" and model not in _SLOW_IN_BFLOAT16
        return "mixed_bfloat16" if gains and _cpu_multiplies_bfloat16() else "float32"
    capability = _compute_capability()
    if capability >= _BFLOAT16:
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= _FLOAT16 else "float32"


def _cpu_multiplies_bfloat16() -> bool:
    """Return whether the processor has instructions for it, as far as Linux says."""
    path = Path("/proc/cpuinfo")
    flags = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _compute_capability() -> float:
    """Return that of the first GPU, as NVIDIA numbers its generations; 0 where it is not known."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gpu = tf.config.list_physical_devices("GPU")[0]
        details = tf.config.experimental.get_device_details(gpu)
        major, minor = details.get("compute_capability", (0, 0))
        return float(f"{major}.{minor}")
    if keras.backend.backend() == "jax":
        import jax

        return float(getattr(jax.devices()[0], "compute_capability", 0))
    return 0.0
