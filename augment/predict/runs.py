"""What is known of the model of a run without loading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from augment.errors import AugmentError, RunError
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """The model of a run.

    Attributes:
        run_id: The id of the run.
        title: What the run is called.
        size: The side of the pictures that it takes, in pixels.
        fit: How pictures become square, "crop" or "stretch".
        class_names: The names of its classes.
    """

    run_id: str
    title: str
    size: int
    fit: str
    class_names: tuple[str, ...]


def with_models(listed: Sequence[Run]) -> list[Run]:
    """Return the runs that have a saved model, in their order."""
    return [run for run in listed if run.config and files.exists(RunFolder(run.path).best)]


def model_facts(run: Run) -> ModelFacts:
    """Return what is known of the model of a run; its data may be gone.

    Raises:
        RunError: It has no model, its classes are not known, or its data have others by now.
    """
    if run.config is None:
        raise RunError(f"The run {run.id} cannot be used: {run.problem}")
    if not files.exists(RunFolder(run.path).best):
        raise RunError(f"The run {run.id} has no saved model (best.keras).")
    entries = (run.evaluation() or {}).get("per_class", [])
    names = tuple(str(entry.get("name", "")) for entry in entries)
    try:
        now = run.config.prepared().class_names
    except AugmentError:
        now = names  # a model without its data can still predict
    if names and now != names:
        raise RunError(
            f"The data of the run {run.id} have other classes by now, so what its model answers has no "
            "names; train again."
        )
    if not now:
        raise RunError(f"The classes of the run {run.id} are not known: its data are gone.")
    return ModelFacts(
        run_id=run.id, title=run.title, size=run.config.size, fit=run.config.fit, class_names=now
    )
