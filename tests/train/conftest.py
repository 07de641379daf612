"""One real training, shared by all tests that check what a training writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment import presets, runs
from augment.train import RunConfig
from tests.cli.conftest import cli, shared_home
from tests.runs.conftest import eventually, live

__all__ = ["cli", "live", "shared_home"]

CONFIG = RunConfig(
    recipe=presets.PRESETS["guide"].recipe,
    size=32,
    epochs=2,
    batch_size=32,
    learning_rate=0.02,
    seed=7,
    name="shared",
)


@pytest.fixture(scope="session")
def training_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="session")
def trained(training_home: Path) -> runs.Run:
    """A run of two epochs at 32 px that went through queue, supervisor and trainer to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENT_HOME", str(training_home))
        run = runs.submit(CONFIG)
        eventually(lambda: runs.get(run.id).is_over, seconds=240, what="the training did not end")
        ended = runs.get(run.id)
    assert ended.state == "SUCCEEDED", f"{ended.reason}\n{ended.log()}"
    return ended
