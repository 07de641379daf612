"""What is shown, as the library's files and scripts take it."""

from __future__ import annotations

from augment import samples
from augment.export import OfFiles, OfSplit
from augment.samples import Samples
from pages.components.choice import Choice
from pages.components.shown import Shown


def as_samples(shown: Shown, choice: Choice) -> Samples:
    """Return the pictures with where they come from."""
    held = (shown.images, shown.labels, shown.ids, shown.class_names)
    if choice.prepared is None:
        return samples.of_arrays(*held)
    said = samples.origin(choice.prepared.source, choice.split, choice.fit)
    return samples.of_arrays(*held, said)


def for_script(shown: Shown, choice: Choice) -> OfSplit | OfFiles:
    """Return how a script finds the pictures again."""
    ids = tuple(shown.ids.tolist())
    if choice.prepared is None:
        classes = tuple(shown.labels.argmax(axis=1).tolist())
        return OfFiles(size=shown.size, ids=ids, classes=classes, class_names=shown.class_names)
    return OfSplit(
        source=choice.prepared.source,
        split=choice.split,
        size=shown.size,
        ids=ids,
        fit=choice.fit,
    )
