"""What preparing takes, before it begins: its time, by earlier preparations, and its disk space."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from augment.data.store.inventory import PreparedInfo
from augment.system.units import duration, megabytes

PER_SECOND = 200.0
"""Pictures a second where nothing was prepared yet: photographs of 0.3 megapixels on two busy cores."""
_PER = 1000


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What preparing some pictures takes.

    Attributes:
        pictures: How many; None if that is known only when they have been listed.
        seconds: For those, or for each thousand.
        bytes: On the disk, likewise.
        measured: Whether the pace is that of earlier preparations on this machine.
    """

    pictures: int | None
    seconds: float
    bytes: int
    measured: bool

    @property
    def sentence(self) -> str:
        """The estimate in words."""
        pace = "at the pace of earlier preparations here" if self.measured else "as a rule of thumb"
        takes = f"about {duration(max(self.seconds, 1.0))}, {megabytes(self.bytes)} on the disk ({pace})"
        if self.pictures is None:
            return f"How many pictures there are is not known yet; {_PER:,} take {takes}."
        return f"{self.pictures:,} pictures: {takes}."


def estimate(pictures: int | None, size: int, prepared: Iterable[PreparedInfo]) -> Estimate:
    """Return what preparing so many pictures at a size takes; for a thousand if it is not known how many.

    Args:
        pictures: How many.
        size: The side of each, in pixels.
        prepared: The sets on this disk, whose median pace is taken.
    """
    paces = [info.per_second for info in prepared if info.per_second]
    count = _PER if pictures is None else pictures
    return Estimate(
        pictures=pictures,
        seconds=count / (statistics.median(paces) if paces else PER_SECOND),
        bytes=count * size**2 * 3,
        measured=bool(paces),
    )
