"""A run folder that came from somewhere else: nothing in it is executed, and no file outside is shown."""

from __future__ import annotations

import base64
import json
import marshal
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment.runs.config import NAME_LENGTH
from augment.runs.folders import RunFolder
from augment.system import files
from pages.components.runs.saved import TABS
from pages.components.session.text import escaped
from tests.pages.shown import errors, plain
from tests.run_results import with_results

Open = Callable[..., AppTest]
Make = Callable[..., RunFolder]
SECRET = "secret-of-the-server"
PAGES = ("runs.py", "compare.py", "sweep.py")
ARRAYS = (
    *("predictions", "test_predictions", "train_losses", "resume_from", "resume_from_before"),
    "best",
)


class Bomb:
    """An object whose unpickling leaves a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def opened(open_page: Open, folder: RunFolder) -> list[AppTest]:
    """Open all that shows a run: its page with the log and each tab, and the pages that name it."""
    found = []
    for tab in TABS:
        app = open_page("runs.py", run=folder.id)
        app.session_state[f"log {folder.id}"] = True
        app.session_state[f"{folder.id} results"] = tab
        found.append(app.run())
    found.append(open_page("compare.py", groups=f"{folder.id};{folder.id}", runs=folder.id))
    found.append(open_page("sweep.py", sweep=folder.id))
    for app in found:
        assert not app.exception
    return found


def words(app: AppTest) -> str:
    """Return all texts of a page."""
    kinds = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.code,
        app.expander,
        app.button,
    )
    boxes = (app.error, app.warning, app.info, app.success, app.metric, app.table, app.dataframe)
    return "\n".join(
        str(getattr(each, "value", "")) + str(getattr(each, "label", ""))
        for kind in (*kinds, *boxes)
        for each in kind
    )


def objects(mark: Path) -> dict[str, Any]:
    return {
        name: np.array([Bomb(mark)] * 3, dtype=object)
        for name in ("ids", "labels", "log_probabilities", "losses", "epoch")
    }


def plant(path: Path, how: str, mark: Path) -> None:
    """Write a file that leaves a mark when somebody unpickles it, or calls what is in it."""
    if how == "object arrays":
        with path.open("wb") as file:
            np.savez(file, **objects(mark))
    elif how == "pickle":
        path.write_bytes(pickle.dumps(Bomb(mark)))
    else:
        code = compile(f"lambda x: open({str(mark)!r}, 'w')", "x", "eval")
        function = base64.b64encode(marshal.dumps(eval(code).__code__)).decode()
        layer = {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {
                "function": {"class_name": "__lambda__", "config": {"code": function}},
                "arguments": {},
            },
        }
        model = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(model))
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
            archive.writestr("model.weights.h5", pickle.dumps(Bomb(mark)))
            archive.writestr("ids.npy", pickle.dumps(Bomb(mark)))


def test_the_bombs_go_off_where_they_are_unpickled(tmp_path: Path) -> None:
    for how in ("object arrays", "pickle"):
        mark = tmp_path / how
        plant(tmp_path / "x", how, mark)
        found = np.load(tmp_path / "x", allow_pickle=True)
        if how == "object arrays":
            _ = found["ids"]
        assert mark.exists()


@pytest.mark.parametrize("how", ["object arrays", "pickle", "lambda"])
def test_nothing_in_a_run_folder_is_unpickled_or_called(
    open_page: Open, make_run: Make, tmp_path: Path, how: str
) -> None:
    folder, mark = make_run("planted"), tmp_path / "mark"
    with_results(folder)
    spec = json.loads(folder.spec.read_text())
    spec["sweep"] = {"id": folder.id, "cell": {"cut_mix.alpha": 1.0}}
    folder.spec.write_text(json.dumps(spec))
    for name in ARRAYS:
        plant(getattr(folder, name), how, mark)
    for app in opened(open_page, folder):
        assert errors(app) == []
    assert "predictions.npz is damaged" in plain(words(open_page("runs.py", run="planted")))
    assert not mark.exists()


LINKED = (
    *("label.json", "state.json", "attempts.json", "progress.json", "metrics.csv", "steps.csv"),
    *("run.log", "evaluation.json", "test.json", "predictions.npz", "test_predictions.npz"),
    *("best.keras", "spec.json"),
)


def test_a_link_in_a_run_folder_does_not_show_a_foreign_file(
    open_page: Open, make_run: Make, tmp_path: Path
) -> None:
    """Each file is a link to one that could be read in its place, with a text that is a secret."""
    folder, outside = make_run("linked"), tmp_path / "outside"
    with_results(folder)
    entries = {"name": SECRET, "note": SECRET, "tags": [SECRET], "phase": SECRET, "reason": SECRET}
    files.write_json(folder.label, entries)
    files.write_json(folder.state, entries | {"state": "FAILED"})
    files.write_json(folder.progress, entries)
    folder.log.write_text(SECRET)
    evaluation = files.read_json(folder.evaluation)
    assert evaluation
    evaluation["per_class"] = [each | {"name": SECRET} for each in evaluation["per_class"]]
    files.write_json(folder.evaluation, evaluation)
    assert SECRET in "".join(map(words, opened(open_page, folder)))

    shutil.copytree(folder.path, outside)
    # Without its configuration a run shows less, so that comes last.
    for linked in (LINKED[:-1], LINKED[-1:]):
        for name in linked:
            (outside / name).touch()
            (folder.path / name).unlink(missing_ok=True)
            (folder.path / name).symlink_to(outside / name)
        text = plain("".join(map(words, opened(open_page, folder))))
        assert SECRET not in text
        for name in set(linked) - {"best.keras", "progress.json"}:
            assert f"{name} cannot be read: it is a link" in text, name


BOMBS = {
    "deep": '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "wide": '{"a": [' + "[]," * 3_000_000 + "[]]}",
    "number": '{"a": ' + "9" * 100_000 + "}",
    "twice": '{"name": 1, "name": 2}',
    "types": '{"name": {"a": []}, "state": [], "split": {}, "per_class": {}, "tags": {}, "config": 5}',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_json_bomb_is_a_sentence(open_page: Open, make_run: Make, bomb: str) -> None:
    folder = make_run("bomb")
    for path in (folder.label, folder.state, folder.evaluation, folder.test, folder.attempts):
        path.write_text(BOMBS[bomb])
    app = open_page("runs.py", run="bomb")
    assert errors(app)[1:] == []
    text = plain(words(app))
    for path in (folder.label, folder.state, folder.attempts):
        assert f"{path.name} is damaged" in text
    folder.spec.write_text(BOMBS[bomb])
    opened(open_page, folder)


NAMES = (
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "[link](javascript:alert(1)) ![x](http://example.org/x.png) **bold** $x$ :red[y] :material/delete:",
    "a\u202eb\x1b[31m\x07\r\n# heading\u2028x",
    "🌷 www.example.org",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_shown_as_it_is(open_page: Open, make_run: Make, name: str) -> None:
    folder = make_run("hostile", state="FAILED", reason=name)
    with_results(folder)
    files.write_json(folder.label, {"name": name[:NAME_LENGTH], "note": name, "tags": [name[:30]]})
    spec, evaluation = files.read_json(folder.spec), files.read_json(folder.evaluation)
    assert spec
    assert evaluation
    evaluation["per_class"] = [each | {"name": name} for each in evaluation["per_class"]]
    files.write_json(folder.evaluation, evaluation)
    files.write_json(
        folder.spec, spec | {"sweep": {"id": name, "cell": {name: name}}, "owner": name}
    )
    app, *_ = opened(open_page, folder)
    assert app.subheader[0].value == escaped(name[:NAME_LENGTH].replace("\n", " "))
    assert errors(app) == [plain(escaped(name))]
    # As data, a recipe and a name that a configuration has.
    config = spec["config"] | {
        "data": f"folder:/{name}",
        "name": name[:NAME_LENGTH],
        "recipe": {"steps": name},
    }
    files.write_json(folder.spec, spec | {"config": config})
    opened(open_page, folder)
