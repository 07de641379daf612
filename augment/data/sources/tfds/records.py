"""The originals of a prepared tfds set: the features that are used, and the records in a stable order."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from augment.data.images import decode
from augment.data.source import POOL, SPLIT_NAMES, Listing, Original, Pixels, Progress
from augment.data.sources.tfds.download import reason
from augment.errors import DataError

FILE_NAMES = ("file_name", "filename", "image/filename", "image/file_name", "image_name")
_MOST_FEATURES_LISTED = 8

_ROWS_BETWEEN_REPORTS = 1000
_THREADS = 2
_BATCH = 16
"""Records that are read together; one by one takes five times as long."""

# tensorflow-datasets warns of its own deprecated property each time it opens a set.
logging.getLogger("absl").addFilter(
    lambda record: "`FeatureConnector.dtype` is deprecated" not in str(record.msg)
)


@dataclass(frozen=True, kw_only=True)
class UsedFeatures:
    """The names of the features that are used, and of the classes.

    Attributes:
        image: The picture.
        label: Its class.
        name: Its file name, or None if the set has none.
        class_names: In the order of the labels.
    """

    image: str
    label: str
    name: str | None
    class_names: tuple[str, ...]


def used_features(library: Any, builder: Any) -> UsedFeatures:
    """Find the one picture and the one label of a set.

    Raises:
        DataError: The set is not one of pictures with one label each; the message lists its features.
    """
    kinds, info = library.features, builder.info
    features = dict(info.features.items()) if isinstance(info.features, kinds.FeaturesDict) else {}
    # Labelled masks and the like are subclasses of Image, so the exact class is compared.
    images = [name for name, feature in features.items() if type(feature) is kinds.Image]
    labels = [name for name, feature in features.items() if type(feature) is kinds.ClassLabel]
    image, label = (*(info.supervised_keys or ()), None, None)[:2]
    if image in images and label in labels:
        images, labels = [image], [label]
    if len(images) != 1 or len(labels) != 1:
        raise DataError(
            f"{builder.name} is not a set of pictures with one label each: it has {_listed(features)}, "
            "but exactly one Image and one ClassLabel are needed."
        )
    level = np.dtype(features[images[0]].np_dtype)
    if level.kind == "f":
        raise DataError(
            f"The pictures of {builder.name} have the dtype {level}, but only integers of 8 or 16 bits "
            "are allowed."
        )
    if not features[labels[0]].num_classes:
        raise DataError(f"{builder.name} does not define its classes, so it cannot be used.")
    texts = [name for name, feature in features.items() if type(feature) is kinds.Text]
    return UsedFeatures(
        image=images[0],
        label=labels[0],
        name=next((name for name in FILE_NAMES if name in texts), None),
        class_names=tuple(features[labels[0]].names),
    )


def splits_of(builder: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the set's name of each split by our name, and a sentence for each that is left out.

    If a set has only one split, that is the pool.

    Raises:
        DataError: None of several splits has a common name, or all are empty.
    """
    counts: Mapping[str, int] = {
        str(name): int(row.num_examples) for name, row in builder.info.splits.items()
    }
    filled = [name for name, count in counts.items() if count]
    found: dict[str, str] = {}
    for theirs, ours in SPLIT_NAMES.items():
        if theirs in filled:
            found.setdefault(ours, theirs)
    if not found and len(filled) == 1:
        found = {POOL: filled[0]}
    if not found:
        names = ", ".join(counts) or "none"
        raise DataError(
            f"The splits of {builder.name} are {names}, but one of them must be called train."
        )
    if len(found) == 1:
        found = {POOL: next(iter(found.values()))}
    left_out = (name for name in counts if name not in found.values())
    return found, tuple(
        f"The split {name} of {builder.name}, {counts[name]:,} pictures, is left out: only train, "
        "validation and test are used."
        for name in left_out
    )


def listing(library: Any, builder: Any, progress: Progress) -> Listing:
    """List the originals of a set that is on disk.

    Raises:
        DataError: The set is not one of pictures with one label each, or its files are damaged.
    """
    features = used_features(library, builder)
    splits, ignored = splits_of(builder)
    records = _Records(library=library, builder=builder, features=features, splits=splits)
    before = records.stamp()
    if not records.are_named(progress):
        records = replace(records, features=replace(features, name=None))
    return Listing(
        class_names=features.class_names,
        counts={split: records.count(split) for split in splits},
        originals=records.originals,
        fingerprint=records.fingerprint(),
        changed=functools.partial(records.changed, before),
        ignored=ignored,
    )


def unreadable(name: str, folder: Any, error: Exception) -> DataError:
    """Return the error for a set whose files are damaged."""
    return DataError(
        f"The files of {name} in {folder} cannot be read ({reason(error)}); "
        "delete that folder and prepare again, or replace it by an intact copy."
    )


@dataclass(frozen=True, kw_only=True)
class _Records:
    library: Any
    builder: Any
    features: UsedFeatures
    splits: Mapping[str, str]

    def count(self, split: str) -> int:
        return int(self.builder.info.splits[self.splits[split]].num_examples)

    def originals(self, split: str, start: int) -> Iterator[Original]:
        features, classes = self.features, len(self.features.class_names)
        columns = [features.image, features.label, *([features.name] if features.name else [])]
        rows = self._rows(split, start, columns)
        for number, (image, label, *names) in enumerate(rows, start):
            name = _text(names[0]) if names else f"{self.splits[split]}/{number}"
            shown = f"{name} of {self.builder.name}"
            load = functools.partial(_load, image, shown, int(label), classes)
            yield Original(name=name, label=int(label), load=load)

    def are_named(self, progress: Progress) -> bool:
        """Return whether the set has a file name for each original, all of them different."""
        if self.features.name is None:
            return False
        seen: set[bytes] = set()
        done, total = 0, sum(map(self.count, self.splits))
        for split in self.splits:
            for (text,) in self._rows(split, 0, [self.features.name]):
                if done % _ROWS_BETWEEN_REPORTS == 0:
                    progress(done, total, "reading the names of the pictures")
                done += 1
                name = _text(text)
                # Digests take a fraction of the memory of the names, 100 MB for a million.
                seen.add(hashlib.blake2b(name.encode(), digest_size=12).digest())
                if not name.strip() or len(seen) < done:
                    return False
        return True

    def fingerprint(self) -> str:
        info = self.builder.info
        splits = [(ours, info.splits[theirs]) for ours, theirs in self.splits.items()]
        facts = [
            str(info.full_name),
            list(self.features.class_names),
            [(ours, str(row.name), row.shard_lengths, int(row.num_bytes)) for ours, row in splits],
            self.features.name is not None,
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

    def _rows(self, split: str, start: int, columns: list[str]) -> Iterator[tuple[Any, ...]]:
        library, image = self.library, self.features.image
        if start >= self.count(split):
            return
        # By default tfds caches a small set in memory, prefetches without a bound and interleaves the
        # files in an order that depends on the start.
        config = library.ReadConfig(
            try_autocache=False,
            skip_prefetch=True,
            interleave_cycle_length=1,
            num_parallel_calls_for_interleave_files=1,
            num_parallel_calls_for_decode=_THREADS,
        )
        config.options.threading.private_threadpool_size = _THREADS
        bytes_only = {image: library.decode.SkipDecoding()} if image in columns else None
        try:
            rows = self.builder.as_dataset(
                split=library.core.ReadInstruction(self.splits[split], from_=start, unit="abs"),
                shuffle_files=False,
                read_config=config,
                decoders=library.decode.PartialDecoding(
                    dict.fromkeys(columns, True), decoders=bytes_only
                ),
            )
            for batch in library.as_numpy(rows.batch(_BATCH)):
                yield from zip(*(batch[name] for name in columns), strict=True)
        except Exception as error:
            raise unreadable(self.builder.name, self.builder.data_dir, error) from error


def _load(data: bytes, name: str, label: int, classes: int, least_side: int) -> Pixels:
    if not 0 <= label < classes:
        raise DataError(
            f"{decode.shown(name)} has the label {label}, but only 0 to {classes - 1} are classes."
        )
    return decode.decode(data, name, least_side=least_side)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _listed(features: Mapping[str, Any]) -> str:
    listed = [f"{name} ({type(feature).__name__})" for name, feature in sorted(features.items())]
    more = len(listed) - _MOST_FEATURES_LISTED
    if more > 0:
        listed = [*listed[:_MOST_FEATURES_LISTED], f"{more} more"]
    return ", ".join(listed) or "no named features"
