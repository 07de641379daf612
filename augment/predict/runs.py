"""Which runs have a model that can predict, and what is known of it without loading it (no Keras)."""

from __future__ import annotations

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from augment import data, runs
from augment.data.store.prepared import open_stored
from augment.errors import DataError, RunError
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files

_MOST_NAMES = 3


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What is known of the saved model of a run without loading it.

    Attributes:
        run_id: The run.
        title: What the run is called; text of a user.
        size: Side of the pictures that the model takes, in pixels.
        fit: How a picture becomes a square, "crop" or "stretch".
        class_names: One a class, in the order of what the model returns.
        note: A sentence where the run is not over, so that its model may still be replaced; else empty.
    """

    run_id: str
    title: str
    size: int
    fit: str
    class_names: tuple[str, ...]
    note: str = ""


def with_models(listed: Iterable[Run]) -> list[Run]:
    """Return the runs that have a saved model and a configuration, in their order."""
    return [run for run in listed if run.config and files.exists(RunFolder(run.path).best)]


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Return the titles of runs by their ids, with the id where several are called the same.

    Streamlit knows an option of a choice by its text, and takes one for another of the same.
    """
    times = Counter(titles.values())
    return {
        run_id: title if times[title] == 1 else f"{title} ({run_id})"
        for run_id, title in titles.items()
    }


def model_facts(run: Run | str) -> ModelFacts:
    """Return what is known of the saved model of a run, by its id or as it was read.

    The names of the classes are those with which the model was evaluated, so that a run whose data are
    gone can predict. A run that is not over has no evaluation; it has those of its data.

    Raises:
        RunError: There is no such run, it has no saved model, its classes are not known, or those of its
            data have changed since.
    """
    if isinstance(run, str):
        run = runs.get(run)
    if run.config is None:
        raise RunError(f"The run {run.id} cannot predict: {run.problem}")
    run.check_model()
    known, now = run.class_names(), _classes_of_data(run)
    if known and now and known != now:
        raise RunError(_changed(run, known, now))
    if not (known or now):
        raise RunError(
            f"The run {run.id} cannot predict: the names of its classes are not known, as it has no "
            "evaluation.json and its data are not prepared; prepare them again."
        )
    note = (
        ""
        if run.is_over
        else f"The run {run.id} is not over yet ({run.phase}); this is its best model so far."
    )
    return ModelFacts(
        run_id=run.id,
        title=run.title,
        size=run.config.size,
        fit=run.config.fit,
        class_names=known or now,
        note=note,
    )


def model_stamp(run: Run) -> str:
    """Return what tells the saved model of a run from any other: a hash of its file, 32 hex digits.

    Raises:
        RunError: There is no such file, or it cannot be read.
    """
    best = RunFolder(run.path).best
    try:
        with files.opened(best) as file:
            found = os.fstat(file.fileno())
        return _digest(RunFolder(run.path), found.st_ino, found.st_size, found.st_mtime_ns)
    except (OSError, files.DamagedFile) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise RunError(
            f"The model of the run {run.id} (best.keras) cannot be read: {reason}."
        ) from error


@functools.lru_cache(maxsize=256)
def _digest(folder: RunFolder, *_: int) -> str:
    with files.opened(folder.best) as file:
        digest = hashlib.blake2b(digest_size=16)
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _classes_of_data(run: Run) -> tuple[str, ...]:
    """Return the classes of the data as they are prepared now; empty where they are not."""
    assert run.config
    try:
        return open_stored(run.config.data, run.config.size, run.config.fit).class_names
    except DataError:
        return _classes_of_source(run)


def _classes_of_source(run: Run) -> tuple[str, ...]:
    assert run.config
    try:
        return data.source(run.config.data).class_names
    except DataError:  # its folder is gone; the evaluation has the names
        return ()


def _changed(run: Run, known: tuple[str, ...], now: tuple[str, ...]) -> str:
    assert run.config
    gone = [name for name in known if name not in now]
    new = [name for name in now if name not in known]
    details = [
        f"{'without' if names is gone else 'with'} {', '.join(names[:_MOST_NAMES])}"
        + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
        for names in (gone, new)
        if names
    ]
    how = f" ({', '.join(details)})" if details else " (in another order)"
    return (
        f"The classes of {run.config.data} have changed since the run {run.id}{how}, so its model does "
        "not know those of today; train again."
    )
