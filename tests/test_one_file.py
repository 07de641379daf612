"""Adding an op is one file: the one that CONTRIBUTING.md shows, in a copy of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import contract
from tests.conftest import ROOT
from tests.test_project import fenced

NAME = "exposure"
RECIPE = {"version": 1, "steps": [{"op": NAME, "stops": 2}]}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one file more."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("augment", "pages", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("assets", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    [example] = fenced("CONTRIBUTING.md", "python")
    path = example.partition("\n")[0].removeprefix("# ")
    assert path == f"augment/ops/tone/{NAME}.py"
    assert not (folder / path).exists()
    (folder / path).write_text(example, encoding="utf-8")
    return folder


def run(project: Path, *words: str) -> str:
    """Run Python in the copy, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env=os.environ | {"AUGMENT_HOME": str(project / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_computes_the_exposure(project: Path) -> None:
    """Half the light of white is level 188 in sRGB."""
    run(
        project,
        "-c",
        """
import numpy as np
from augment.ops.tone.exposure import exposure
assert exposure(drawn=-1.0)[255] == 188
assert exposure(drawn=1.0)[187] == 254
assert (exposure(drawn=0.0) == np.arange(256)).all()
""",
    )


def test_it_keeps_the_contract(project: Path) -> None:
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_contract.py", "-k", NAME)
    assert f"{len(contract.CHECKS)} passed" in run(project, *words)


def test_the_step_panel_has_it(project: Path) -> None:
    """It can be added, and its slider moves the pictures and is in the recipe of the address."""
    run(
        project,
        "-c",
        """
from streamlit.testing.v1 import AppTest
import augment
from augment import address
from tests.pages.shown import add_step, digest, errors, grid, parameter, setting, slide, steps

app = AppTest.from_file("pages/main.py", default_timeout=360).run()
add_step(app, "Exposure")
assert errors(app) == []
assert "Exposure" in [step["title"] for step in steps(app)]
shown = setting(app, "Stops")
assert [shown[name] for name in ("low", "high", "step", "value")] == [0.0, 4.0, 0.1, 1.0]
assert "longer or shorter" in shown["help"]
before = digest(app)
slide(app, "Stops", 4.0)
assert errors(app) == []
assert digest(app) != before
assert "exposure " in " ".join(grid(app)["tiles"][0]["captions"])
recipe = augment.Recipe.from_json(address.decode(parameter(app, "r")))
assert recipe.steps[-1].params == {"stops": 4.0}
""",
    )


def test_the_schema_and_the_reader_have_it(project: Path) -> None:
    words = (
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/engine/test_schema.py",
        "-k",
        NAME,
    )
    assert " passed" in run(project, *words)
    schema = json.loads(run(project, "-m", "augment", "schema"))
    stops = schema["$defs"][NAME]["properties"]["stops"]
    assert (stops["minimum"], stops["maximum"], stops["default"]) == (0, 4, 1)


def test_the_exports_have_it(project: Path) -> None:
    recipe, script = project / "recipe.json", project / "script.py"
    recipe.write_text(json.dumps(RECIPE), encoding="utf-8")
    run(project, "-m", "augment", "export", str(recipe), "--to", "augment", "--output", str(script))
    assert run(project, str(script)).startswith("(8, 224, 224, 3)")
    keras_cv = run(project, "-m", "augment", "export", str(recipe), "--to", "keras_cv")
    compile(keras_cv, "script.py", "exec")
    assert "# Exposure is left out: keras_cv has no such layer." in keras_cv


def test_the_command_line_and_the_reference_page_have_it(project: Path) -> None:
    described = {
        op["name"]: op for op in json.loads(run(project, "-m", "augment", "ops", "--json"))
    }
    assert described[NAME]["group"] == "tone"
    assert [param["name"] for param in described[NAME]["params"]] == ["stops"]
    page = run(project, "-m", "augment", "ops", "--markdown")
    assert "### Exposure" in page
    assert "| `stops` | 0 to 4 | 1 | 0 |" in page
    for text in (page, run(project, "-m", "augment", "ops", NAME)):
        assert '>>> step = {"op": "exposure", "stops": 2.0}' in text
