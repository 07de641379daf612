"""A run as an event file of TensorBoard: curves, figures, settings, texts and pictures.

The file is made as a whole of TensorBoard's own messages, without TensorFlow, and depends on the run
alone. A file that differs from the last one gets the next number, and then the last one is emptied, so
whoever reads the folder finds each point once. A TensorBoard that had the last one open goes on to the
new one, whose first event says that it replaces what came before.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, summary_v2
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from tensorboard.plugins.text import metadata as text
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_tensor_proto

from augment.engine.limits import visible
from augment.runs import CANCELLED, FAILED, LOST, SUCCEEDED
from augment.runs.run import Run
from augment.trackers import TENSORBOARD, Exported
from augment.trackers.content import Content, rows
from augment.trackers.place import own_folder, replace, unwritable_as_error

_FILE = re.compile(r"events\.out\.tfevents\.(\d{10})\.augment")
_STATUS = {
    SUCCEEDED: api_pb2.STATUS_SUCCESS,
    FAILED: api_pb2.STATUS_FAILURE,
    CANCELLED: api_pb2.STATUS_FAILURE,
    LOST: api_pb2.STATUS_FAILURE,
}
_FACTS = ("id", "name", "state", "sweep", "attempt", "created", "ended", "tags", "note")


class Writer:
    """Writes one event file to OUTPUT/RUN; ``tensorboard --logdir OUTPUT`` shows them.

    Args:
        output: The folder; empty for the one in ``default``.
        default: The folder of exports that name no other.
    """

    def __init__(self, output: str, default: Path) -> None:
        self._folder = Path(output).expanduser() if output else default / TENSORBOARD

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def sweep(self, sweep_id: str, listed: Sequence[Run], words: Sequence[str]) -> None:
        """Write nothing: TensorBoard compares the runs themselves, by their settings (HParams)."""

    def run(self, found: Content) -> Exported:
        """Write the event file of a run, unless the last one has the same content."""
        folder = own_folder(
            self._folder / found.run.id, lambda name: _FILE.fullmatch(name) is not None
        )
        written = event_file(found)
        with unwritable_as_error(folder):
            earlier = _event_files(folder)
            changed = not earlier or earlier[-1].read_bytes() != written
            if changed:
                # TensorBoard reads the files of a folder in the order of their names.
                number = int(earlier[-1].name.split(".")[3]) + 1 if earlier else 1
                replace(folder / f"events.out.tfevents.{number:010}.augment", written)
            before = _event_files(folder)[:-1]
            for each in before[-1:]:
                os.truncate(each, 0)
            for each in before[:-1]:
                each.unlink()
        return Exported(
            id=found.run.id, path=str(folder), points=len(found.points), changed=changed
        )


def _event_files(folder: Path) -> list[Path]:
    """Return the event files in the order in which TensorBoard reads them, the newest last."""
    return sorted(each for each in folder.iterdir() if _FILE.fullmatch(each.name))


def event_file(found: Content) -> bytes:
    """Return the event file of a run; the same run gives the same bytes."""
    start = found.started
    events = [
        Event(wall_time=start, file_version="brain.Event:2"),
        # Whoever has read an earlier file forgets what it read from this step on.
        Event(wall_time=start, step=0, session_log=SessionLog(status=SessionLog.START)),
    ]
    for time, step, value in _values(found):
        events.append(Event(wall_time=time, step=step, summary=Summary(value=[value])))
    written = io.BytesIO()
    writer = RecordWriter(written)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
    return written.getvalue()


def _values(found: Content) -> Iterator[tuple[float, int, Any]]:
    """Yield the time, the step and the message of everything that is shown."""
    run, start = found.run, found.started
    if found.settings:
        # An own group for each run, so that seeds are not averaged without a word.
        message = summary_v2.hparams_pb(dict(found.settings), run.id, start)
        yield start, 0, _same_bytes(message.value[0])
    if run.is_over:
        ended = run.ended.timestamp() if run.ended else start
        info = SessionEndInfo(status=_STATUS[run.state], end_time_secs=ended)
        yield (
            ended,
            0,
            Summary.Value(
                tag=hparams.SESSION_END_INFO_TAG,
                metadata=hparams.create_summary_metadata(HParamsPluginData(session_end_info=info)),
                tensor=hparams.NULL_TENSOR,
            ),
        )
    [facts] = rows([run])
    shown = {name: facts[name] for name in _FACTS if facts[name]}
    shown |= {"reason": visible(run.reason)} if run.reason else {}
    yield start, 0, _text("run", _markdown(("", ""), [*shown.items()]))
    if found.recipe:
        yield start, 0, _text("recipe", _indented(found.recipe))
    for split, entries in found.evaluations.items():
        columns = ("class", "pictures", "correct", "accuracy", "low", "high")
        lines = [
            [row[name] for name in columns] for row in found.per_class if row["split"] == split
        ]
        if lines:
            epoch = entries.get("epoch") or 0
            yield start, epoch, _text(f"per_class/{split}", _markdown(columns, lines))
    for point in found.points:
        yield point.time, point.step, Summary.Value(tag=point.name, simple_value=point.value)
    for each in found.confusions:
        yield start, each.epoch, _image(f"confusion/{each.split}", each.png())
    if found.samples is not None:
        yield start, 0, _image("samples", found.samples)


def _same_bytes(value: Any) -> Any:
    """Return a message about settings whose inner message has its entries in one order."""
    inner = value.metadata.plugin_data
    inner.content = HParamsPluginData.FromString(inner.content).SerializeToString(
        deterministic=True
    )
    return value


def _text(tag: str, markdown: str) -> Any:
    return Summary.Value(
        tag=tag,
        metadata=text.create_summary_metadata(display_name=None, description=None),
        tensor=make_tensor_proto([markdown.encode()]),
    )


def _image(tag: str, png: bytes) -> Any:
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
    image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=png)
    return Summary.Value(tag=tag, image=image)


def _indented(block: str) -> str:
    """Return a block of code in Markdown."""
    return "\n".join(f"    {line}" for line in block.splitlines())


def _markdown(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """Return a table in Markdown."""

    def cell(value: Any) -> str:
        return " ".join("" if value is None else str(value).split()).replace("|", "\\|")

    rows_of_cells = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(map(cell, each))} |" for each in rows_of_cells)
