"""What a trainer is doing now, for whoever watches it: ``progress.json``."""

from __future__ import annotations

import logging

from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files

_log = logging.getLogger(__name__)


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
