"""One reader for all JSON from outside: every text gives a value or one error with a reason."""

from __future__ import annotations

import json
import math

import pytest

from augment.json_text import MOST_DEPTH, MOST_DIGITS, NotJson, parse


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not valid JSON (line 1)"),
        ('{\n"a": 1,}', "is not valid JSON (line 2)"),
        ("{'a': 1}", "is not valid JSON (line 1)"),
        (b'{"a": "\xff"}', "is not text in UTF-8"),
        (b"\xff\xfe{", "is not text in UTF-8"),
        ('{"a": 1\0}', "is not valid JSON (line 1)"),
        ("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), "is nested too deep"),
        ("[" * 950 + "]" * 950, "is nested too deep"),
        ('{"a":' * 100_000, "is nested too deep"),
        ("9" * (MOST_DIGITS + 1), "has a number of 1,001 digits"),
        ("-" + "9" * 5_000, "has a number of 5,000 digits"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', 'has two entries "c" in one object'),
    ],
)
def test_what_cannot_be_used_is_one_error(text: str | bytes, reason: str) -> None:
    with pytest.raises(NotJson) as caught:
        parse(text)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_as_editors_save_it(encoding: str) -> None:
    assert parse('{"a": "é"}'.encode(encoding)) == {"a": "é"}
    assert parse('\ufeff{"a": "é"}') == {"a": "é"}


def test_the_deepest_and_the_longest_that_are_allowed() -> None:
    deep = "[" * MOST_DEPTH + "]" * MOST_DEPTH
    assert json.dumps(parse(deep)) == deep
    assert parse("9" * MOST_DIGITS) == 10**MOST_DIGITS - 1
    # A name of a file that is not UTF-8 comes back as it went.
    assert parse(json.dumps({"name": "\udcff"})) == {"name": "\udcff"}


def test_numbers_that_json_does_not_have_are_the_callers_or_none() -> None:
    text = "[NaN, Infinity, -Infinity, 1e400, -1e400, 1e-400, 5]"
    assert [str(each) for each in parse(text)] == ["nan", "inf", "-inf", "inf", "-inf", "0.0", "5"]
    assert parse(text, finite=True) == [None] * 5 + [0.0, 5]
    assert math.copysign(1.0, parse("-0.0", finite=True)) == -1.0
