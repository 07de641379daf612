"""Names of members: whatever the guess is, no two folders become one."""

from __future__ import annotations

import contextlib
import random
import zipfile

import pytest

from augment.data.sources import encodings, member_names
from augment.data.sources.encodings import Reading
from augment.errors import DataError

CLASSES = {
    "cp932": ("ソバ", "ソバナ", "バラ", "表", "能面"),
    "gb18030": ("猫", "狗", "玫瑰", "俓"),
    "cp950": ("功夫", "許願", "蓋子", "玫瑰"),
    "cp949": ("장미", "튤립", "개"),
    "cp1252": ("Menü", "é", "Größe"),
}


def listed(raw: bytes) -> zipfile.ZipInfo:
    """Return a member whose name is not marked as Unicode, as `zipfile` lists it."""
    return zipfile.ZipInfo(raw.decode("cp437"))


@pytest.mark.parametrize("encoding", CLASSES)
@pytest.mark.parametrize("guess", ["cp437", "cp1252", "gb18030", "cp932", "cp950"])
def test_a_wrong_guess_merges_no_folders(
    monkeypatch: pytest.MonkeyPatch, encoding: str, guess: str
) -> None:
    wrong = [Reading(encoding=guess, likelihood=1.0, sure=True)]
    monkeypatch.setattr(encodings, "readings", lambda texts: wrong)
    names = CLASSES[encoding]
    paths = member_names.read([listed(f"{name}/1.jpg".encode(encoding)) for name in names]).paths
    assert len({path.rpartition("/")[0] for path in paths}) == len(names)
    assert len({path.split("/")[0] for path in paths}) == len(names)


def test_any_bytes_are_names() -> None:
    draw, read = random.Random(5), 0
    for _ in range(200):
        raws = [bytes(draw.choices(b"a/\\\x81\x83\xc3\xa4\xe8\x8a\xb1\xff\0", k=9)) for _ in "1234"]
        with contextlib.suppress(DataError):  # one that asks about the backslashes
            assert len(member_names.read([listed(raw) for raw in raws]).paths) == 4
            read += 1
    assert read > 20
