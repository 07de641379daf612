"""Names in an encoding that nothing tells."""

from __future__ import annotations

import pytest

from augment.data.sources import encodings
from augment.errors import DataError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("cp932", "cp932"),
        ("Shift-JIS", "cp932"),
        ("SJIS", "cp932"),
        ("gbk", "gb18030"),
        ("GB2312", "gb18030"),
        ("big5", "cp950"),
        ("euc-kr", "cp949"),
        ("utf8", "utf-8"),
        ("latin-1", "cp1252"),
        (" windows-1251 ", "cp1251"),
    ],
)
def test_an_encoding_by_any_of_its_names(given: str, expected: str) -> None:
    assert encodings.canonical(given) == expected


@pytest.mark.parametrize("name", ["", "klingon", "rot13", "utf-16", "cp932\0", "x" * 1000])
def test_other_encodings_are_refused_with_the_list(name: str) -> None:
    with pytest.raises(DataError, match="choose one of utf-8, cp932") as caught:
        encodings.canonical(name)
    assert len(str(caught.value)) < 400


def test_two_names_that_would_be_the_same_are_not_read_like_that() -> None:
    twice = {b"\x81\xca", b"\xee\xf9"}
    assert len({raw.decode("cp932") for raw in twice}) == 1
    assert encodings.decoded(twice, "cp932") is None
    assert "cp932" not in [each.encoding for each in encodings.readings(twice)]


def test_what_cannot_be_text_is_no_reading() -> None:
    assert "cp1252" not in [each.encoding for each in encodings.readings({b"a\x81b"})]
    for each in encodings.readings({b"\x80\xff\xa0"}):
        assert each.encoding != "cp932"


def test_few_letters_are_a_guess_and_many_are_not() -> None:
    few = encodings.readings({"猫".encode("gbk"), "狗".encode("gbk")})
    assert not few[0].sure
    # What is not of the language makes it no surer.
    more = {"猫\\.jpeg".encode("gbk"), "狗\\.jpeg".encode("gbk")}
    assert not encodings.readings(more)[0].sure
    many = encodings.readings(
        {name.encode("gbk") for name in ("向日葵", "郁金香", "长颈鹿", "不合格")}
    )
    assert (many[0].encoding, many[0].sure) == ("gb18030", True)
    assert [each.likelihood for each in many] == sorted(
        (each.likelihood for each in many), reverse=True
    )
