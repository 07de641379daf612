"""The names of the members of a zip archive, whose encoding is often not recorded.

Two folders must never become one because of how their names are read. In Japanese and Chinese the byte of
a backslash is also the second half of common letters (ソ, 表, 功). So it separates folders only where the
encoding is known, or where it is a backslash in every encoding.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from augment.data.images.decode import shown
from augment.data.sources import encodings
from augment.data.sources.encodings import NEVER_FAILS, UTF_8
from augment.errors import DataError

OPTION = "--names"
"""The option of the command line that chooses the encoding."""

_UNLIKELY = 0.25
"""The share of the best reading's likelihood below which another one is not considered."""
_LIKELY_NAMED = 3
MARKED = 0x800
"""The flag of a member whose name is UTF-8 (APPNOTE 6.3.10, 4.4.4)."""
_UNICODE_PATH = 0x7075
_LONG_SEQUENCE = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
_LETTER_OF_TWO_BYTES = {
    "cp932": re.compile(rb"[\x81-\x9f\xe0-\xfc][\x30-\xff]", re.DOTALL),
    "": re.compile(rb"[\x81-\xfe][\x30-\xff]", re.DOTALL),  # Chinese, Korean
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of all members.

    Attributes:
        paths: The path of each member, with "/".
        note: A sentence about the encoding; empty where all encodings are recorded.
        warning: A sentence if the encoding is a guess that may be wrong.
    """

    paths: list[str]
    note: str = ""
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the names would be in an encoding.

    Attributes:
        encoding: One of `encodings.LANGUAGES`.
        names: Some of the names that are not ASCII.
    """

    encoding: str
    names: tuple[str, ...]


def read(members: Sequence[zipfile.ZipInfo], chosen: str = "") -> Names:
    """Return the names of the members of an archive that was opened without an encoding for names.

    Args:
        members: As `zipfile` lists them.
        chosen: The encoding of names for which none is recorded; empty to guess it.

    Raises:
        DataError: The names cannot be read in the chosen encoding, or one has to be chosen.
    """
    paths: list[str] = []
    unknown: dict[int, bytes] = {}
    for number, member in enumerate(members):
        text, raw = _name_and_bytes(member)
        if raw is not None:
            unknown[number] = raw
        paths.append(text.replace("\\", "/"))
    if not unknown:
        return Names(paths=paths)
    distinct = set(unknown.values())
    if chosen:
        found = encodings.decoded(distinct, chosen)
        if found is None or encodings.decoded(_parts(distinct), chosen) is None:
            raise DataError(_not_in(distinct, chosen))
        for number, raw in unknown.items():
            paths[number] = found[raw].replace("\\", "/")
        note = f"The names in the archive were read as {encodings.shown(chosen)}, as chosen."
        return Names(paths=paths, note=note)
    unicode = {raw: raw.decode(UTF_8) for raw in distinct if is_utf_8(raw)}
    rest = distinct - unicode.keys()
    if rest:
        # Two letters of another encoding may be valid UTF-8 by chance; three bytes in a row hardly are.
        unicode = {raw: text for raw, text in unicode.items() if _LONG_SEQUENCE.search(raw)}
        rest = distinct - unicode.keys()
    texts = {raw: text.replace("\\", "/") for raw, text in unicode.items()}
    note = warning = ""
    if rest:
        guess = _guessed(rest)
        note = f"The names in the archive were read as {encodings.shown(guess.encoding)}."
        if not guess.sure:
            warning = (
                "The archive does not record the encoding of its names, and they are too few or too "
                f"short to be sure; if they look wrong, choose another (on the command line {OPTION})."
            )
        for raw in rest:
            if guess.has_backslashes:
                texts[raw] = raw.decode(guess.encoding).replace("\\", "/")
            else:
                texts[raw] = _with_slashes(raw).decode(guess.encoding)
    for number, raw in unknown.items():
        paths[number] = texts[raw]
    return Names(paths=paths, note=note, warning=warning)


def previews(members: Sequence[zipfile.ZipInfo], most: int) -> list[Preview]:
    """Return the encodings that the names without a recorded one may be in, the likeliest first.

    Args:
        members: As `zipfile` lists them.
        most: How many names each preview has at most.
    """
    raws = [raw for member in members if (raw := _name_and_bytes(member)[1]) is not None]
    if not raws:
        return []
    parts = _words(_parts(raws))
    first = sorted(parts, key=lambda part: (-len(part), part))[:most]
    ranked = [each.encoding for each in encodings.readings(parts)]
    order = dict.fromkeys([*([UTF_8] if all(map(is_utf_8, parts)) else []), *ranked])
    others = [each for each in encodings.LANGUAGES if each not in order]
    return [
        Preview(encoding=encoding, names=tuple(part.decode(encoding) for part in first))
        for encoding in (*order, *others)
        if encodings.decoded(parts, encoding) is not None
    ]


def _name_and_bytes(member: zipfile.ZipInfo) -> tuple[str, bytes | None]:
    """Return the name of a member, and its bytes where they are not ASCII and no encoding is recorded."""
    name = member.orig_filename.split("\0", 1)[0]
    if member.flag_bits & MARKED:
        return name, None
    # As `zipfile` decoded it; every byte has a letter there.
    raw = member.orig_filename.encode(NEVER_FAILS)
    if unicode := _unicode_path(member.extra, raw):
        return unicode.split("\0", 1)[0], None
    return name, None if name.isascii() else raw.split(b"\0", 1)[0]


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name in the field that Info-ZIP and WinRAR add for it; empty if there is none.

    Source: APPNOTE 6.3.10, section 4.6.9.
    """
    start = 0
    while start + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, start)
        data = extra[start + 4 : start + 4 + length]
        if kind == _UNICODE_PATH and length > 5 and data[0] == 1:
            (checksum,) = struct.unpack_from("<L", data, 1)
            if checksum == zlib.crc32(raw) and is_utf_8(data[5:]):
                return data[5:].decode(UTF_8)
        start += 4 + length
    return ""


def is_utf_8(raw: bytes) -> bool:
    """Whether some bytes are text in UTF-8."""
    try:
        raw.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _parts(raws: Collection[bytes]) -> set[bytes]:
    """Return the names of folders and files in some paths, as far as they are not ASCII."""
    parts = {part for raw in raws for part in raw.split(b"/")}
    return {part for part in parts if not part.isascii()}


def _words(parts: Collection[bytes]) -> set[bytes]:
    """Return some names without digits, so that thousands of numbered ones are a single one.

    No letter of two bytes has a digit in it.
    """
    return {part.translate(None, b"0123456789") for part in parts}


@dataclass(frozen=True, kw_only=True)
class _Guess:
    """How to read names without a recorded encoding.

    Attributes:
        encoding: The encoding.
        sure: Whether no other text is nearly as likely.
        has_backslashes: Whether a backslash in it separates folders.
    """

    encoding: str
    sure: bool
    has_backslashes: bool


def _guessed(raws: set[bytes]) -> _Guess:
    parts = _parts(raws)
    ranked = encodings.readings(_words(parts))
    first = next((each for each in ranked if encodings.decoded(parts, each.encoding)), None)
    if first is None:
        return _Guess(encoding=NEVER_FAILS, sure=False, has_backslashes=False)
    possible = [each.encoding for each in ranked if not first.sure or each.likelihood >= _UNLIKELY]
    # Programs that write backslashes write no slashes.
    only_backslashes = not any(b"/" in raw for raw in raws)
    is_known = only_backslashes and all(
        _halves(raw, encoding) == _halves(raw, first.encoding)
        for raw in raws
        for encoding in possible
    )
    if only_backslashes and not is_known and any(b"\\" in _with_slashes(raw) for raw in raws):
        raise DataError(
            "They have backslashes, which separate folders or are halves of letters, depending on an "
            f"encoding that the archive does not record; choose it (on the command line {OPTION}): "
            f"{', '.join(possible[:_LIKELY_NAMED])} or another."
        )
    return _Guess(encoding=first.encoding, sure=first.sure, has_backslashes=is_known)


def _halves(raw: bytes, encoding: str) -> set[int]:
    """Return where a path has the byte of a backslash as half of a letter."""
    if encoding not in encodings.OF_TWO_BYTES or b"\\" not in raw:
        return set()
    letters = _LETTER_OF_TWO_BYTES.get(encoding, _LETTER_OF_TWO_BYTES[""])
    return {match.start() + 1 for match in letters.finditer(raw) if raw[match.start() + 1] == 0x5C}


def _with_slashes(raw: bytes) -> bytes:
    """Return a path with each backslash that is one in every encoding as a slash.

    So two folders that no encoding takes for one stay two, however wrong the guess is.
    """
    if b"\\" not in raw:
        return raw
    halves = {place for encoding in encodings.OF_TWO_BYTES for place in _halves(raw, encoding)}
    return bytes(
        0x2F if byte == 0x5C and place not in halves else byte for place, byte in enumerate(raw)
    )


def _not_in(raws: set[bytes], chosen: str) -> str:
    for raw in sorted(raws):
        if encodings.decoded({raw}, chosen) is None:
            return (
                f"The name {shown(raw.decode(NEVER_FAILS))} in the archive is not "
                f"{encodings.shown(chosen)}; choose another encoding for the names."
            )
    return (
        f"Two names in the archive are the same in {encodings.shown(chosen)}; choose another encoding "
        "for the names."
    )
