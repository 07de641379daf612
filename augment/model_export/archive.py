"""What is in the archive of a model, which is a zip file, and where it is stored.

An archive is written to a temporary name, then renamed. It is made anew when the model, its figures or
its name have changed; the same files give the same archive, to the byte, as far as the conversion of the
model does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment import data as sources
from augment.errors import AugmentError, RunError
from augment.model_export import FORMATS, WEB, Format
from augment.models import IMAGENET, MODELS, NONE
from augment.predict.runs import ModelFacts
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.system import files
from augment.system.units import counted

_VERSION = 1
"""Raised when the same run gives another archive than before."""

_SCRIPT = Path(__file__).with_name("predict.py")
PAGE = Path(__file__).with_name("web_page")
"""What the page of the format ``web`` is made of, other than the model and its runtime."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip file, so that the archive does not depend on the clock
_COPIED_BYTES = 1 << 20
_SHA = 12  # hexadecimal digits, in the name of a file


@dataclass(frozen=True, kw_only=True)
class ArchiveFacts(ModelFacts):
    """What an archive says of a model, beside what Predict says of it.

    Attributes:
        model: A sentence about the network.
        training: A sentence about the training, and one about its figures if it has any.
        data: What the data are called.
        licence: That of the pictures that it was trained on.
        citation: Whom to cite for them.
    """

    model: str
    training: str
    data: str
    licence: str
    citation: str


def archive_facts(run: Run) -> ArchiveFacts:
    """Return the facts of a run whose model can be taken away.

    Raises:
        RunError: It is not over, has no model or no configuration, or its classes are not known.
    """
    config = run.config
    if config is None:
        raise RunError(f"The model of the run {run.id} cannot be taken away: {run.problem}")
    if not run.is_over:
        raise RunError(
            f"The run {run.id} is not over yet ({run.phase}); its model can be taken away after its end."
        )
    run.check_model()
    source = sources.source(config.data)
    model = MODELS[config.model]
    start = {NONE: "random weights", IMAGENET: "ImageNet weights"}.get(
        config.weights, f"the weights of {Path(config.weights).name}"
    )
    return ArchiveFacts(
        run_id=run.id,
        title=run.title,
        size=config.size,
        fit=config.fit,
        class_names=_class_names(run),
        model=f"{model.title}, for RGB pictures of {config.size} x {config.size} pixels.",
        training=f"Trained from {start} for {counted(len(run.epochs()), 'epoch')} on {source.title}, "
        f"with the augmentation in recipe.json.{_figures(run)}",
        data=source.title,
        licence=source.licence,
        citation=source.citation,
    )


def archive_path(run: Run, name: str) -> Path:
    """Return where the archive of a run in the format ``name`` is, once it is finished.

    Another model, other figures and another name of the run give another path.
    """
    folder = RunFolder(run.path)
    scripts = sorted(PAGE.iterdir()) if name == WEB else [_SCRIPT]
    script = hashlib.sha256(b"".join(each.read_bytes() for each in scripts)).hexdigest()
    known: list[Any] = [_VERSION, script, name, run.title]
    for path in (folder.best, folder.evaluation, folder.test, folder.metrics):
        try:
            found = path.stat()
            known.append([path.name, found.st_size, found.st_mtime_ns])
        except OSError:
            known.append(None)
    stamp = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:_SHA]
    return folder.exports / f"{run.id}-{name}-{stamp}.zip"


def finished(run: Run, name: str) -> Path | None:
    """Return the archive of a run in a format, if it was made of the present model; else None."""
    path = archive_path(run, name)
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)  # no link, which could lead out of the folder
    except OSError:
        return None
    return path if is_file else None


def write_archive(
    folder: Path, draft: Path, run: Run, to: Format, facts: ArchiveFacts
) -> Iterator[str]:
    """Complete a folder that has the converted model, and write the archive of it.

    Yields what is written, before it is; the archive is complete when the last is.

    Args:
        folder: The folder.
        draft: Where the archive is written before it is renamed, on the disk of the run.
        run: The run.
        to: The format.
        facts: The facts of the run.

    Raises:
        OSError: It cannot be written, as on a full disk; then there is no archive.
    """
    _add_texts(folder, run, to, facts)
    path = archive_path(run, to.name)
    with zipfile.ZipFile(draft, "w") as archive:
        for member in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = str(member.relative_to(folder))
            yield name
            entry = zipfile.ZipInfo(f"{run.id}-{to.name}/{name}", _EARLIEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = member.stat().st_size  # which tells whether zip64 is needed
            with member.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, _COPIED_BYTES)
    for earlier in path.parent.glob(f"{run.id}-{to.name}-*.zip"):
        earlier.unlink()
    draft.replace(path)


def _add_texts(folder: Path, run: Run, to: Format, facts: ArchiveFacts) -> None:
    """Write what goes beside the model."""
    config = run.config
    assert config is not None  # `archive_facts` has checked it
    settings = config.without_folders()
    recipe = settings.pop("recipe")
    described = {
        "format": to.name,
        "model": to.model,
        "run": facts.run_id,
        "title": facts.title,
        "size": facts.size,
        "fit": facts.fit,
        "settings": settings,
    }
    _write(folder / "model.json", described)
    _write(folder / "class_names.json", list(facts.class_names))
    _write(folder / "recipe.json", recipe)
    labels = "".join(f"{' '.join(name.split())}\n" for name in facts.class_names)
    (folder / "labels.txt").write_text(labels, "utf-8")
    of_run = RunFolder(run.path)
    for path in (of_run.metrics, of_run.evaluation, of_run.test):
        if files.exists(path):
            with files.opened(path) as source, (folder / path.name).open("wb") as target:
                shutil.copyfileobj(source, target, _COPIED_BYTES)
    if to.runtime:
        shutil.copyfile(_SCRIPT, folder / _SCRIPT.name)
    (folder / "README.txt").write_text(readme(to, facts), "utf-8")


def readme(to: Format, facts: ArchiveFacts) -> str:
    """Return the text of README.txt."""
    how = {
        "crop": "the middle square of a picture, resized",
        "stretch": "the whole picture, stretched to a square",
    }[facts.fit]
    lines = [
        f"{' '.join(facts.title.split())} ({FORMATS[to.name].title})",
        "",
        facts.model,
        facts.training,
        "",
        f"Input: uint8, RGB, (N, {facts.size}, {facts.size}, 3), 0 to 255: {how}. The preprocessing is "
        "inside the model.",
        f"Output: float32, (N, {len(facts.class_names)}), a probability for each class of "
        "class_names.json, in its order.",
        "",
    ]
    if to.runtime:
        lines += [
            "To predict the classes of pictures:",
            "",
            f"    pip install numpy pillow {' '.join(to.runtime)}",
            "    python predict.py PICTURE...",
            "",
        ]
    if to.name == WEB:
        lines += [
            "Unpack the whole archive, then open index.html in a browser: a double click is enough.",
            "It needs no server and no network, and works the same from any server that serves files.",
            "runtime/ holds LiteRT.js by Google, under the licence in runtime/LICENSE.txt.",
            "",
        ]
    if to.in_float32:
        lines += [
            "It computes in float32. A model that was trained in mixed_bfloat16 (see precision in",
            "model.json, and auto on a processor with AVX-512) may name another class here where two are",
            "about equally likely.",
            "",
        ]
    lines += [
        "recipe.json      the augmentation of the training",
        "model.json       the other settings",
        "metrics.csv      the figures of each epoch",
        "evaluation.json  the figures on the pictures that chose the epoch; test.json: on test pictures",
        "",
        f"The pictures that it was trained on: {facts.data}",
        f"Their licence: {facts.licence}",
        f"To cite: {facts.citation}",
        "Their licence may bind what you do with a model made of them.",
        "",
    ]
    return "\n".join(lines)


def _class_names(run: Run) -> tuple[str, ...]:
    """Return the classes with which the model was evaluated; else those of its data."""
    assert run.config is not None
    if names := run.class_names():
        return names
    try:
        return run.config.prepared().class_names
    except AugmentError as error:
        raise RunError(
            f"The classes of the run {run.id} are not known: it has no evaluation, and its data cannot "
            f"be read. {error}"
        ) from error


def _figures(run: Run) -> str:
    """Return a sentence on each evaluation, with a space before it; empty where there is none."""
    found = ""
    for entries in (run.evaluation() or {}, run.test() or {}):
        if entries.get("accuracy") is not None and entries.get("pictures"):
            found += (
                f" Accuracy {entries['accuracy']:.1%} on the {counted(entries['pictures'], 'picture')} "
                f"of {entries['split']}."
            )
    return found


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
