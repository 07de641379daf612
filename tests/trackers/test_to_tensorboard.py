"""Event files, read back with TensorBoard's own readers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, list_session_groups
from tensorboard.plugins.hparams.backend_context import Context

from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli
from tests.trackers.conftest import STARTED
from tests.trackers.test_export import sweep_of_two

START = folders.parse_time(STARTED)


def opened(folder: Path) -> Any:
    """What TensorBoard has read of a run."""
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def curve(accumulator: Any, name: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in accumulator.Scalars(name)]


@pytest.fixture
def export(cli: Cli, run: RunFolder, tmp_path: Path) -> Any:
    def exported(run_id: str = "2026-x") -> Path:
        out = tmp_path / "tensorboard"
        assert cli("runs", "export", run_id, "--to", "tensorboard", "--output", out).code == 0
        return out / run_id

    return exported


def test_everything_is_there(export: Any, run: RunFolder) -> None:
    found = opened(export())
    assert curve(found, "train/loss") == [(1, 2.5), (2, 1.5)]
    assert curve(found, "validation/accuracy") == [(2, 0.75)]
    assert curve(found, "step/loss") == [(1, 3.5), (4, 2.5), (5, 2.0), (9, 1.5)]
    entries = run.read_test()
    assert entries is not None
    [(epoch, accuracy)] = curve(found, "saved_model/test/accuracy")
    assert (epoch, accuracy) == (1, pytest.approx(entries["accuracy"]))
    assert START is not None
    times = [point.wall_time - START.timestamp() for point in found.Scalars("train/loss")]
    assert times == [3, 6], "not those of the last step of each epoch"
    texts = {
        name: found.Tensors(f"{name}")[0].tensor_proto.string_val[0].decode()
        for name in ("run", "recipe", "per_class/validation")
    }
    assert "| state | SUCCEEDED |" in texts["run"]
    assert '"op": "rand_augment"' in texts["recipe"]
    assert texts["per_class/validation"].count("\n") == 1 + len(entries["per_class"])
    for name in ("samples", "confusion/validation", "confusion/test"):
        [image] = found.Images(name)
        with Image.open(io.BytesIO(image.encoded_image_string)) as picture:
            assert picture.size == (image.width, image.height)
            assert len(np.unique(np.asarray(picture))) > 2, "it is empty"


def test_exported_again_each_point_is_there_once(export: Any, run: RunFolder) -> None:
    """Also in a TensorBoard that watches, and after figures have changed."""
    tables = run.metrics.read_text(), run.steps.read_text()
    run.metrics.write_text("\n".join(tables[0].splitlines()[:2]) + "\n")
    run.steps.write_text("\n".join(tables[1].splitlines()[:4]) + "\n")
    lock = files.acquire(run.lock)
    assert lock is not None
    with lock:  # as a supervisor holds it that is alive
        files.write_json(run.state, {"state": "RUNNING", "started": STARTED})
        watching = opened(folder := export())
    assert curve(watching, "train/loss") == [(1, 2.5)]
    assert curve(watching, "step/loss") == [(1, 3.5), (4, 2.5), (5, 2.0)]
    text = watching.Tensors("run")[0].tensor_proto.string_val[0].decode()
    assert "| state | RUNNING |" in text
    run.metrics.write_text(tables[0])
    run.steps.write_text(tables[1])
    files.write_json(run.state, {"state": "SUCCEEDED", "started": STARTED})
    assert export() == folder
    watching.Reload()
    for found in (watching, opened(folder)):
        assert curve(found, "train/loss") == [(1, 2.5), (2, 1.5)]
        assert curve(found, "step/loss") == [(1, 3.5), (4, 2.5), (5, 2.0), (9, 1.5)]
        assert len(found.Images("samples")) == 1
        text = found.Tensors("run")[-1].tensor_proto.string_val[0].decode()
        assert "| state | SUCCEEDED |" in text
    assert len(found.Tensors("run")) == 1
    run.metrics.write_text(tables[0].replace("1.5", "1.25"))
    export()
    watching.Reload()
    assert curve(watching, "train/loss") == [(1, 2.5), (2, 1.25)]
    assert [path.stat().st_size > 0 for path in sorted(folder.iterdir())] == [False, True]


def test_the_settings_of_a_sweep_can_be_compared(export: Any, tmp_path: Path) -> None:
    """What the tab HParams asks for has a row for each run, with its settings, figures and state."""
    sweep_of_two()
    export("2026-s")
    logdir = str(tmp_path / "tensorboard")
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(logdir)
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, logdir)
    context = Context(TBContext(data_provider=provider, logdir=logdir))
    request = api_pb2.ListSessionGroupsRequest(slice_size=10, allowed_statuses=[1])
    answer = list_session_groups.Handler(RequestContext(), context, "", request).run()
    rows = {
        group.sessions[0].name: (
            group.hparams["rand_augment.magnitude"].number_value,
            group.hparams["model"].string_value,
            {metric.name.tag: metric.value for metric in group.metric_values}[
                "validation/accuracy"
            ],
        )
        for group in answer.session_groups
    }
    magnitude = rows["2026-s-3"][0]
    assert rows == dict.fromkeys(("2026-s-3", "2026-s-4"), (magnitude, "densenet121", 0.75))
