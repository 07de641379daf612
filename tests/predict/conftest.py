"""A finished run with a tiny model, for what predicts; no training."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from augment import data
from augment.runs import folders
from augment.runs.evaluation import not_evaluated
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, cli, shared_home
from tests.runs.conftest import config
from tests.train.conftest import tiny

__all__ = ["cli", "shared_home"]

RUN = "2026-x"


def finished(run_id: str, best: bytes, **changes: object) -> RunFolder:
    """Write the folder of a finished run that has this model, without an evaluation."""
    made = folders.create(run_id, config(**changes))
    files.write_json(made.state, {"state": "SUCCEEDED"})
    made.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.5\n")
    made.best.write_bytes(best)
    return made


def evaluated(folder: RunFolder, names: tuple[str, ...]) -> None:
    """Write an evaluation that knows these classes."""
    classes = [{"name": name, "pictures": 0, "correct": 0} for name in names]
    files.write_json(folder.evaluation, not_evaluated(names, 1) | {"per_class": classes})


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model of 11 classes at 32 px."""
    path = tmp_path_factory.mktemp("model") / "best.keras"
    tiny().save(path)
    return path.read_bytes()


@pytest.fixture
def folder(cli: Cli, tiny_model: bytes) -> Iterator[RunFolder]:
    """The folder of a finished run of the bundled photographs, in the home that ``cli`` looks at."""
    made = finished(RUN, tiny_model, splits="re-split")
    data.open_prepared("bundled", 32)
    yield made
    shutil.rmtree(made.path)


@pytest.fixture
def bare(home: Path) -> RunFolder:
    """The folder of a finished run in a home of its own, whose model is no file of Keras."""
    return finished(RUN, b"no model")
