"""What importing costs: neither the library nor the command line brings in TensorFlow or Streamlit."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = (
    *("tensorflow", "keras", "keras_cv", "tensorflow_datasets", "streamlit", "numba"),
    *("scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats"),  # together a second
)

REPORT = f"""
import sys
print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""


def imported_by(code: str) -> str:
    """Return the heavy packages that a fresh process has imported after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stderr.strip()


@pytest.mark.parametrize(
    "module",
    [
        "augment",
        "augment.cli",
        "augment.compare.comparison",
        "augment.compare.hard_steps",
        "augment.data",
        "augment.helper",
        "augment.kerascv",
        "augment.keraslayers",
        "augment.model_export.archive",
        "augment.runs",
        "augment.trackers",
        "augment.train",
    ],
)
def test_importing_is_light(module: str) -> None:
    assert imported_by(f"import {module}") == ""


@pytest.mark.parametrize("command", [["ops"], ["data", "list"], ["runs", "list", "--json"]])
def test_looking_is_light(command: list[str], home: object) -> None:
    assert imported_by(f"from augment.cli import main; assert main({command}) == 0") == ""


def test_a_command_imports_no_other(home: object) -> None:
    """The queue starts two processes for a run, and a trainer; nothing heavy follows the list."""
    calling = "from augment.cli import main; assert main(['supervise', 'none']) == 2"
    listing = "print([name for name in sys.modules if 'augment.cli.' in name], file=sys.stderr)"
    found = imported_by(f"{calling}; import sys; {listing}")
    assert found.endswith("['augment.cli.output', 'augment.cli.parser', 'augment.cli.internal']")


def test_asking_the_helper_process_is_light(home: object) -> None:
    """As the web process does; they are in another."""
    asking = "Helper(tasks=TASKS).submit('echo').result()"
    using = "from augment.helper import Helper; from tests.helper_tasks import TASKS"
    assert imported_by(f"{using}; {asking}") == ""


def test_the_pages_render_without_numba() -> None:
    """Its hundred megabytes are not worth it for the few pictures of a page."""
    using = "import augment, numpy; import pages.components.views.grid"
    recipe = 'augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rotate"}]})'
    images = "numpy.zeros((1, 8, 8, 3), numpy.uint8)"
    assert (
        imported_by(f"{using}; augment.apply({recipe}, {images}, ids=[1], seed=1)") == "streamlit"
    )


def test_the_report_names_what_was_imported() -> None:
    assert imported_by("import streamlit") == "streamlit"


def test_the_library_never_imports_streamlit() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "augment").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if "streamlit" in imported(node)
    ]
    assert importing == []


def test_the_units_of_the_library_have_no_cycle_and_the_lowest_import_nothing_above() -> None:
    """A unit is a package or module directly in augment; "augment" is its ``__init__``."""
    graph: dict[str, set[str]] = {}
    for path in (ROOT / "augment").rglob("*.py"):
        unit = path.relative_to(ROOT / "augment").parts[0].removesuffix(".py")
        graph.setdefault(unit, set()).update(units_imported(path) - {unit})
    assert len(graph) > 15
    assert set(TopologicalSorter(graph).static_order()) == set(graph), "not all units are known"
    assert graph["errors"] == graph["home"] == graph["json_text"] == set()
    assert graph["engine"] == {"errors", "json_text"}
    assert graph["system"] == {"errors", "home", "json_text"}


def units_imported(path: Path) -> set[str]:
    """Return the units of augment that a file imports, at its top or in a function."""
    units = {each.stem if each.suffix else each.name for each in (ROOT / "augment").iterdir()}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name.name}" for name in node.names]
        for name in names:
            top, *below = name.split(".")
            if top == "augment":
                found.add(below[0] if below and below[0] in units else "__init__")
    return found


def test_only_the_engine_makes_plans() -> None:
    """All other code reads and cuts them by `augment.Plan`, so that their inside may change."""
    outside = [
        path
        for folder in ("augment", "pages", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if (ROOT / "augment" / "engine") not in path.parents
    ]
    assert len(outside) > 100
    made = [
        f"{path.relative_to(ROOT)}: {call}"
        for path in outside
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (call := called(node)) in MADE_BY_THE_ENGINE
    ]
    assert made == []


MADE_BY_THE_ENGINE = {"Plan", "Row", "Applied", "Branch", "Excerpt"}


def called(node: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    function = node.func
    return getattr(function, "attr", None) or getattr(function, "id", "")


def imported(node: ast.AST) -> set[str]:
    """Return the packages that a statement imports."""
    if isinstance(node, ast.Import):
        return {name.name.partition(".")[0] for name in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(node.module or "").partition(".")[0]}
    return set()
