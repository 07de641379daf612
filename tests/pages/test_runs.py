from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest

from augment import runs
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.system import files
from pages.components.runs import predicted
from pages.components.session import notice, person
from tests.pages.shown import by_label, errors, parameter, plain
from tests.run_results import prepared_of
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


def link(app: AppTest, label: str) -> Any:
    return next(each.proto for each in app.get("page_link") if each.proto.label == label)


def test_without_runs_the_page_offers_a_training(open_page: Open) -> None:
    app = open_page("runs.py")
    assert errors(app) == []
    assert "There are no trainings yet" in app.info[0].value
    assert app.get("page_link")[0].proto.label == "Start a training"


def test_a_run_is_shown_with_its_numbers(open_page: Open, make_run: Open) -> None:
    make_run("new", "my run")
    app = open_page("runs.py", run="new")
    assert errors(app) == []
    assert app.subheader[0].value == "my run"
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Epochs finished"] == "2"
    assert metrics["Validation accuracy"] == "20.0%"
    assert metrics["Best validation accuracy"] == "25.0%"
    assert "Finished." in text(app)
    assert len(app.get("vega_lite_chart")) == 2 or len(app.get("arrow_vega_lite_chart")) == 2
    assert "One of → CutMix: alpha 1" in text(app)


def test_without_validation_there_is_no_text_or_number_of_it(
    open_page: Open, make_run: Open
) -> None:
    folder = make_run("both", splits="train+validation")
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,2.5,0.1,,\n2,2.0,0.3,,\n"
    )
    app = open_page("runs.py", run="both")
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
    app = open_page("runs.py", run="both")
    assert {m.label: m.value for m in app.metric} == before | {"Accuracy": "37.5%"}
    assert "Evaluated once on 8 pictures" in text(app)
    assert "so the last one is kept" in text(app)
    for shown in (text(app), *(m.value for m in app.metric)):
        assert "nan" not in shown.lower().split()
        assert "validation values" not in shown


def test_an_evaluation_without_its_figure_is_not_shown(open_page: Open, make_run: Open) -> None:
    folder = make_run("both", splits="train+validation")
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2.5,0.1,,\n")
    app = open_page("runs.py", run="both")
    for damaged in ("{}", '{"split": "test"}', '{"split": "test", "accuracy": "?"}'):
        folder.evaluation.write_text(damaged)
        app.run()
        assert errors(app) == []
        assert "Accuracy" not in {metric.label for metric in app.metric}


def test_the_link_to_explore_shows_the_pictures_of_the_run(open_page: Open, make_run: Open) -> None:
    make_run("new", size=96, fit="stretch", splits="re-split", split_seed=4)
    app = open_page("runs.py", run="new")
    requested = parse_qs(link(app, "Open this recipe in Explore").query_string)
    assert {name: value[0] for name, value in requested.items() if name != "r"} == {
        "size": "96",
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
    app = open_page("runs.py", run="old")
    assert errors(app) == []
    assert not app.warning
    assert {"Splits", "Fit to a square", "Seed of the splits"} <= set(app.table[0].value.index)


def test_a_run_is_opened_from_the_list_and_left_again(open_page: Open, make_run: Open) -> None:
    make_run("new")
    make_run("old")
    app = open_page("runs.py")
    assert listed(app) == ["new", "old"]
    app.button(key="show old").click().run()
    assert app.subheader[0].value == "old"
    assert parameter(app, "run") == "old"
    app.button(key="all runs").click().run()
    assert errors(app) == []
    assert listed(app) == ["new", "old"]


def test_the_address_chooses_the_run(open_page: Open, make_run: Open) -> None:
    make_run("new")
    make_run("old", state="FAILED", reason="The loss is nan at step 3 of epoch 1.")
    app = open_page("runs.py", run="old")
    assert app.subheader[0].value == "old"
    assert errors(app) == ["The loss is nan at step 3 of epoch 1."]


@pytest.mark.parametrize("run_id", ["no-such-run", "../../etc", "![x](http://example.org)"])
def test_an_unknown_run_is_a_warning_without_the_folders_of_the_server(
    open_page: Open, make_run: Open, shared_home: Path, run_id: str
) -> None:
    make_run("new")
    app = open_page("runs.py", run=run_id)
    assert errors(app) == []
    assert run_id in plain(app.warning[0].value)
    assert str(shared_home) not in text(app)
    app.button(key="all runs").click().run()
    assert len(listed(app)) == 1


@pytest.mark.parametrize("file", ["spec", "state", "metrics", "steps"])
@pytest.mark.parametrize("content", [b"", b"{\x00\xff", b"a,b\n1"])
def test_a_damaged_run_is_reported_and_the_others_work(
    open_page: Open, make_run: Open, file: str, content: bytes
) -> None:
    make_run("good")
    damaged = make_run("damaged")
    getattr(damaged, file).write_bytes(content)
    app = open_page("runs.py")
    assert not app.exception
    assert set(listed(app)) == {"good", "damaged"}
    app.query_params["run"] = "damaged"
    app.run()
    assert not app.exception
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
    app = open_page("runs.py", run="new")
    assert not app.code
    app.session_state["log new"] = True
    app.run()
    assert app.code[0].value == "epoch 1 of 2\nepoch 2 of 2"


def test_a_finished_run_offers_no_cancel(open_page: Open, make_run: Open) -> None:
    make_run("new")
    app = open_page("runs.py", run="new")
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
            app = open_page("runs.py", **({"run": folder.id} if place == "run" else {}))
            offered = [key for button in app.button if "resume" in (key := button.key or "")]
            assert offered == [f"resume {place} {folder.id}"]
            app.button(key=f"resume {place} {folder.id}").click().run()
            assert errors(app) == []
            assert (runs.get(folder.id).state, runs.get(folder.id).attempt) == ("QUEUED", 2)
            assert "Resume" not in buttons(app)


def test_a_run_that_cannot_be_resumed_after_all_says_why(
    open_page: Open, make_run: Open, tmp_path: Path
) -> None:
    make_run("broken", state="FAILED", weights=str(tmp_path / "gone.keras"))
    app = open_page("runs.py", run="broken")
    app.button(key="resume run broken").click().run()
    assert errors(app) == []
    assert "there is no such file" in text(app)


def test_a_running_training_is_stopped_with_its_best_model(open_page: Open, make_run: Open) -> None:
    folder = make_run("new", state="RUNNING")
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        app = open_page("runs.py", run="new")
        by_label(app.button, "Stop and keep the best so far").click().run()
        assert errors(app) == []
        assert folder.stop.exists()
        assert not folder.cancel.exists()
        assert "The run ends shortly." in text(app)


def test_a_click_counts_while_the_results_change(
    open_page: Open, make_run: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page runs again for new results, and what was clicked in that moment is not lost."""
    folder = make_run("new", state="RUNNING", reason="")
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        app = open_page("runs.py", run="new")
        seen = iter(["before", "after"])
        monkeypatch.setattr(predicted, "stamps", lambda run: next(seen, "after"))
        by_label(app.button, "Stop and keep the best so far").click().run()
        assert errors(app) == []
        assert next(seen, "used up") == "used up"
        assert folder.stop.exists()


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


def seeded(make_run: Open, name: str, *seeds: int, **settings: object) -> list[str]:
    """Make runs without names of their own, which differ in the seed."""
    ids = [f"{name}-{seed}" for seed in seeds]
    for run_id, seed in zip(ids, seeds, strict=True):
        folder = make_run(run_id, seed=seed, **settings)
        row = f"1,2,0.5,2,{(0.2, 0.4, 0.6)[seed]}\n"
        folder.metrics.write_text(f"epoch,loss,accuracy,val_loss,val_accuracy\n{row}")
    return ids


def names(app: AppTest) -> list[str]:
    return sorted(listed(app))


def test_the_list_is_searched_and_filtered(open_page: Open, make_run: Open) -> None:
    make_run("first", "Tulips and roses", model="small")
    labelled = make_run("second", "other", state="FAILED", reason="It broke.")
    labelled.label.write_text('{"note": "Why so SLOW?", "tags": ["teaching"]}')
    app = open_page("runs.py")
    for words, found in (
        ("tulips ROSES", ["Tulips and roses"]),
        ("slow", ["other"]),
        ("teach", ["other"]),
        ("second", ["other"]),
        ("small network", ["Tulips and roses"]),
        ("nothing like it", []),
        ("", ["Tulips and roses", "other"]),
    ):
        app.text_input(key="q").set_value(words).run()
        assert errors(app) == []
        assert names(app) == found, words
    assert "It broke." in text(app)
    app = open_page("runs.py", q="tulips")
    assert names(app) == ["Tulips and roses"]
    app = open_page("runs.py", state="failed")
    assert names(app) == ["other"]
    app = open_page("runs.py")
    for label, value, name in (
        ("Model", "small", "Tulips and roses"),
        ("Tags", "teaching", "other"),
    ):
        by_label(app.multiselect, label).set_value([value]).run()
        assert names(app) == [name]
        by_label(app.multiselect, label).set_value([]).run()
    assert len(names(app)) == 2


def test_the_list_is_sorted_by_its_figures(open_page: Open, make_run: Open) -> None:
    seeded(make_run, "run", 0, 2, 1)
    app = open_page("runs.py", sort="best on validation")
    assert listed(app) == ["run-2", "run-1", "run-0"]
    assert "60.0% validation" in text(app)
    assert listed(open_page("runs.py", sort="oldest first")) == ["run-1", "run-2", "run-0"]
    assert listed(open_page("runs.py", sort="name")) == ["run-0", "run-1", "run-2"]


def test_seeds_are_put_together_and_compared(open_page: Open, make_run: Open) -> None:
    helped = seeded(make_run, "helped", 0, 1)
    other = seeded(make_run, "other", 0, 1, 2, epochs=3)
    make_run("broken", state="FAILED", epochs=3, seed=5)
    app = open_page("runs.py", together="true")
    assert errors(app) == []
    assert "30.0% ± 14.1 (2 seeds) validation" in text(app)
    assert "40.0% ± 20.0 (3 seeds) validation" in text(app)
    assert listed(app) == []
    assert link(app, "Compare").disabled
    for checkbox in [box for box in app.checkbox if (box.key or "").startswith("choose ")]:
        checkbox.check()
    app.run()
    assert "6 runs in 2 seed groups chosen." in text(app)
    compare = link(app, "Compare")
    assert not compare.disabled
    assert parse_qs(compare.query_string)["groups"] == [f"{','.join(helped)};{','.join(other)}"]
    # What is chosen stays when the list shows the runs one by one, and on another page of the app.
    app.toggle(key="together").set_value(False).run()
    assert "6 runs in 2 seed groups chosen." in text(app)
    assert app.checkbox(key="choose helped-0").value
    for run_id in (*other, "broken"):
        app.checkbox(key=f"choose {run_id}").uncheck()
    app.run()
    # Runs of one seed group are compared one by one.
    assert parse_qs(link(app, "Compare").query_string)["groups"] == [";".join(helped)]


def test_a_row_of_a_seed_group_opens_its_runs(open_page: Open, make_run: Open) -> None:
    seeded(make_run, "run", 0, 1)
    app = open_page("runs.py", together="true")
    next(button for button in app.button if (button.key or "").startswith("open ")).click().run()
    assert listed(app) == ["run-0", "run-1"]


def test_more_than_eight_cannot_be_compared(open_page: Open, make_run: Open) -> None:
    for number in range(1, 10):
        make_run(f"run-{number}", epochs=number)
    app = open_page("runs.py")
    for number in range(1, 10):
        app.checkbox(key=f"choose run-{number}").check()
    app.run()
    assert link(app, "Compare").disabled
    assert "at most 8 can be compared" in text(app)
    app.checkbox(key="choose run-1").uncheck().run()
    assert not link(app, "Compare").disabled


def test_a_long_list_has_pages(
    open_page: Open, make_run: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Streamlit warns in the log of a widget that has both a default and a value of ours, once a process.
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    for number in range(27):
        make_run(f"run-{number:02}", epochs=number + 1)
    app = open_page("runs.py")
    assert not policies._shown_default_value_warning
    assert len(listed(app)) == 25
    app.session_state["runs page"] = 2
    app.run()
    assert listed(app) == ["run-25", "run-26"]
    app.text_input(key="q").set_value("run-0").run()
    assert len(listed(app)) == 10


def test_a_run_is_renamed_with_a_note_and_tags(open_page: Open, make_run: Open) -> None:
    make_run("new", "before")
    app = open_page("runs.py", run="new")
    for elements, label, value in (
        (app.text_input, "Name", "*after*"),
        (app.text_area, "Note", "why [x](y)"),
        (app.text_input, "Tags", "a b, :red[c], "),
    ):
        by_label(elements, label).set_value(value)
    by_label(app.button, "Save").click().run()
    assert errors(app) == []
    assert plain(app.subheader[0].value) == "*after*"
    assert {"why [x](y)", "a b", ":red[c]"} <= set(re.findall(r"why .*|a b|:red\[c\]", text(app)))
    assert runs.get("new").tags == ("a b", ":red[c]")
    by_label(app.text_input, "Name").set_value("")
    by_label(app.text_input, "Tags").set_value("x" * 31)
    by_label(app.button, "Save").click().run()
    assert "may have 30 characters" in text(app)
    assert runs.get("new").name == "*after*"


def test_a_run_is_deleted_after_two_questions_and_brought_back(
    open_page: Open, make_run: Open
) -> None:
    make_run("keep")
    folder = make_run("gone")
    app = open_page("runs.py", run="gone")
    assert by_label(app.button, "Delete").disabled
    by_label(app.checkbox, "Yes, delete this run").check().run()
    assert folder.path.exists()
    by_label(app.button, "Delete").click().run()
    assert errors(app) == []
    assert listed(app) == ["keep"]
    assert "1 run deleted." in text(app)
    app.button(key="undo delete").click().run()
    assert errors(app) == []
    assert sorted(listed(app)) == ["gone", "keep"]
    assert "deleted" not in text(app)


def test_runs_that_are_chosen_are_deleted_and_cleaned_up(open_page: Open, make_run: Open) -> None:
    for run_id in ("a", "b", "c"):
        make_run(run_id)
    app = open_page("runs.py")
    app.session_state["runs disk"] = True
    for run_id in ("a", "b"):
        app.checkbox(key=f"choose {run_id}").check()
    app.run()
    by_label(app.checkbox, "Yes, delete 2 runs").check().run()
    by_label(app.button, "Delete").click().run()
    assert listed(app) == ["c"]
    assert "1 run, 0.0 MB; deleted runs" in text(app)
    app.button(key="clean up runs").click().run()
    assert errors(app) == []
    assert "deleted." not in text(app)
    assert not [button for button in app.button if button.key == "clean up runs"]


def test_who_may_not_change_a_run_sees_it(
    open_page: Open, make_run: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("theirs", state="FAILED")
    monkeypatch.setattr(person, "current", lambda: person.Person(owner="me", is_admin=False))
    app = open_page("runs.py", run="theirs")
    assert errors(app) == []
    assert not {"Delete", "Save", "Resume"} & set(buttons(app))
    app = open_page("runs.py", mine="true")
    assert listed(app) == []


def test_one_run_is_no_result(open_page: Open, make_run: Open, shared_home: Path) -> None:
    lock = files.acquire(queue.lock_path())  # so that no scheduler starts them
    assert lock is not None
    with lock:
        prepared = prepared_of(made := make_run("alone", size=32))
        spec = made.read_spec() | {"data_checksum": prepared.stored.checksum}
        made.spec.write_text(json.dumps(spec))
        app = open_page("runs.py", run="alone")
        assert "One run is no result" in text(app)
        app.button(key="more seeds alone").click().run()
        assert errors(app) == []
        group = [run for run in runs.list_runs() if run.id != "alone"]
        assert sorted(run.config.seed for run in group if run.config) == [8, 9]
        assert "One of 3 seeds" in text(app)
        for run in group:
            shutil.rmtree(run.path)


def test_why_something_was_refused_stays_to_be_read(
    open_page: Open, make_run: Open, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part of the page that is drawn anew every two seconds shows it for a while, and once."""
    now = [1000.0]
    monkeypatch.setattr(notice.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(person, "current", lambda: person.Person(owner="me", is_admin=False))
    monkeypatch.setenv(queue.MOST_QUEUED_VARIABLE, "1")
    prepared = prepared_of(made := make_run("alone", size=32))
    spec = made.read_spec() | {"data_checksum": prepared.stored.checksum}
    made.spec.write_text(json.dumps(spec))
    app = open_page("runs.py", run="alone")
    app.button(key="more seeds alone").click().run()
    why = "These are 2 runs and one person may have 1 in the queue at a time"
    assert why in text(app)
    assert [run.id for run in runs.list_runs()] == ["alone"]
    now[0] += notice.SECONDS - 1
    assert why in text(app.run())
    now[0] += 2
    assert why not in text(app.run())
    assert errors(app) == []


def test_the_disk_has_a_row_for_each_run_of_the_same_name(open_page: Open, make_run: Open) -> None:
    for run_id in ("a", "b", "c"):
        make_run(run_id, "same" if run_id < "c" else "other")
    app = open_page("runs.py")
    app.session_state["runs disk"] = True
    app.run()
    assert errors(app) == []
    assert sorted(app.table[0].value.index) == ["other", r"same \(a\)", r"same \(b\)"]


def test_the_same_seed_again_is_no_other_seed(open_page: Open, make_run: Open) -> None:
    seeded(make_run, "done", 0, 1)
    make_run("done-1-copied", seed=1)
    assert "(2 seeds)" in text(open_page("runs.py", run="done-0"))
    assert "(2 seeds)" in text(open_page("runs.py", together="true"))


def test_a_cancelled_run_is_none_of_the_seeds(open_page: Open, make_run: Open) -> None:
    seeded(make_run, "done", 0, 1)
    make_run("ended", state="CANCELLED", seed=5)
    assert "The seed group has 2 seeds;" in text(open_page("runs.py", run="ended"))


def test_a_run_is_compared_with_nothing_where_there_is_such_a_run(
    open_page: Open, make_run: Open
) -> None:
    seeded(make_run, "helped", 0, 1)
    seeded(make_run, "bare", 0, 1, recipe={"version": 1, "steps": []})
    seeded(make_run, "longer", 0, epochs=7, recipe={"version": 1, "steps": []})
    app = open_page("runs.py", run="helped-1")
    compare = link(app, "Compare with nothing")
    [groups] = parse_qs(compare.query_string)["groups"]
    assert [set(group.split(",")) for group in groups.split(";")] == [
        {"bare-0", "bare-1"},
        {"helped-0", "helped-1"},
    ]
    assert "One of 2 seeds; on validation 30.0% ± 14.1 (2 seeds)." in text(app)


def test_a_clone_opens_train_with_all_settings(open_page: Open, make_run: Open) -> None:
    settings = {
        "size": 96, "fit": "stretch", "splits": "re-split", "split_seed": 4, "model": "small",
        "epochs": 11, "learning_rate": 0.025, "balance": "oversampling", "patience": 3, "seed": 12,
    }  # fmt: skip
    make_run("new", **settings)
    app = open_page("runs.py", run="new")
    address = {k: v[0] for k, v in parse_qs(link(app, "Clone and edit").query_string).items()}
    opened = open_page("train.py", **address)
    assert errors(opened) == []
    assert opened.session_state["size"] == 96
    for name in ("model", "epochs", "learning_rate", "balance", "patience"):
        assert opened.session_state[f"training {name}"] == settings[name]
    for name in ("fit", "seed"):
        assert opened.session_state[name] == settings[name]
    config = runs.get("new").config
    assert config
    assert opened.session_state["recipe"] == config.recipe
