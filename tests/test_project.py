"""What the project promises about itself: that its documents are true, and that it names no machine."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import augment
from augment import data
from augment.cli.parser import build
from tests.conftest import ROOT

TEXT = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".json", ".js", ".css", ".html", ".sh", ""}
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/design.md",
    "docs/guide.md",
    "docs/performance.md",
)

# Brackets and backslashes keep these patterns from matching themselves.
MACHINE = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|mnt|media)/\w")
REGISTRY = re.compile(
    r"pypi\.(?:org|io)|pythonhoste[d]|npmj[s]|index[-_]url|find[-_]links|ghcr\.io"
)
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")


def tracked() -> list[Path]:
    """Return the files that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def fenced(document: str, language: str) -> list[str]:
    """Return the code blocks of a language in a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, UNFINISHED])
def test_no_tracked_file_holds(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix in TEXT and path.name != "LICENSE"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "name",
    [
        *("requirements.txt", "requirements-onnx.txt", "requirements-trackers.txt"),
        "requirements-dev.txt",
    ],
)
def test_every_requirement_has_two_bounds_and_a_reason(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    for line in (line for line in lines if line and not line.startswith(("#", "-r "))):
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+( +# .+)?", line), line
        assert "#" in line or name == "requirements-dev.txt", line


def test_the_two_commands_of_the_readme_are_complete() -> None:
    start, test = (block.strip() for block in fenced("README.md", "sh")[:2])
    for command, requirements in ((start, "requirements.txt"), (test, "requirements-dev.txt")):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -r ")
        assert requirements in command
        assert (ROOT / requirements).is_file()
    assert start.endswith(".venv/bin/streamlit run app.py")
    assert (ROOT / "app.py").is_file()


def test_ci_finds_the_test_command() -> None:
    """The script reads the command from between the marks: exactly what the README says to run."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [function] = re.findall(r"^readme_test_command\(\) \{\n.*?^\}\n", script, re.M | re.S)
    found = subprocess.run(
        ["bash", "-c", function + "readme_test_command"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == fenced("README.md", "sh")[1].strip()


def test_every_command_line_in_the_documents_exists() -> None:
    lines = [
        line.partition("#")[0]
        for document in DOCUMENTS
        for block in fenced(document, "sh")
        for line in block.splitlines()
        if line.startswith("python -m augment")
    ]
    assert len(lines) >= 9
    for line in lines:
        options = build().parse_args(shlex.split(line)[3:])
        assert callable(options.command), line


def test_every_recipe_in_the_documents_is_valid() -> None:
    names = data.source("bundled").class_names
    recipes = [block for document in DOCUMENTS for block in fenced(document, "json")]
    assert recipes
    for text in recipes:
        recipe = augment.Recipe.from_json(text, class_names=names)
        assert augment.Recipe.from_dict(json.loads(recipe.to_json())) == recipe


def test_the_example_of_the_readme_runs() -> None:
    [example] = fenced("README.md", "python")
    run_python(example + "assert batch.images.shape == images.shape")


def test_every_label_in_the_guide_is_in_the_app() -> None:
    """The guide sets labels in italics."""
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    quoted = {" ".join(text.split()) for text in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", guide)}
    files = [
        *(ROOT / "pages").rglob("*.py"),
        *(ROOT / "pages").rglob("*.html"),
        *(ROOT / "pages").rglob("*.js"),
        ROOT / "augment" / "inspect" / "views.py",
        ROOT / "augment" / "presets.py",
        ROOT / "augment" / "runs" / "presets.py",
        ROOT / "augment" / "runs" / "words.py",
    ]
    app = "\n".join(path.read_text(encoding="utf-8") for path in files)
    titles = {op.title for op in augment.registry().values()}
    assert len(quoted) > 20
    terms = {"recipe", "steps", "op", "near-duplicates"}
    assert {text for text in quoted - titles - terms if text not in app} == set()


def test_every_picture_in_the_documents_is_taken_by_the_script() -> None:
    screenshots = runpy.run_path(str(ROOT / "docs" / "screenshots.py"))
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS]
    shown = {name for text in texts for name in re.findall(r"images/([\w-]+\.\w+)", text)}
    files = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert shown == set(screenshots["SCREENS"]) == set(files)
    assert max(files.values()) <= screenshots["MOST_BYTES"]


def test_every_link_of_the_documents_has_a_target() -> None:
    missing = [
        f"{document}: {target}"
        for document in (*DOCUMENTS, "docs/decisions.md")
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / document).read_text(encoding="utf-8"))
        if "://" not in target and not ((ROOT / document).parent / target).exists()
    ]
    assert missing == []


def test_the_licence_is_there_in_full() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0" in text
    assert "END OF TERMS AND CONDITIONS" in text


def run_python(code: str) -> None:
    """Run code in a process of its own, so that an op it registers is seen by no other test."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
