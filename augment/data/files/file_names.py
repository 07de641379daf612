"""What the name of a file says: whether it is a picture, and whether anybody wants to hear of it."""

from __future__ import annotations

import unicodedata

ENDINGS = frozenset(("jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"))
MOST_DEEP = 32
"""So many parts may the path of a file have: its name and the folders that it lies in."""

_PASSED_OVER = frozenset(
    (
        "thumbs.db",
        "desktop.ini",
        "__macosx",
        "@eadir",
        "lost+found",
        "$recycle.bin",
        "system volume information",
    )
)


def composed(text: str) -> str:
    """Return the text in the one Unicode form, of several that look the same, that names have here."""
    return unicodedata.normalize("NFC", text)


def passed_over(name: str) -> bool:
    """Whether systems make files or folders of this name, of which nobody wants to hear."""
    return name.startswith(".") or name.casefold() in _PASSED_OVER


def is_picture(name: str) -> bool:
    """Whether a file is a picture by the ending of its name."""
    stem, _, ending = name.rpartition(".")
    return bool(stem) and ending.casefold() in ENDINGS


def is_text(name: str) -> bool:
    """Whether the name can be written and printed; a file system may hold any bytes as a name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
