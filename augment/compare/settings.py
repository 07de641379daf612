"""What differs between two configurations, in words."""

from __future__ import annotations

from collections.abc import Sequence

from augment.runs.config import RunConfig


def differing_settings(
    first: RunConfig, second: RunConfig, class_names: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return what differs between two configurations, a change each; seeds and names do not count.

    Examples are "epochs 30 -> 100", "RandAugment magnitude 0.3 -> 0.5", "CutMix added", "Flip for all
    classes -> only for 2 classes (rose, tulip)".

    Args:
        first: The configuration before.
        second: The configuration after.
        class_names: The names of the classes of the data, where they are known.
    """
    raise NotImplementedError
