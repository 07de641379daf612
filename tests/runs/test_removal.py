"""Prepared data stay while a run needs them. That the rest is removed is tested with the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment import data, runs
from augment.errors import DataError
from augment.runs import folders, removal
from tests.runs.conftest import config


@pytest.mark.parametrize("name", ["", "my run"])
def test_data_that_a_queued_run_reads_are_not_removed(home: Path, name: str) -> None:
    data.open_prepared("bundled", 32)
    data.open_prepared("bundled", 32, "stretch")
    folder = folders.create("2026-x", config(name=name))
    assert [run.id for run in removal.readers("bundled", 32)] == ["2026-x"]
    assert removal.readers("bundled", 64) == removal.readers("bundled", 32, "stretch") == []
    with pytest.raises(DataError) as caught:
        removal.remove("bundled", 32)
    assert str(caught.value) == (
        f"bundled at 32 px is needed by a training, {runs.get(folder.id).title} (queued); "
        "cancel it, or wait until it is over."
    )
    assert removal.remove("bundled", 32, "stretch") > 0
    folders.create("2026-y", config())
    with pytest.raises(DataError, match=r"\(queued\) and 1 more;"):
        removal.remove("bundled", 32)
    for run in runs.list_runs():
        run.cancel()
    assert removal.remove("bundled", 32) > 0
