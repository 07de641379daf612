"""The folders of pages/components build on each other, and only in one direction."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from tests.conftest import ROOT

COMPONENTS = ROOT / "pages" / "components"


def imported(path: Path) -> set[str]:
    """Return the folders of components that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pages.components."):
            found.add(str(node.module).split(".")[2])
    return found - {path.relative_to(COMPONENTS).parts[0]}


def test_the_folders_have_no_cycle_and_parts_import_none_of_them() -> None:
    graph = {
        folder.name: set().union(*map(imported, folder.rglob("*.py")))
        for folder in COMPONENTS.iterdir()
    }
    assert set(graph) == {
        "compare", "data", "parts", "pictures", "predict", "recipe", "runs", "session", "sweep", "views",
    }  # fmt: skip
    assert set(TopologicalSorter(graph).static_order()) == set(graph)
    assert graph["parts"] == graph["session"] == set()
    assert sum(map(len, graph.values())) <= 28
