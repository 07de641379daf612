"""Slots: their names, which a run gets, and what its trainer sees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from augment.errors import RunError
from augment.runs import slots

GPUS = ("gpu:0", "gpu:1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ()),
        ("cpu", ("cpu",)),
        ("cpu*3", ("cpu", "cpu:2", "cpu:3")),
        ("gpu:0, gpu:1", GPUS),
        ("cpu,gpu:0", ("cpu", "gpu:0")),
        ("gpu:GPU-8f5a", ("gpu:GPU-8f5a",)),
    ],
)
def test_the_slots_that_are_set(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv(slots.VARIABLE, value)
    assert slots.configured() == expected
    for slot in expected:
        slots.check(slot)


@pytest.mark.parametrize(
    "value", ["tpu", "cpu*0", "cpu*", "gpu", "gpu:0*2", "2", "gpu:../x", "a;b"]
)
def test_what_is_no_slot_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(slots.VARIABLE, f"gpu:0,{value}")
    with pytest.raises(RunError) as caught:
        slots.of_this_machine()
    assert str(caught.value) == (
        f"AUGMENT_SLOTS is 'gpu:0,{value}', but {value!r} is no slot; use for example cpu, cpu*2, or"
        " gpu:0,gpu:1."
    )


@pytest.mark.parametrize("value", ["gpu:0,gpu:0", "cpu,cpu*2"])
def test_a_slot_is_given_once(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(slots.VARIABLE, value)
    with pytest.raises(RunError, match="is given twice"):
        slots.configured()


SMI = """#!/bin/sh
echo 'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)'
echo '  MIG 1g.10gb Device 0: (UUID: MIG-1)'
echo 'GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-2)'
"""


@pytest.mark.parametrize(
    ("smi", "visible", "expected"),
    [
        (SMI, None, GPUS),
        (SMI, "1", ("gpu:1",)),
        (SMI, "1,-1,0", ("gpu:1",)),
        (SMI, "", ("cpu",)),
        (SMI, "-1", ("cpu",)),
        ("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n", None, ("cpu",)),
        (None, None, ("cpu",)),
    ],
)
def test_one_slot_a_gpu_else_one_of_the_cpu(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    smi: str | None,
    visible: str | None,
    expected: tuple[str, ...],
) -> None:
    if smi:
        (tmp_path / "nvidia-smi").write_text(smi)
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if smi else str(tmp_path))
    monkeypatch.setattr(slots, "_PROC", tmp_path / "none")
    monkeypatch.delenv(slots.VARIABLE, raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert slots.of_this_machine() == expected


@pytest.mark.parametrize(
    ("devices", "free", "machine", "expected"),
    [
        (1, ("cpu",), ("cpu",), "cpu"),
        (4, ("cpu",), ("cpu",), "cpu"),
        (1, (), ("cpu",), ""),
        (1, ("gpu:1",), GPUS, "gpu:1"),
        (2, GPUS, GPUS, "gpu:0,gpu:1"),
        (2, ("gpu:1",), GPUS, ""),
        (3, GPUS, GPUS, "gpu:0,gpu:1"),
        (2, ("cpu", "gpu:0"), ("cpu", *GPUS), ""),
        (2, ("cpu", *GPUS), ("cpu", *GPUS), "gpu:0,gpu:1"),
    ],
)
def test_the_slot_of_a_run(
    devices: int, free: tuple[str, ...], machine: tuple[str, ...], expected: str
) -> None:
    assert slots.choose(devices, free, machine) == expected


@pytest.mark.parametrize(
    ("slot", "devices"), [("cpu", "-1"), ("cpu:2", "-1"), ("gpu:1", "1"), ("gpu:0,gpu:2", "0,2")]
)
def test_a_trainer_sees_the_devices_of_its_slot(slot: str, devices: str) -> None:
    assert slots.environment_of(slot)["CUDA_VISIBLE_DEVICES"] == devices
    assert slots.environment_of("") == {}


def test_a_slot_is_taken_whole_or_not_at_all(home: Path) -> None:
    with slots.taken("gpu:1") as one:
        assert len(one) == 1
        assert slots.free(GPUS) == ["gpu:0"]
        with slots.taken("gpu:0,gpu:1") as both:
            assert both == []
        assert slots.free(GPUS) == ["gpu:0"]
    with slots.taken("gpu:0,gpu:1") as both:
        inherited = [os.dup(each) for each in both]
    assert slots.free(GPUS) == [], "whoever inherited the locks has lost the slots"
    for each in inherited:
        os.close(each)
    assert slots.free(GPUS) == list(GPUS)
