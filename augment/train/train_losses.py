"""The loss of each training picture by epoch: ``train_losses.npz``."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from augment.engine.limits import cut
from augment.errors import RunError
from augment.runs.folders import RunFolder
from augment.system import files

MOST_BYTES = 1_000_000
_HEADERS = 1_000

Ints = npt.NDArray[np.int64]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class Losses:
    """The content of ``train_losses.npz``; see `TrainLosses`.

    Attributes:
        ids: int64 (N,), the samples.
        epochs: int64 (E,), ascending, from 1.
        losses: float16 (E, N); NaN where the sample was not in the epoch.
    """

    ids: Ints
    epochs: Ints
    losses: npt.NDArray[np.float16]

    @classmethod
    def read(cls, path: Path) -> Losses:
        """Return the content of a file.

        Raises:
            RunError: It is missing or damaged.
        """
        try:
            with files.opened(path) as file, zipfile.ZipFile(file) as archive:
                if sum(info.file_size for info in archive.infolist()) > 2 * MOST_BYTES:
                    raise ValueError("it is too large")
                file.seek(0)
                with np.load(file, allow_pickle=False) as arrays:
                    found = cls(**{name: arrays[name] for name in ("ids", "epochs", "losses")})
        except FileNotFoundError as error:
            raise RunError(f"{path.name} is missing.") from error
        except files.DamagedFile as error:
            raise RunError(str(error)) from error
        except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile) as error:
            raise RunError(f"{path.name} cannot be read: {cut(str(error), 100)}.") from error
        types = [array.dtype.name for array in (found.ids, found.epochs, found.losses)]
        shape = (*found.epochs.shape, *found.ids.shape)
        if types != ["int64", "int64", "float16"] or found.losses.shape != shape:
            raise RunError(f"{path.name} is damaged: its arrays do not fit together.")
        return found


class TrainLosses:
    """Writes the loss of each training picture, as the model saw it, in each epoch.

    The file has ``ids`` int64 (N,), the samples; ``epochs`` int64 (E,), ascending, from 1; and ``losses``
    float16 (E, N): cross-entropy with the label smoothing of the training, of the augmented picture and
    its mixed label, before class weights; the mean where oversampling took the sample several times, NaN
    where the sample was not in the epoch, infinity for more than 65,504. Losses of a body epoch are those
    of the step in which the picture was trained; of a head epoch, those of the fitted head.

    It stays below 1 MB: of a long training only every k-th epoch is kept, counted back from the last one,
    and nothing of more than about 100,000 samples.

    Args:
        folder: The run.
        ids: The samples, int64 (N,).
        epochs: The epochs of the run.
        resumed: Whether the file is continued.
    """

    def __init__(self, folder: RunFolder, ids: Ints, *, epochs: int, resumed: bool = False) -> None:
        self._path = folder.train_losses
        self._ids = ids
        self._epochs = kept_epochs(len(ids), epochs)
        self._losses: dict[int, npt.NDArray[np.float16]] = {}
        if not self._epochs:
            _log.info("%s is not written: there are too many training pictures", self._path.name)
        if resumed and self._path.exists():
            with np.load(self._path, allow_pickle=False) as found:
                self._losses = dict(zip(found["epochs"].tolist(), found["losses"], strict=True))
        else:
            self._path.unlink(missing_ok=True)

    def add(self, epoch: int, rows: Ints, losses: npt.NDArray[np.floating]) -> None:
        """Write the losses of an epoch; on a full disk, the log says so and the training goes on.

        Args:
            epoch: The epoch, from 1.
            rows: int64 (M,), the rows of the samples in ``ids``.
            losses: float (M,).
        """
        if epoch not in self._epochs:
            return
        counts = np.bincount(rows, minlength=len(self._ids))
        sums = np.bincount(rows, weights=losses, minlength=len(self._ids))
        with np.errstate(invalid="ignore", over="ignore"):
            self._losses[epoch] = np.where(counts > 0, sums / counts, np.nan).astype(np.float16)
        content = io.BytesIO()
        np.savez(
            content,
            ids=self._ids,
            epochs=np.array(list(self._losses), np.int64),
            losses=np.stack(list(self._losses.values())),
        )
        try:
            files.write_bytes(self._path, content.getbuffer(), durable=False)
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path.name, error.strerror or error)


def kept_epochs(samples: int, epochs: int) -> Sequence[int]:
    """Return the epochs, from 1, whose losses fit into the file; none where not even one does."""
    most = (MOST_BYTES - _HEADERS - 8 * samples) // (2 * samples + 8)
    if most < 1:
        return ()
    every = -(-epochs // most)
    return range(epochs - (epochs - 1) // every * every, epochs + 1, every)
