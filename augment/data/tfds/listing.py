"""Every original of a prepared tfds set, read from its records one by one and always in one order."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.data.images import decode
from augment.data.source import Listing, Original, Pixels, Progress
from augment.data.tfds import features, fetching
from augment.data.tfds.features import Roles
from augment.errors import DataError

_ROWS_BETWEEN_WORDS = 1000
_THREADS = 2
_AT_ONCE = 16
"""Records that come from TensorFlow together: one by one takes five times as long."""

# The library complains of itself with each set that it opens.
logging.getLogger("absl").addFilter(
    lambda record: "`FeatureConnector.dtype` is deprecated" not in str(record.msg)
)


def listing(library: Any, builder: Any, progress: Progress) -> Listing:
    """List the originals of a set that is on disk.

    Raises:
        DataError: It is no set of pictures with one label each, or its files are damaged.
    """
    roles = features.roles(library, builder)
    splits, ignored = features.splits(builder)
    records = _Records(library=library, builder=builder, roles=roles, splits=splits)
    before = records.stamp()
    named = records.named(progress)
    return Listing(
        class_names=roles.class_names,
        counts={split: records.count(split) for split in splits},
        originals=functools.partial(records.originals, named),
        fingerprint=records.fingerprint(named),
        changed=functools.partial(records.changed, before),
        ignored=ignored,
    )


def unreadable(name: str, folder: Any, error: Exception) -> DataError:
    """Return what to say where the files of a set are damaged."""
    return DataError(
        f"The files of {name} in {folder} cannot be read ({fetching.reason(error)}); "
        "delete that folder and prepare again, or bring an undamaged copy."
    )


@dataclass(frozen=True, kw_only=True)
class _Records:
    library: Any
    builder: Any
    roles: Roles
    splits: Mapping[str, str]

    def count(self, split: str) -> int:
        return int(self.builder.info.splits[self.splits[split]].num_examples)

    def originals(self, named: bool, split: str, start: int) -> Iterator[Original]:
        image, label = self.roles.image, self.roles.label
        name = self.roles.name if named else None
        wanted = [image, label, name] if name else [image, label]
        for number, row in enumerate(self._rows(split, start, wanted), start):
            own = _text(row[name]) if name else f"{self.splits[split]}/{number}"
            at = int(row[label])
            called = f"{own} of {self.builder.name}"
            load = functools.partial(_load, row[image], called, at, len(self.roles.class_names))
            yield Original(name=own, label=at, load=load)

    def named(self, progress: Progress) -> bool:
        """Whether a feature names every original, and no two the same."""
        name = self.roles.name
        if name is None:
            return False
        seen: set[bytes] = set()
        done, total = 0, sum(map(self.count, self.splits))
        for split in self.splits:
            for row in self._rows(split, 0, [name]):
                if done % _ROWS_BETWEEN_WORDS == 0:
                    progress(done, total, "reading the names of the pictures")
                done += 1
                own = _text(row[name])
                # Of a million names themselves would take a hundred megabytes.
                seen.add(hashlib.blake2b(own.encode(), digest_size=12).digest())
                if not own.strip() or len(seen) < done:
                    return False
        return True

    def fingerprint(self, named: bool) -> str:
        info = self.builder.info
        splits = [(ours, info.splits[theirs]) for ours, theirs in self.splits.items()]
        facts = [
            str(info.full_name),
            list(self.roles.class_names),
            [(ours, str(row.name), row.shard_lengths, int(row.num_bytes)) for ours, row in splits],
            named,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def stamp(self) -> dict[str, tuple[int, int]]:
        try:
            files = [(file.name, file.stat()) for file in Path(self.builder.data_dir).iterdir()]
        except OSError as error:
            raise unreadable(self.builder.name, self.builder.data_dir, error) from error
        return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in sorted(files)}

    def changed(self, before: Mapping[str, tuple[int, int]]) -> str:
        try:
            now = self.stamp()
        except DataError:
            return f"{self.builder.data_dir} has gone"
        for name, facts in before.items():
            if name not in now:
                return f"{name} has gone"
            if now[name] != facts:
                return f"{name} has changed"
        return ""

    def _rows(self, split: str, start: int, wanted: list[str]) -> Iterator[Mapping[str, Any]]:
        library, image = self.library, self.roles.image
        if start >= self.count(split):
            return
        # Left to itself the library would keep a small set in memory, read ahead as far as it likes
        # and mix the files in another order whenever it starts elsewhere.
        config = library.ReadConfig(
            try_autocache=False,
            skip_prefetch=True,
            interleave_cycle_length=1,
            num_parallel_calls_for_interleave_files=1,
            num_parallel_calls_for_decode=_THREADS,
        )
        config.options.threading.private_threadpool_size = _THREADS
        bytes_only = {image: library.decode.SkipDecoding()} if image in wanted else None
        try:
            rows = self.builder.as_dataset(
                split=library.core.ReadInstruction(self.splits[split], from_=start, unit="abs"),
                shuffle_files=False,
                read_config=config,
                decoders=library.decode.PartialDecoding(
                    dict.fromkeys(wanted, True), decoders=bytes_only
                ),
            )
            for batch in library.as_numpy(rows.batch(_AT_ONCE)):
                columns = [batch[name] for name in wanted]
                for row in zip(*columns, strict=True):
                    yield dict(zip(wanted, row, strict=True))
        except Exception as error:
            raise unreadable(self.builder.name, self.builder.data_dir, error) from error


def _load(data: Any, name: str, label: int, classes: int, least_side: int) -> Pixels:
    if not 0 <= label < classes:
        raise DataError(
            f"{decode.shown(name)} has the label {label}, but only 0 to {classes - 1} are classes."
        )
    if not isinstance(data, bytes):
        raise DataError(
            f"{decode.shown(name)} is not kept as a picture file, so it cannot be read."
        )
    return decode.decode(data, name, least_side=least_side)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
