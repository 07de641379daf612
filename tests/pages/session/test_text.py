from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.components.session.text import escaped

MARKUP = "![x](http://example.org/p.png) <b>$x$</b> :red[y] `z` **w** | ~u~"


def page(lines: list[str], total: int | None) -> None:
    from pages.components.session.text import text_list

    text_list(lines, total)


def test_text_from_outside_is_shown_as_it_is() -> None:
    assert "![" not in escaped(MARKUP)
    assert escaped(MARKUP).replace("\\", "") == MARKUP


def test_a_list_is_escaped_and_counts_what_it_leaves_out() -> None:
    app = AppTest.from_function(page, args=([MARKUP] * 201, None)).run()
    lines = app.markdown[0].value.splitlines()
    assert lines[0] == f"- {escaped(MARKUP)}"
    assert lines[200:] == ["- And 1 more like these."]
    app = AppTest.from_function(page, args=(["a", "b"], 12)).run()
    assert app.markdown[0].value == "- a\n- b\n- And 10 more like these."
