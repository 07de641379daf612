"""What of a folder or an archive cannot belong to a set of pictures, in a few sentences."""

from __future__ import annotations

import bisect
import enum

from augment.data.files.file_names import MOST_DEEP
from augment.data.picture_files import decoding

SENTENCES_EACH = 5
"""So many files are named for each reason; the others are counted."""


class Reason(enum.Enum):
    """Why a file or folder is left out: said of one, and of several."""

    NO_PICTURE = "is no picture by its ending", "are no pictures by their endings"
    NO_CLASS = "lies in no class folder", "lie in no class folder"
    NO_SPLIT = (
        "is neither train, validation nor test and stands beside them",
        "are neither train, validation nor test and stand beside them",
    )
    NO_PICTURES = "is a folder without pictures", "are folders without pictures"
    NOT_UNICODE = (
        "has a name that is no Unicode text; rename it",
        "have names that are no Unicode text; rename them",
    )
    SAME_NAME = (
        "is there twice; only one of them is taken",
        "are there twice; only one of each is taken",
    )
    LEADS_NOWHERE = "is a link that leads nowhere", "are links that lead nowhere"
    LEADS_OUT = "is a link that leaves the folder", "are links that leave the folder"
    FOLDER_LINK = (
        "is a link to a folder; only links to pictures are followed",
        "are links to folders; only links to pictures are followed",
    )
    SPECIAL = "is no ordinary file", "are no ordinary files"
    LINK = (
        "is a link or special file, which is not followed",
        "are links or special files, which are not followed",
    )
    TOO_DEEP = (
        f"lies too deep: a path may have {MOST_DEEP} parts at most",
        f"lie too deep: a path may have {MOST_DEEP} parts at most",
    )
    OUTSIDE = (
        "has a name that points outside the archive",
        "have names that point outside the archive",
    )


class LeftOut:
    """Collects what is left out; the sentences depend on what came, not on the order it came in."""

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._first: dict[Reason, list[str]] = {}

    def add(self, path: str, reason: Reason) -> None:
        """Note that `path`, any text at all, is left out."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        first = self._first.setdefault(reason, [])
        bisect.insort(first, path)
        del first[SENTENCES_EACH:]

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each file or folder, or for several where there are many."""
        said = []
        for reason in Reason:
            one, several = reason.value
            first = self._first.get(reason, [])
            said += [f"{decoding.shown(path)} {one}." for path in first]
            if more := self._counts.get(reason, 0) - len(first):
                said.append(f"{more:,} more {several}." if more > 1 else f"One more {one}.")
        return tuple(said)
