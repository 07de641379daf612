"""A run as a folder of CSV tables, for spreadsheets, pandas and R."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from augment.data.source import TEST, VALIDATION
from augment.runs import folders
from augment.runs.run import Run
from augment.trackers import CSV, Exported
from augment.trackers.content import FIGURES, Content, Predicted, rows
from augment.trackers.place import own_folder, replace

SPLITS = (VALIDATION, TEST)
NAMES = (
    *("run.csv", "settings.csv", "recipe.json", "metrics.csv", "steps.csv"),
    *("figures.csv", "per_class.csv", "samples.png"),
    *(f"{what}_{split}.csv" for what in ("confusion", "predictions") for split in SPLITS),
)
"""The files of a run; one of which a run has nothing is not there."""

_OF_SWEEP = "runs.csv"


class Writer:
    """Writes to OUTPUT/RUN, and for a sweep also OUTPUT/SWEEP/runs.csv, a row for each of its runs.

    Args:
        output: The folder; empty for the one in ``default``.
        default: The folder of exports that name no other.
    """

    def __init__(self, output: str, default: Path) -> None:
        self._folder = Path(output).expanduser() if output else default / CSV

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def sweep(self, sweep_id: str, listed: Sequence[Run], words: Sequence[str]) -> None:
        """Write ``runs.csv``."""
        folder = own_folder(self._folder / sweep_id, lambda name: name == _OF_SWEEP)
        replace(folder / _OF_SWEEP, table(rows(listed)))

    def run(self, found: Content) -> Exported:
        """Write the tables of a run, each of which is replaced as a whole."""
        folder = own_folder(self._folder / found.run.id, lambda name: name in NAMES)
        written = files_of(found)
        changed = [replace(folder / name, content) for name, content in written.items()]
        for name in NAMES:
            if name not in written and (folder / name).exists():  # of before it was damaged
                (folder / name).unlink()
                changed.append(True)
        return Exported(
            id=found.run.id, path=str(folder), points=len(found.points), changed=any(changed)
        )


def files_of(found: Content) -> dict[str, bytes]:
    """Return the files of a run by their names, which are among `NAMES`."""
    tables: dict[str, list[dict[str, Any]]] = {
        "run.csv": rows([found.run]),
        "settings.csv": [{"name": name, "value": value} for name, value in found.settings.items()],
        "metrics.csv": _whole(found.epochs, [*folders.METRICS]),
        "steps.csv": _whole(found.steps, ["training_step", *folders.STEPS]),
        "figures.csv": [
            {"split": split}
            | {name: entries.get(name) for name in ("pictures", "epoch", *FIGURES, "chance")}
            for split, entries in found.evaluations.items()
        ],
        "per_class.csv": found.per_class,
    }
    for each in found.predicted:
        tables[f"predictions_{each.split}.csv"] = _predictions(each)
    for each in found.confusions:
        tables[f"confusion_{each.split}.csv"] = _confusion(each)
    written = {name: table(entries) for name, entries in tables.items() if entries}
    if found.recipe:
        written["recipe.json"] = f"{found.recipe}\n".encode()
    if found.samples is not None:
        written["samples.png"] = found.samples
    return written


def table(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a table as CSV in UTF-8: a header, and a line for each entry; what is None is empty."""
    written = io.StringIO()
    names = dict.fromkeys(name for entry in entries for name in entry)
    writer = csv.DictWriter(written, list(names), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return written.getvalue().encode()


def _whole(
    found: Iterable[Mapping[str, float]], columns: Sequence[str]
) -> list[dict[str, float | int | None]]:
    """Return rows in the order of the columns, with whole numbers where they count."""
    counts = ("epoch", "step", "steps_per_epoch", "training_step")
    return [
        {name: int(row[name]) if name in counts else row.get(name) for name in columns}
        for row in found
    ]


def _confusion(found: Predicted) -> list[dict[str, Any]]:
    """Return the matrix: a row for each class of the pictures, a column for each predicted class."""
    # Two classes of one name would share a column.
    unique = len(set(found.class_names)) == len(found.class_names)
    columns = [
        name if unique and name != "class" else f"{number} {name}"
        for number, name in enumerate(found.class_names, start=1)
    ]
    return [
        {"class": name} | dict(zip(columns, line.tolist(), strict=True))
        for name, line in zip(found.class_names, found.table(), strict=True)
    ]


def _predictions(found: Predicted) -> list[dict[str, Any]]:
    """Return a row for each picture; one of a model that diverged has no predicted class."""
    names, of = found.class_names, found.predictions
    columns = zip(
        of.ids.tolist(),
        of.labels.tolist(),
        of.predicted.tolist(),
        np.round(of.confidence.astype(np.float64), 6).tolist(),
        np.round(of.losses(), 6).tolist(),
        strict=True,
    )
    return [
        {
            "id": one,
            "class": names[label],
            "predicted": names[predicted] if predicted >= 0 else None,
            "correct": int(label == predicted),
            "confidence": confidence,
            "loss": loss,
        }
        for one, label, predicted, confidence, loss in columns
    ]
