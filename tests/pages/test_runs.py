from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from augment import runs
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.system import files
from tests.pages.shown import by_label, errors, parameter, plain
from tests.runs.conftest import all_processes, config, eventually

Open = Callable[..., AppTest]


def text(app: AppTest) -> str:
    """Return the text of the page as a reader sees it."""
    shown = [*app.markdown, *app.caption, *app.warning, *app.error, *app.info, *app.subheader]
    return plain("\n".join(element.value for element in shown))


def listed(app: AppTest) -> list[str]:
    """Return the titles in the list of runs."""
    keys = [(button.key or "", button.label) for button in app.button]
    return [plain(label) for key, label in keys if key.startswith("show ")]


def test_without_runs_the_page_offers_a_training(open_page: Open) -> None:
    app = open_page("runs.py")
    assert errors(app) == []
    assert "There are no trainings yet" in app.info[0].value
    assert app.get("page_link")[0].proto.label == "Start a training"


def test_the_newest_run_is_shown_with_its_numbers(open_page: Open, make_run: Open) -> None:
    make_run("new", "my run")
    make_run("old")
    app = open_page("runs.py")
    assert errors(app) == []
    assert app.subheader[0].value == "my run"
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Epochs finished"] == "2"
    assert metrics["Validation accuracy"] == "20.0%"
    assert metrics["Best validation accuracy"] == "25.0%"
    assert "Finished." in text(app)
    assert len(app.get("vega_lite_chart")) == 2 or len(app.get("arrow_vega_lite_chart")) == 2
    assert listed(app) == ["my run", "old"]
    assert "One of → CutMix: alpha 1" in text(app)


def test_without_validation_there_is_no_text_or_number_of_it(
    open_page: Open, make_run: Open
) -> None:
    folder = make_run("both", splits="train+validation")
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,2.5,0.1,,\n2,2.0,0.3,,\n"
    )
    app = open_page("runs.py")
    assert errors(app) == []
    before = {metric.label: metric.value for metric in app.metric}
    assert before == {
        "Epochs finished": "2",
        "Training loss": "2.000",
        "Training accuracy": "30.0%",
    }
    folder.evaluation.write_text(
        json.dumps({"split": "test", "pictures": 8, "epoch": 2, "loss": 1.9, "accuracy": 0.375})
    )
    app = open_page("runs.py")
    assert {m.label: m.value for m in app.metric} == before | {"Accuracy": "37.5%"}
    assert "Evaluated once on 8 pictures" in text(app)
    assert "so the last one is kept" in text(app)
    for shown in (text(app), *(m.value for m in app.metric)):
        assert "nan" not in shown.lower().split()
        assert "validation values" not in shown


def test_an_evaluation_without_its_figure_is_not_shown(open_page: Open, make_run: Open) -> None:
    folder = make_run("both", splits="train+validation")
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2.5,0.1,,\n")
    app = open_page("runs.py")
    for damaged in ("{}", '{"split": "test"}', '{"split": "test", "accuracy": "?"}'):
        folder.evaluation.write_text(damaged)
        app.run()
        assert errors(app) == []
        assert "Accuracy" not in {metric.label for metric in app.metric}


def test_the_link_to_explore_shows_the_pictures_of_the_run(open_page: Open, make_run: Open) -> None:
    make_run("new", size=96, fit="stretch", splits="re-split", split_seed=4)
    app = open_page("runs.py")
    [link] = [link.proto for link in app.get("page_link")]
    requested = parse_qs(link.query_string)
    assert {name: value[0] for name, value in requested.items() if name != "r"} == {
        "data": "bundled",
        "size": "96",
        "seed": "7",
        "fit": "stretch",
        "splits": "re-split",
        "split_seed": "4",
    }


def test_a_run_from_before_there_were_splits_opens(open_page: Open, make_run: Open) -> None:
    folder = make_run("old")
    spec = json.loads(folder.spec.read_text())
    for name in ("fit", "splits", "split_seed"):
        del spec["config"][name]
    folder.spec.write_text(json.dumps(spec))
    app = open_page("runs.py")
    assert errors(app) == []
    assert not app.warning
    assert {"Splits", "Fit", "Split seed"} <= set(app.table[0].value.index)


def test_a_run_is_chosen_from_the_list(open_page: Open, make_run: Open) -> None:
    make_run("new")
    make_run("old")
    app = open_page("runs.py")
    next(button for button in app.button if button.key == "show old").click().run()
    assert app.subheader[0].value == "old"
    assert parameter(app, "run") == "old"


def test_the_address_chooses_the_run(open_page: Open, make_run: Open) -> None:
    make_run("new")
    make_run("old", state="FAILED", reason="The loss is nan at step 3 of epoch 1.")
    app = open_page("runs.py", run="old")
    assert app.subheader[0].value == "old"
    assert errors(app) == ["The loss is nan at step 3 of epoch 1."]


@pytest.mark.parametrize("run_id", ["no-such-run", "../../etc", "![x](http://example.org)"])
def test_an_unknown_run_is_a_warning_beside_the_list(
    open_page: Open, make_run: Open, run_id: str
) -> None:
    make_run("new")
    app = open_page("runs.py", run=run_id)
    assert errors(app) == []
    assert run_id in plain(app.warning[0].value)
    assert len(listed(app)) == 1


@pytest.mark.parametrize("file", ["spec", "state", "metrics", "steps"])
@pytest.mark.parametrize("content", [b"", b"{\x00\xff", b"a,b\n1"])
def test_a_damaged_run_is_reported_and_the_others_work(
    open_page: Open, make_run: Open, file: str, content: bytes
) -> None:
    make_run("good")
    damaged = make_run("damaged")
    getattr(damaged, file).write_bytes(content)
    app = open_page("runs.py", run="damaged")
    assert not app.exception
    assert set(listed(app)) == {"good", "damaged"}
    assert app.subheader[0].value == "damaged"
    app.query_params["run"] = "good"
    app.run()
    assert not app.exception
    assert app.subheader[0].value == "good"
    assert {metric.label for metric in app.metric} >= {"Validation loss"}


def test_a_missing_configuration_is_reported(open_page: Open, make_run: Open) -> None:
    damaged = make_run("damaged")
    damaged.spec.unlink()
    app = open_page("runs.py", run="damaged")
    assert "spec.json is missing." in text(app)


def test_the_log_opens(open_page: Open, make_run: Open) -> None:
    make_run("new")
    app = open_page("runs.py")
    assert not app.code
    app.session_state["log new"] = True
    app.run()
    assert app.code[0].value == "epoch 1 of 2\nepoch 2 of 2"


def test_a_finished_run_offers_no_cancel(open_page: Open, make_run: Open) -> None:
    make_run("new")
    app = open_page("runs.py")
    with pytest.raises(StopIteration):
        by_label(app.button, "Cancel this run")


def test_a_run_that_failed_is_resumed_from_its_page_and_from_the_list(
    open_page: Open, make_run: Open
) -> None:
    lock = files.acquire(queue.lock_path())  # so that no scheduler starts it
    assert lock is not None
    with lock:
        make_run("done")
        for place in ("run", "listed"):
            folder = make_run(f"broken-{place}", state="FAILED")
            app = open_page("runs.py", run=folder.id)
            offered = [key for button in app.button if "resume" in (key := button.key or "")]
            assert sorted(offered) == [f"resume {each} {folder.id}" for each in ("listed", "run")]
            app.button(key=f"resume {place} {folder.id}").click().run()
            assert errors(app) == []
            assert (runs.get(folder.id).state, runs.get(folder.id).attempt) == ("QUEUED", 2)
            assert "Resume" not in buttons(app)


def test_a_run_that_cannot_be_resumed_after_all_says_why(
    open_page: Open, make_run: Open, tmp_path: Path
) -> None:
    make_run("broken", state="FAILED", weights=str(tmp_path / "gone.keras"))
    app = open_page("runs.py")
    app.button(key="resume run broken").click().run()
    assert errors(app) == []
    assert "there is no such file" in text(app)


def test_a_running_training_is_stopped_with_its_best_model(open_page: Open, make_run: Open) -> None:
    folder = make_run("new", state="RUNNING")
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        app = open_page("runs.py")
        by_label(app.button, "Stop and keep the best so far").click().run()
        assert errors(app) == []
        assert folder.stop.exists()
        assert not folder.cancel.exists()
        assert "The run ends shortly." in text(app)


@pytest.fixture
def waiting(shared_home: Path, tmp_path: Path) -> Iterator[RunFolder]:
    """A queued run that fails before its trainer loads TensorFlow: its file of weights is missing."""
    folder = folders.create("waiting", config(weights=str(tmp_path / "missing.keras")))
    yield folder
    eventually(lambda: not all_processes(shared_home), what="the queue did not end")
    shutil.rmtree(folder.path)


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_queue_without_a_scheduler_can_be_started(open_page: Open, waiting: RunFolder) -> None:
    app = open_page("runs.py", run=waiting.id)
    assert errors(app) == []
    assert "no scheduler is running" in text(app)
    by_label(app.button, "Start the queue").click().run()
    assert errors(app) == []
    assert "no scheduler is running" not in text(app)
    assert "Start the queue" not in buttons(app)
    eventually(lambda: runs.get(waiting.id).is_over, what="the queue was not started")
    assert "missing.keras" in runs.get(waiting.id).reason


def test_a_scheduler_that_cannot_be_started_is_a_warning(
    open_page: Open, waiting: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("runs.py", run=waiting.id)
    monkeypatch.setattr(sys, "executable", "/nothing")
    by_label(app.button, "Start the queue").click().run()
    assert errors(app) == []
    assert "The scheduler cannot be started" in app.warning[0].value
    assert "Start the queue" in buttons(app)


def test_a_living_scheduler_is_not_offered_again(open_page: Open, waiting: RunFolder) -> None:
    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        app = open_page("runs.py", run=waiting.id)
        assert "Waiting in the queue" in text(app)
        assert "Start the queue" not in buttons(app)
