from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session.words import ago, count, duration, escaped


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (59, "59 seconds"), (89, "89 seconds"), (120, "2 minutes"),
     (5_000, "83 minutes"), (7_300, "2 hours"), (3 * 86_400, "3 days")],
)  # fmt: skip
def test_a_length_of_time_in_one_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_how_long_ago() -> None:
    assert ago(datetime.now(UTC)) == "just now"
    assert ago(datetime.now(UTC) - timedelta(minutes=5)) == "5 minutes ago"


def test_a_number_with_its_noun() -> None:
    assert [count(1, "step"), count(2, "step"), count(1_020, "class", "classes")] == [
        "1 step",
        "2 steps",
        "1,020 classes",
    ]


def test_text_from_outside_shows_letter_by_letter() -> None:
    bad = "![x](http://example.org/p.png) <b>$x$</b> :red[y] `z` **w** | ~u~"
    assert "![" not in escaped(bad)
    assert escaped(bad).replace("\\", "") == bad

    def script(text: str) -> None:
        import streamlit as st

        st.error(text)

    app = AppTest.from_function(script, args=(escaped(bad),)).run()
    assert app.error[0].value == escaped(bad)
