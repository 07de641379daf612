"""Text whose encoding is not recorded: names in zip archives, tables of labels.

Windows packs names in the encoding of the machine's language and does not record which. chardet ranks
the possible ones; this module limits them to those of Windows and DOS, rejects readings that cannot be
text, and decides how sure the choice is.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from augment.engine.limits import shorten
from augment.errors import DataError

UTF_8 = "utf-8"
LANGUAGES = {
    UTF_8: "Unicode",
    "cp932": "Japanese",
    "gb18030": "simplified Chinese",
    "cp950": "traditional Chinese",
    "cp949": "Korean",
    "cp850": "Western European (DOS)",
    "cp437": "Western European (old DOS)",
    "cp1252": "Western European",
    "cp852": "Central European (DOS)",
    "cp1250": "Central European",
    "cp866": "Cyrillic (DOS)",
    "cp1251": "Cyrillic",
    "cp737": "Greek (DOS)",
    "cp1253": "Greek",
    "cp857": "Turkish (DOS)",
    "cp1254": "Turkish",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "cp1257": "Baltic",
    "cp1258": "Vietnamese",
    "cp874": "Thai",
}
"""The encodings that may be chosen, with what a user knows them by."""
OF_TWO_BYTES = frozenset(("cp932", "gb18030", "cp950", "cp949"))
"""Those in which the second byte of a letter may be that of a backslash, or of an ASCII letter."""
NEVER_FAILS = "cp437"
"""Every byte is a character of its own here, so that different bytes are different names."""

_ALIASES = {
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "cp950",
    "big5hkscs": "cp950",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": UTF_8,
}
"""Parts and predecessors of them, by Python's names."""
_GUESSED = (
    *("cp932", "gb18030", "big5", "cp949", "cp850", "cp437", "cp1252", "cp866", "cp1251"),
    *("cp1250", "cp852", "cp857", "cp1254", "cp737", "cp1253", "cp874", "cp1255", "cp1256"),
)
_WESTERN = ("cp850", "cp437", "cp1252")
_WESTERN_LETTERS = frozenset("äöüßéèêëàâçñáíóúôûîïœæøåãõùìòÄÖÜÉÈÀÇÑÁÍÓÚÅØÆŒÂÊÎÔÛ")
_WESTERN_PRIOR = 2.0
"""How much more often they are met than chardet has them where all letters are theirs."""
_UNSURE = 0.5
"""The share of the best reading's score from which the next one makes the choice a guess."""
_LEAST_BYTES = 12
"""Of fewer bytes, two letters or names, the best reading is a guess."""
_NOT_LETTERS = re.compile(rb"\.[a-z0-9]{1,5}\Z|[\x20-\x40\\]", re.IGNORECASE)
"""What says nothing of the language: the extension, punctuation, separators of folders."""
_MOST_BYTES = 50_000
_NOT_TEXT = frozenset(("Cc", "Cn", "Co", "Cs"))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to read some bytes.

    Attributes:
        encoding: One of `LANGUAGES`.
        likelihood: How likely it is, as a share of the likeliest one.
        sure: Whether it is the likeliest, and no other text is nearly as likely.
    """

    encoding: str
    likelihood: float
    sure: bool

    @property
    def shown(self) -> str:
        """The language and the encoding in a sentence."""
        return shown(self.encoding)


def shown(encoding: str) -> str:
    """Return an encoding as a sentence names it."""
    return f"{LANGUAGES[encoding]} ({encoding})"


def canonical(name: str) -> str:
    """Return the name in `LANGUAGES` of an encoding that a user gave.

    Raises:
        DataError: There is no such encoding; the message lists those there are.
    """
    if found := _known(name):
        return found
    raise DataError(
        f"There is no encoding {shorten(name)} for names; choose one of {', '.join(LANGUAGES)}."
    )


def decoded(texts: Collection[bytes], encoding: str) -> dict[bytes, str] | None:
    """Return what each of some bytes is in an encoding; None where they cannot be text in it.

    That is where some are not valid, or two would be the same text.
    """
    found: dict[bytes, str] = {}
    try:
        for raw in texts:
            found[raw] = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return found if len(set(found.values())) == len(found) else None


def readings(texts: Collection[bytes]) -> list[Reading]:
    """Return the ways to read some bytes that are not ASCII, the likeliest first.

    Only those that read all of them as text, and no two as the same.
    """
    import chardet  # only now: it takes longer than all else here, and few archives need it

    sample = b"\n".join(_sample(texts))
    scores: dict[str, float] = {}
    for candidate in chardet.detect_all(sample, include_encodings=_GUESSED, ignore_threshold=True):
        if encoding := _known(str(candidate["encoding"])):  # it has none for bytes that are no text
            score = float(candidate["confidence"]) * _prior(texts, encoding)
            scores[encoding] = max(score, scores.get(encoding, 0.0))
    found = [
        (scores[encoding], encoding, text)
        for encoding in sorted(scores, key=lambda each: -scores[each])
        if (text := _text(texts, encoding)) is not None
    ]
    if not found:
        return []
    best, _, text = found[0]
    rivals = [score for score, _, other in found if other != text]
    letters = b"".join(_NOT_LETTERS.sub(b"", text) for text in sample.split(b"\n"))
    sure = not rivals or (len(letters) >= _LEAST_BYTES and max(rivals) < _UNSURE * best)
    return [
        Reading(
            encoding=encoding,
            likelihood=score / best if best else 1.0,
            sure=sure and number == 0,
        )
        for number, (score, encoding, _) in enumerate(found)
    ]


def _known(name: str) -> str:
    """Return the name in `LANGUAGES` of an encoding, empty if it is not among them."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    found = _ALIASES.get(found, found)
    return found if found in LANGUAGES else ""


def _sample(texts: Collection[bytes]) -> Iterator[bytes]:
    # Whole ones, or a letter cut in half would exclude the encoding.
    left = _MOST_BYTES
    for text in sorted(texts):
        left -= len(text)
        if left < 0:
            return
        yield text


def _text(texts: Collection[bytes], encoding: str) -> list[str] | None:
    found = decoded(texts, encoding)
    if found is None or any(
        unicodedata.category(letter) in _NOT_TEXT for letter in set("".join(found.values()))
    ):
        return None
    return list(found.values())


def _prior(texts: Collection[bytes], encoding: str) -> float:
    if encoding not in _WESTERN:
        return 1.0
    letters = set(b"".join(texts).decode(encoding, "replace"))
    special = {letter for letter in letters if not letter.isascii()}
    return _WESTERN_PRIOR if special <= _WESTERN_LETTERS else 1.0
