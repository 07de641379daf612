"""Paths and files of a run: hostile names, damaged files, a full disk."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from augment.errors import RunError
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system import files, processes
from tests.runs.conftest import CONFIG, DEADLINE_S

LOSS = {name: folders.METRICS[name] for name in ("epoch", "loss")}


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "../runs",
        "a/b",
        "/etc",
        "a\\b",
        ".hidden",
        "a\0b",
        "a\nb",
        "x" * 101,
        "-rf",
        "ä",
    ],
)
def test_a_name_that_is_not_an_id_is_refused(home: Path, name: str) -> None:
    with pytest.raises(RunError, match="not the id of a run"):
        folders.find(name)


def test_an_unknown_run_is_an_error_that_names_the_folder(home: Path) -> None:
    with pytest.raises(RunError, match=r"no run '2026-x'.*runs"):
        folders.find("2026-x")


def test_a_file_is_not_a_run(home: Path) -> None:
    (folders.root() / "notes").write_text("mine")
    assert folders.list_folders() == []
    with pytest.raises(RunError, match="no run"):
        folders.find("notes")


def test_a_damaged_file_is_a_run_error(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for path, read in (
        (folder.spec, folder.read_spec),
        (folder.state, folder.read_state),
        (folder.evaluation, folder.read_evaluation),
    ):
        path.write_text('{"state": "RUN')
        with pytest.raises(RunError, match=rf"^{path.name} is damaged"):
            read()


def test_a_format_that_is_not_known_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(RunError, match=r"spec\.json is missing"):
        folder.read_spec()
    files.write_json(folder.spec, {"config": {}})
    with pytest.raises(RunError, match="has no version"):
        folder.read_spec()
    for version in (2, 0, "1", None):
        files.write_json(folder.spec, {"version": version, "config": {}})
        with pytest.raises(RunError, match=rf"format version {version!r}, but .* reads version 1"):
            folder.read_spec()


def test_a_new_folder_appears_with_its_spec(home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    assert folder.read_spec()["version"] == folders.VERSION
    assert RunConfig.from_dict(folder.read_spec()["config"]) == CONFIG
    assert [path.name for path in folder.path.iterdir()] == ["spec.json"]
    assert [path.name for path in folders.root().iterdir()] == ["2026-x"]


def test_a_run_of_the_same_id_is_not_replaced(home: Path) -> None:
    folders.create("2026-x", CONFIG)
    with pytest.raises(FileExistsError):
        folders.create("2026-x", replace(CONFIG, seed=4))
    assert RunConfig.from_dict(folders.find("2026-x").read_spec()["config"]) == CONFIG
    assert [path.name for path in folders.root().iterdir()] == ["2026-x"]


def test_a_row_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    assert folders.read_csv(path, LOSS) == []
    path.write_text("epoch,loss\n1,2.5\n2,1.5\n3,")
    assert folders.read_csv(path, LOSS) == [{"epoch": 1, "loss": 2.5}, {"epoch": 2, "loss": 1.5}]
    path.write_text("epoch,loss\n1,2.5\n2,1.")
    assert folders.read_csv(path, LOSS) == [{"epoch": 1, "loss": 2.5}], "half a number was read"
    assert folders.table_problem(path, LOSS) == ""


def test_a_cell_may_be_empty_only_in_the_columns_named(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    columns = LOSS | {"val_loss": folders.METRICS["val_loss"]}
    path.write_text("epoch,loss,val_loss\n1,2.5,\n2,,1.0\n")
    assert folders.read_csv(path, columns) == []
    assert folders.read_csv(path, columns, may_lack=("val_loss",)) == [{"epoch": 1, "loss": 2.5}]
    problem = folders.table_problem(path, columns, may_lack=("val_loss",))
    assert problem == "metrics.csv is damaged: line 3 is left out (loss is '')."


def test_the_tail_of_a_long_log(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.read_log(5) == ""
    folder.log.write_text("".join(f"line {n}\n" for n in range(50_000)))
    assert folder.read_log(2) == "line 49998\nline 49999"


def test_a_home_that_cannot_be_created_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUGMENT_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(RunError, match=r"cannot be written .*AUGMENT_HOME"):
        folders.root()


FULL_DISK = """
import resource, signal
from augment import runs
from augment.errors import RunError
from augment.runs import folders
from tests.runs.conftest import CONFIG
CONFIG.check_inputs()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
try:
    runs.submit(CONFIG)
except RunError as error:
    print(error)
print([path.name for path in folders.root().iterdir() if path.is_dir()])
"""


def test_a_full_disk_is_an_error_and_leaves_no_run(home: Path) -> None:
    """A limit on the size of files replaces the full disk: the write itself fails."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        env=processes.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    message, left = done.stdout.splitlines()
    assert "cannot be written (File too large" in message
    assert "AUGMENT_HOME" in message
    assert left == "[]"


@pytest.mark.parametrize(
    "cell",
    [
        *("0.5", "1", "1.0", "-1", "1.5", "0", "2", "2.0", "+1", " 1", "1 ", "1e0", "1_0", "nan"),
        *("inf", "", '"1"', "0.", ".5", "00", "01", "\u0663", "9" * 9, "9" * 10, "9" * 400, "-0.0"),
    ],
)
@pytest.mark.parametrize("name", folders.STEPS)
def test_a_table_that_looks_right_reads_as_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, cell: str
) -> None:
    path = tmp_path / "steps.csv"
    row = dict(zip(folders.STEPS, ["1", "1", "4", "30.5", "0", "2.9", "0.05"], strict=True))
    lines = [",".join(folders.STEPS), *(",".join((row | {name: c}).values()) for c in ("1", cell))]
    path.write_text("\n".join([*lines, "2,"]))
    for may_lack in ((), ("loss", "accuracy")):

        def found() -> object:
            problem = folders.table_problem(path, folders.STEPS, may_lack)  # noqa: B023
            return problem, folders.read_csv(path, folders.STEPS, may_lack)  # noqa: B023

        fast = found()
        with monkeypatch.context() as patch:
            patch.setattr(folders, "_is_plain", lambda *_: False)
            assert found() == fast
