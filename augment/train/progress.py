"""What a trainer is doing now, for whoever watches it: ``progress.json``."""

from __future__ import annotations

import logging

from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files

LOADING = "loading TensorFlow"
MODEL = "building the model"
GRAPH = "building the training graph; nothing moves until then"
HEAD = "training the head"
TRAINING = "training"
TESTING = "evaluating on test"
SAVING = "saving"

_log = logging.getLogger(__name__)


def validating(epoch: int) -> str:
    """Return the phase in which the model of an epoch is validated."""
    return f"validating after epoch {epoch}"


class Progress:
    """Writes the phase of a training, each time it changes."""

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.progress
        self._phase = ""

    def enter(self, phase: str) -> None:
        """Write that the training is in this phase now.

        A phase that cannot be written, as on a full disk, is written to the log only: it is a note for
        whoever watches, and the training goes on.
        """
        if phase == self._phase:
            return
        self._phase = phase
        try:
            entries = {"phase": phase, "at": folders.now()}
            files.write_json(self._path, entries, durable=False)
        except OSError as error:
            _log.warning("%s (progress.json cannot be written: %s)", phase, error.strerror or error)
