"""What is checked of the scripts with every library."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from tests.conftest import ROOT
from tests.export.exported_batch import batch
from tests.export.measured import MOST, SAME, copies, distance, statistics

MORE_OF_RAND_AUGMENT = ("preset_too_strong", "preset_rand_augment", "preset_rand_augment_paper")
"""Presets that are not run with TensorFlow, which takes seconds to trace the policy: that of the guide,
and the policy alone, have all that is in them."""
WITH_TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def run(python: str, *runs: Sequence[str], **environment: str) -> None:
    """Run modules by an interpreter, all at the same time: each a name and its arguments."""
    processes = [
        subprocess.Popen(
            [python, "-m", module, *words],
            cwd=ROOT,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"} | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for module, *words in runs
    ]
    errors = [process.communicate()[1] for process in processes]
    assert not any(process.returncode for process in processes), "\n".join(errors)


def happens_in_half(always: Sequence[str], results: Mapping[str, Any], library: str) -> None:
    """Check that ops which change every picture change one half of them in half the cases.

    Args:
        always: The ops.
        results: What became of the scripts, by their names.
        library: What the names begin with.
    """
    assert {"grayscale", "invert", "shear_x"} <= set(always)
    changed = [results[f"{library}_half_{name}"]["changed"] for name in always]
    assert np.mean(changed) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(16 * len(always)))


def all_is_done(result: Mapping[str, Any]) -> None:
    """Check that what mixes gets a probability and is drawn from, and that steps keep to their classes.

    Args:
        result: What became of each of `tests.export.cases.cases`, by its name.
    """
    own_class = batch()["labels"].argmax(axis=1)
    assert result["classes"]["changed"] == np.isin(own_class, (1, 2)).tolist()
    assert result["classes_in_a_choice"]["changed"] == (own_class == 1).tolist()
    mixed = np.array(result["classes_of_a_mix"]["mixed"])
    assert mixed.any()
    assert set(own_class[mixed]) == {3}
    for name in ("half_mix_up", "half_cut_mix", "mixing_pipeline", "deep", "preset_mixing"):
        assert any(result[name]["mixed"]), name
    for name in ("never", "mixing_pipeline_never", "nothing_left", "preset_nothing"):
        assert not any(result[name]["changed"]), name


def has_our_distributions(
    recipe: augment.Recipe, theirs: Mapping[str, Any], *, resolution: Mapping[str, float]
) -> None:
    """Check that a script makes of copies what this package makes of them.

    Args:
        recipe: What is in the script.
        theirs: What was measured of its pictures.
        resolution: Differences that do not count, by the statistic, "" for those without an entry.
    """
    given = copies()
    made = augment.apply(recipe, **given, ids=np.arange(SAME), seed=3, epoch=0)
    for name, values in statistics(given, made.images, made.labels).items():
        rounding = resolution.get(name, resolution[""])
        assert distance(values, theirs[name], resolution=rounding) < MOST, name


def are_as_claimed(claimed: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    """Check what was measured of a library: a value, or the bounds that it is within."""
    for name, expected in claimed.items():
        if isinstance(expected, tuple):
            assert expected[0] <= measured[name] <= expected[1], (name, measured[name])
        else:
            assert measured[name] == expected, name


def are_clean(scripts: Path) -> None:
    """Check scripts as ruff lints by default; how lines are broken is for readers."""
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", str(scripts)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
