"""``docs/cli.md``: it has every command, every field of every document, and nothing that is not there."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment import helper
from augment.cli.parser import build
from augment.helper import Helper
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.evaluation import record_test
from augment.system import files
from augment.train.epoch_batches import EpochBatches
from augment.train.train_losses import TrainLosses
from tests.cli import options
from tests.cli.conftest import Cli
from tests.conftest import ROOT
from tests.data.sources.made_folders import faulty_folder
from tests.helper_tasks import TASKS
from tests.run_results import predicted, prepared_of, with_results

TEXT = options.PAGE.read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
_OF_PROCESSES = {"AUGMENT_INHERITED_LOCK", "AUGMENT_LIFELINE", "AUGMENT_REPORT"}
"""What one process tells another that it starts; nobody sets them."""

INTERNAL = {
    "schedule": "the process of the queue, which the program starts",
    "supervise": "the process of a run, which the queue starts",
}
"""Commands that the help does not list and that print for a log alone, each with the reason."""

COMMANDS = set(options.all_commands()) - set(INTERNAL)

_NEED_A_MODEL = {"predict", "tta", "runs test"}
"""The tests of these commands, which train one, check their documents."""

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "value": (str, int, float),
    "null": (type(None),),
    "object": (dict,),
    "recipe": (dict,),
    "plan": (dict,),
    "settings": (dict,),
    "schema": (dict,),
}


def sections() -> dict[str, str]:
    """Return the text below each heading."""
    parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(heading: str) -> dict[str, str]:
    """Return the type of each field of a section; "…" takes over the fields of another section."""
    found: dict[str, str] = {}
    for name, kind in _ROW.findall(sections()[heading]):
        if name.endswith("…"):
            title = re.fullmatch(r"\[(.+)\]\(#.+\)", kind)
            assert title, kind
            others = documented(title[1])
            start = name.removesuffix("…")
            found |= {
                (start + other).removeprefix("."): its_kind for other, its_kind in others.items()
            }
        else:
            assert name not in found, name
            found[name] = kind
    return found


class Checked:
    """Compares documents of a command with its fields; `missing` are those that none had."""

    def __init__(self, command: str) -> None:
        self._fields = documented(f"`{command}`")
        self.missing = set(self._fields)
        self.wrong: list[str] = []

    def take(self, value: Any, path: str = "") -> None:
        """Note what of a value is not as documented."""
        kind = self._fields.get(path)
        self.missing.discard(path)
        if kind is not None and not _is(value, kind):
            self.wrong.append(f"{path} is {value!r:.60}, not {kind}")
        if kind is not None and not self._inside(path):
            return
        if isinstance(value, dict) and (not path or self._inside(path)):
            star = _below(path, "*")
            is_open = star in self._fields or self._inside(star)
            for key, item in value.items():
                self.take(item, star if is_open else _below(path, key))
        elif isinstance(value, list) and self._inside(path):
            for item in value:
                self.take(item, f"{path}[]")
        elif kind is None:
            self.wrong.append(f"{path or 'the document'} is not documented")

    def _inside(self, path: str) -> bool:
        return any(name.startswith((f"{path}.", f"{path}[]")) for name in self._fields)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a type as the tables write it."""
    for one in kind.split(" or "):
        if one.startswith("list of "):
            if isinstance(value, list) and all(_is(item, one[8:]) for item in value):
                return True
        elif isinstance(value, bool) and one not in ("boolean", "value"):
            continue
        elif isinstance(value, _TYPES[one]):
            return True
    return False


_LATER = re.compile(r"(epochs|evaluation|test|most_confused|worst)[.\[]")
"""What a run has only after it was trained; the document of ``runs show`` must have all of it."""

_MAY_BE_ABSENT = {
    "runs export": {"bytes"},  # a model
    "runs disk": {"only_to_resume.*"},  # without a run that can be resumed
}


def assert_documented(command: str, *documents: Any) -> None:
    """Each field of the documents is documented with its type, and each documented one is there."""
    checked = Checked(command)
    for document in documents:
        checked.take(document)
    missing = checked.missing - _MAY_BE_ABSENT.get(command, set())
    if command in ("train", "runs stop", "runs cancel", "runs resume"):
        missing = {name for name in missing if not _LATER.match(name)}
    assert (checked.wrong, sorted(missing)) == ([], []), command


def test_every_command_has_its_section() -> None:
    headings = re.findall(r"^## `(.+)`$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)
    assert not [name for name in INTERNAL if name in build().format_help()]


def test_every_command_prints_a_document_on_request() -> None:
    """Those that are called with it below show that it does what it says."""
    lacking = [
        name
        for name, parser in options.all_commands().items()
        if not any("--json" in action.option_strings for action in parser._actions)
    ]
    assert sorted(lacking) == sorted(INTERNAL)


def test_the_options_are_those_of_the_parser() -> None:
    """If not, an option has changed: ``python -m tests.cli.options`` writes the lists again."""
    assert options.rewritten(TEXT) == TEXT
    assert TEXT.count("<!-- options: ") > 20


def test_each_argument_is_explained_and_says_its_default() -> None:
    wrong = [
        f"{name}: {action.option_strings or action.dest}"
        for name in COMMANDS
        for action in options.all_commands()[name]._actions
        if not action.help
        or (
            action.default
            and action.default != argparse.SUPPRESS
            and str(action.default) not in action.help
        )
    ]
    assert wrong == []


def test_the_command_lines_are_understood() -> None:
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
    lines = [line for line in blocks.splitlines() if line.startswith("python -m augment ")]
    assert len(lines) > 10
    for line in lines:
        build().parse_args(shlex.split(line, comments=True)[3:])


def test_the_variables_are_those_of_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(ROOT, "augment").rglob("*.py")
    )
    used = set(re.findall(r"\bAUGMENT_[A-Z_]*[A-Z]\b", code)) - _OF_PROCESSES
    assert set(re.findall(r"^\| `(AUGMENT_\w+)`", TEXT, re.MULTILINE)) == used


def finish(run_id: str, seed: int = 5) -> None:
    """Write what a finished run has into the folder of a queued one; `seed` is that of its answers."""
    folder = folders.find(run_id)
    moment = "2026-11-28T08:00:00+00:00"
    ended = {"state": "SUCCEEDED", "started": moment, "ended": moment, "attempt": 1}
    files.write_json(folder.state, ended)
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.1,2,0.5\n")
    with_results(folder)
    entries = json.loads(folder.evaluation.read_text()) | {"stopped_early": False}
    files.write_json(folder.evaluation, entries)
    prepared = prepared_of(folder)
    given = (predicted(prepared, "test", seed), prepared.class_names)
    record_test(folder, *given, epoch=1, label_smoothing=0.1, stopped_early=False)


def write_train_losses(run_id: str) -> None:
    """Write a loss for each picture that the run would have trained on in its one epoch."""
    folder = folders.find(run_id)
    config = RunConfig.from_dict(folder.read_spec()["config"])
    batches = EpochBatches(config, config.prepared())
    rows = np.arange(len(batches.ids))
    TrainLosses(folder, batches.ids, epochs=1).add(1, rows, rows / len(rows))


def test_the_documents_have_the_documented_fields(
    cli: Cli,
    home: Path,
    nothing_starts: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: dict[str, list[Any]] = {}

    def call(command: str, *words: object) -> Any:
        done = cli(*command.split(), *words, "--json")
        assert done.code == 0, done.err
        found.setdefault(command, []).append(done.document)
        return done.document

    call("ops")
    call("schema")
    far = tmp_path / "far.json"
    far.write_text('{"version": 1, "steps": [{"op": "brightness", "factor": 1}]}')
    sheet = ("--out", tmp_path / "a.png", "--size", 32, "--count", 2)
    call("preview", *sheet, "--recipe", far)
    call("preview", *sheet, "--view", "steps")
    call("preview", *sheet, "--view", "sweep", "--over", "rand_augment.magnitude=0.1,0.5")
    call("preview", *sheet, "--view", "range")
    monkeypatch.setattr(helper, "HELPER", Helper(tasks=TASKS))
    call("preview", *sheet, "--view", "keras_cv")
    call("strength", "guide", *sheet, "--others")
    call("export", "guide", "--to", "augment", "--output", tmp_path / "script.py")
    call("import", ROOT / "tests/export/albumentations_2_0_8_detection.json")
    call("data prepare", "bundled", "--size", 40)
    call("data list")
    flowers = (f"folder:{faulty_folder(tmp_path / 'flowers')}", "--size", 32)
    call("data prepare", *flowers)
    call("data show", *flowers, "--csv", tmp_path / "check.csv")
    call("data verify", "bundled", "--size", 40)
    call("data remove", "bundled", "--size", 40)

    small = ("--preset", "small", "--size", 32, "--epochs", 1, "--splits", "re-split")
    ids = [call("train", *small, "--seed", seed)["id"] for seed in (1, 2)]
    ids += [call("train", *small, "--recipe", "nothing", "--seed", seed)["id"] for seed in (1, 2)]
    for seed, run_id in enumerate(ids):
        finish(run_id, seed)
    first, last = ids[0], ids[-1]
    write_train_losses(ids[0])
    call("compare", ",".join(ids[:2]), ",".join(ids[2:]), "--hard-steps")
    call("runs show", first)
    call("runs log", first)
    call("runs rename", first, "--name", "mine")
    call("runs list")
    swept = call("sweep", *small, "--over", "rand_augment.magnitude=0.1,0.5", "--with-nothing")
    call("sweep", *small, "--over", "rand_augment.magnitude=0.1,0.5", "--dry-run")
    finish(swept["runs"][0])
    call("runs export", swept["sweep"], "--to", "csv", "--output", tmp_path / "csv")
    damaged = folders.find(last)
    damaged.test.write_text("{")
    call("runs export", last, "--to", "csv", "--output", tmp_path / "csv")
    call("runs disk")
    call("runs clean")
    call("runs wake")
    call("runs stop", swept["runs"][1])
    call("runs cancel", swept["runs"][1])
    files.write_json(damaged.state, {"state": "FAILED", "reason": "The disk is full."})
    call("runs resume", last)
    call("runs delete", first)
    call("runs undelete", first)

    assert set(found) | _NEED_A_MODEL == COMMANDS
    for command, documents in found.items():
        assert_documented(command, *documents)
