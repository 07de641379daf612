"""The state that a run resumes from: variables, optimiser, and its tables as they were.

A state is written after each epoch of the body, aside and then renamed, and the one before it is kept. A
run within its head epochs has none: it starts over, which gives the same figures.

The tables are a part of the state, and so are the best figures, which they have. A resumed run puts them
back as they were, so that it never has rows of an epoch that is trained once more, whatever was lost or
half written when the run ended. A best model that is of such an epoch stays until that epoch is trained
again, to the same figures.
"""

from __future__ import annotations

import io
import logging
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from augment.runs.folders import RunFolder
from augment.system import files

if TYPE_CHECKING:
    import keras

VERSION = 1
"""The format of ``state.npz``; raised when older code would misread it."""

_MOST_BYTES = 2_000_000_000
_FORMAT, _EPOCH, _TABLE, _MODEL, _OPTIMIZER = (
    "format",
    "epoch",
    "table/",
    "model/",
    "optimizer/",
)
# What NumPy and zipfile raise for a file that is no archive, or a damaged one.
_DAMAGE = (
    *(ValueError, KeyError, EOFError, OSError, MemoryError, NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)

Array = npt.NDArray[Any]
_log = logging.getLogger(__name__)


class _Unusable(Exception):
    """Why a state cannot be used, as the end of a sentence."""


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """All that a training needs to go on after an epoch.

    Attributes:
        epoch: The last epoch that is complete, from 1 through all stages.
        variables: The variables of the model, seeds of its random layers included: of each an array
            (D, *shape), one for each device, or (1, *shape) where they are equal on all of them.
        optimizer: The variables of the optimiser, likewise.
        tables: The contents of the tables of the run after that epoch, by file name.
    """

    epoch: int
    variables: Sequence[Array]
    optimizer: Sequence[Array]
    tables: Mapping[str, bytes]


def save(folder: RunFolder, model: keras.Model, *, epoch: int) -> bool:
    """Write the state after an epoch; return whether it was written.

    Call it when the tables have the rows of the epoch, and the best model is saved if it is of this
    epoch. Where the disk is full, the training goes on, the log says so, and the last state stays.

    Args:
        folder: The run.
        model: The compiled model.
        epoch: The epoch that is complete, from 1.
    """
    entries: dict[str, Any] = {_FORMAT: np.int64(VERSION), _EPOCH: np.int64(epoch)}
    for kind, variables in ((_MODEL, model.variables), (_OPTIMIZER, model.optimizer.variables)):
        values = (_value(_copies(variable, model)) for variable in variables)
        entries |= {f"{kind}{number:04}": value for number, value in enumerate(values)}
    draft = folder.resume_from.with_name(f".writing-{folder.resume_from.name}")
    try:
        for table in _tables(folder):
            if files.exists(table):
                entries[_TABLE + table.name] = np.frombuffer(table.read_bytes(), np.uint8)
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **entries)
            file.flush()
            os.fsync(file.fileno())
        if files.exists(folder.resume_from):
            folder.resume_from.replace(folder.resume_from_before)
        draft.replace(folder.resume_from)
    except OSError as error:
        draft.unlink(missing_ok=True)
        _log.warning(
            "the state after epoch %d could not be saved (%s); the training goes on, and a resume would"
            " start from an earlier epoch",
            *(epoch, error.strerror or error),
        )
        return False
    return True


def load(folder: RunFolder, model: keras.Model) -> State | None:
    """Return the last state that is right and fits the model; None if there is none.

    The log says why a state cannot be used, which then makes room for the one before it.
    """
    for path in (folder.resume_from, folder.resume_from_before):
        try:
            state = _read(path)
            _check(state, model)
        except FileNotFoundError:
            continue
        except _Unusable as error:
            _log.warning("%s cannot be used: %s", path.name, error)
        else:
            if path == folder.resume_from_before:
                path.replace(folder.resume_from)
            return state
    return None


def restore(state: State, model: keras.Model) -> None:
    """Give the model and its optimiser the values of a state, which `load` returned for this model."""
    for variable, value in _pairs(state, model):
        copies = _copies(variable, model)
        for copy, one in zip(
            copies, np.broadcast_to(value, (len(copies), *value.shape[1:])), strict=True
        ):
            copy.assign(one)


def assign(model: keras.Model, variable: Any, value: Any) -> None:
    """Give a variable of a model, or of its optimiser, a value: on each device the same."""
    for copy in _copies(variable, model):
        copy.assign(value)


def resume(folder: RunFolder, model: keras.Model) -> State | None:
    """Prepare a run to go on where it ended; return the state, or None if it starts from its beginning.

    Model, optimiser and tables are then as they were after ``State.epoch``. ``seconds`` and ``waited`` of
    the next rows of ``steps.csv`` go on from its last row.

    Args:
        folder: The run.
        model: The compiled model, whose optimiser has its variables.
    """
    state = load(folder, model)
    if state is None:
        return None
    restore(state, model)
    for table in _tables(folder):
        if table.name in state.tables:
            _replace(table, state.tables[table.name])
        else:
            table.unlink(missing_ok=True)
    _log.info("resumed after epoch %d", state.epoch)
    return state


def _tables(folder: RunFolder) -> tuple[Path, ...]:
    return folder.metrics, folder.steps, folder.train_losses


def _copies(variable: Any, model: keras.Model) -> tuple[Any, ...]:
    """Return what is to be assigned to: a variable itself, or its copies on several devices.

    TensorFlow keeps the statistics of batch normalisation of each device apart, so they differ.
    """
    strategy = getattr(model, "distribute_strategy", None)
    return strategy.experimental_local_results(variable.value) if strategy else (variable,)


def _value(copies: Sequence[Any]) -> Array:
    values = np.stack([np.asarray(copy) for copy in copies])
    return values[:1] if (values == values[:1]).all() else values


def _read(path: Path) -> State:
    """Return what a file holds; raises `_Unusable` or FileNotFoundError."""
    try:
        content = files.read_bytes(path, _MOST_BYTES)
    except FileNotFoundError:
        raise
    except (OSError, files.DamagedFile) as error:
        raise _Unusable(f"it cannot be read ({str(error).rstrip('.')})") from error
    if not content:
        raise _Unusable("it is empty")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            entries = {name: found[name] for name in found.files}
        version, epoch = int(entries.pop(_FORMAT)), int(entries.pop(_EPOCH))
    # An array alone has no `files`, and is no context.
    except (*_DAMAGE, TypeError, AttributeError) as error:
        raise _Unusable("it is damaged or incomplete") from error
    if version != VERSION:
        raise _Unusable(f"it has format version {version}, and version {VERSION} is read")
    if epoch < 1:
        raise _Unusable(f"it is damaged: its epoch is {epoch}")
    return State(
        epoch=epoch,
        variables=tuple(_of(_MODEL, entries).values()),
        optimizer=tuple(_of(_OPTIMIZER, entries).values()),
        tables={name: content.tobytes() for name, content in _of(_TABLE, entries).items()},
    )


def _of(kind: str, entries: Mapping[str, Array]) -> dict[str, Array]:
    """Return the entries of one kind, without it in their names."""
    return {
        name.removeprefix(kind): value for name, value in entries.items() if name.startswith(kind)
    }


def _check(state: State, model: keras.Model) -> None:
    """Raise `_Unusable` unless the state is of such a model."""
    if len(state.variables) != len(model.variables):
        raise _Unusable(
            f"it is of another network, with {len(state.variables)} variables and not"
            f" {len(model.variables)}"
        )
    if len(state.optimizer) != len(model.optimizer.variables):
        raise _Unusable("it is of another optimiser")
    for variable, value in _pairs(state, model):
        if value.shape[1:] != tuple(variable.shape) or value.dtype != variable.dtype:
            raise _Unusable(
                f"it is of another network: {variable.path} is {value.dtype} {value.shape[1:]} in it,"
                f" not {variable.dtype} {tuple(variable.shape)}"
            )
        if len(value) not in (1, devices := len(_copies(variable, model))):
            raise _Unusable(f"it is of a training on {len(value)} devices, not {devices}")


def _pairs(state: State, model: keras.Model) -> Iterator[tuple[Any, Array]]:
    yield from zip(model.variables, state.variables, strict=True)
    yield from zip(model.optimizer.variables, state.optimizer, strict=True)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".writing-{path.name}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
