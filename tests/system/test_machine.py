from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from augment.system import machine
from augment.system.machine import Gpu

GB = 10**9


def group(folder: Path, version: int, limit: str, used: int, inactive: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = {2: ("max", "current", ""), 1: ("limit_in_bytes", "usage_in_bytes", "total_")}[version]
    (folder / f"memory.{names[0]}").write_text(f"{limit}\n")
    (folder / f"memory.{names[1]}").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\n{names[2]}inactive_file {inactive}\n")


@pytest.mark.parametrize(("version", "line", "root"), [(2, "0::", ""), (1, "4:memory:", "memory")])
def test_the_limit_of_a_container_counts(
    tmp_path: Path, version: int, line: str, root: str
) -> None:
    own = tmp_path / "own"
    own.write_text(f"8:pids:/x\n{line}/outer/inner\n")
    real = psutil.virtual_memory()
    assert machine.memory(tmp_path, own).total == real.total

    group(tmp_path / root / "outer", version, "900000", 500_000, 200_000)
    assert machine.memory(tmp_path, own) == machine.Memory(total=900_000, available=600_000)
    group(tmp_path / root / "outer" / "inner", version, "max", 500_000, 0)
    assert machine.memory(tmp_path, own).total == 900_000
    group(tmp_path / root / "outer" / "inner", version, "800000", 900_000, 0)
    assert machine.memory(tmp_path, own) == machine.Memory(total=800_000, available=0)
    # Version 1 has a huge number where there is no limit.
    group(tmp_path / root / "outer", version, str(2**63 - 4096), 0, 0)
    group(tmp_path / root / "outer" / "inner", version, str(2**63 - 4096), 0, 0)
    assert machine.memory(tmp_path, own).total == real.total


def test_a_system_without_control_groups_has_the_memory_of_the_machine(tmp_path: Path) -> None:
    found = machine.memory(tmp_path, tmp_path / "missing")
    assert found.total == psutil.virtual_memory().total
    assert 0 < found.available <= found.total


def test_the_gpus_are_those_that_the_driver_lists() -> None:
    text = "NVIDIA H100 80GB HBM3, 81559\nNVIDIA GB10, Super, [N/A]\n"
    assert machine._parse_gpus(text) == (
        Gpu(name="NVIDIA H100 80GB HBM3", memory=81559 * 2**20),
        Gpu(name="NVIDIA GB10, Super", memory=0),
    )


def test_the_processor_has_a_name_and_cores() -> None:
    assert machine.processor()
    assert machine.cores() >= 1
