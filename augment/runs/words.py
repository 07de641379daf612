"""A run in words: its settings by the labels of the form on the page Train, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from augment import data as sources
from augment.engine.limits import SEED
from augment.models import IMAGENET, MODELS, NONE
from augment.runs.config import RunConfig, limits
from augment.runs.liveness import HEARTBEAT
from augment.runs.run import LOCAL, RUNNING, Run
from augment.system.units import counted

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "model": "Model",
        "data": "Data",
        "size": "Size in pixels",
        "fit": "Fit to a square",
        "splits": "Splits",
        "split_seed": "Seed of the splits",
        "leave_out": "Leave out",
        "per_class": "Pictures per class",
        "epochs": "Epochs",
        "head_epochs": "Head epochs",
        "batch_size": "Batch size",
        "learning_rate": "Learning rate",
        "schedule": "Schedule",
        "warmup": "Warm-up",
        "momentum": "Momentum",
        "weight_decay": "Weight decay",
        "clip_norm": "Largest gradient norm",
        "patience": "Patience",
        "label_smoothing": "Label smoothing",
        "balance": "For rare classes",
        "seed": "Seed",
        "weights": "Initial weights",
        "trainable": "What is trained",
        "devices": "Devices",
        "precision": "Precision",
        "jit": "Compile with XLA",
        "name": "Name",
    }
)
"""The labels of the fields of `RunConfig`; the recipe has none."""

CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "model": {name: model.title for name, model in MODELS.items()},
        "weights": {NONE: "random (from scratch)", IMAGENET: "ImageNet"},
        "trainable": {
            "all": "the whole network",
            "last_block": "the last block and the head",
            "head": "the head alone",
        },
        "schedule": {"cosine": "cosine", "constant": "constant"},
        "balance": {
            "none": "nothing",
            "class_weights": "weigh their loss",
            "oversampling": "take more often",
        },
        "precision": {
            "auto": "as the device has it",
            "float32": "float32",
            "mixed_bfloat16": "mixed bfloat16",
            "mixed_float16": "mixed float16",
        },
        "jit": {"auto": "as Keras decides", "on": "on", "off": "off"},
    }
)
"""The values of fields that have other names in the form, with these names."""

_WHEN_0 = {
    "per_class": "all",
    "weight_decay": "none",
    "clip_norm": "any",
    "patience": "never ends early",
}
"""What 0 means, where it is no number of anything."""


def value_in_words(config: RunConfig, name: str) -> str:
    """Return the value of a field of a configuration as text, such as "64 px" or "weigh their loss"."""
    value = getattr(config, name)
    if name == "data":
        return sources.source(value).title
    if name == "warmup":
        return f"{value * 100:g}% of the steps"
    if isinstance(value, str):
        return CHOICES.get(name, {}).get(value, value)
    if not value and name in _WHEN_0:
        return _WHEN_0[name]
    if name == "patience":
        return counted(value, "validation")
    if name == "size":
        return f"{value} px"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if limits(name) is SEED else f"{value:,}"  # a seed is no amount


def place(run: Run) -> str:
    """Return where a run is or was, and what tells that it is alive; empty where nothing is known yet."""
    if run.engine == LOCAL:
        where = f"on {run.host}" if run.host else ""
    else:
        job = f"job {job}" if (job := run.job.get("job")) else ""
        said = ", ".join(filter(None, [job, run.job.get("state", "").lower()]))
        host = f" on {run.host}" if run.host else ""
        where = f"in {run.engine.capitalize()}{f' ({said})' if said else ''}{host}"
    is_by_beat = run.state == RUNNING and run.liveness == HEARTBEAT
    return f"{where}; alive by its heartbeat" if is_by_beat else where
