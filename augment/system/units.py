"""Numbers with their units as text, one formatter for each: sizes, counts, durations, ages."""

from __future__ import annotations

from datetime import UTC, datetime


def megabytes(count: int) -> str:
    """Return a number of bytes, as in "3.2 MB" or "12.5 GB"; 1 MB is a million bytes."""
    return f"{count / 1e9:,.1f} GB" if count >= 10**10 else f"{count / 1e6:,.1f} MB"


def gigabytes(count: int) -> str:
    """Return a number of bytes that is known roughly, as in "1.6 GB"; 1 GB is a billion bytes."""
    return f"{count / 1e9:,.1f} GB"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, as in "1 step", "2 steps" and "3 classes"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """Return a duration in one unit, as in "3 minutes"; "1 second" at least."""
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * length:
            return counted(round(seconds / length), unit)
    return counted(max(round(seconds), 1), "second")


def age(moment: datetime) -> str:
    """Return how long ago a moment was, as in "just now" or "3 minutes ago"; it is timezone-aware."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"
