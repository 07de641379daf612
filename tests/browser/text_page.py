"""A page with every string that Streamlit could take for Markdown, in each kind of element we use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from pages.components.session.text import escaped, heading, text_list

HOSTILE = (
    *("www.b.c", "WWW.B.C/a_b?x=1&y=2", "https://b.c", "see HTTP://b.c/a, or www.b.c.", "//b.c"),
    *("mailto:a@b.cd", "a.b@c.de", "xmpp:a@b.cd", "ftp://b.c", "<https://b.c>", "<a@b.cd>"),
    *("[a](https://b.c)", "![a](https://b.c/p.png)", "[a]", "[a]: https://b.c", "[^1]", "[^1]: f"),
    *(":material/delete:", ":material_delete:", "a:material/x", ":streamlit:", ":smile:", ":+1:"),
    *("x::smile::y", "12:30:45", ":-)", "<3", "🌷 tulip", "1\ufe0f\u20e3 keycap", "C:\\a\\b"),
    *(":red[x]", ":blue-background[x]", ":small[x]", ":green-badge[x]", ":rainbow[x]", ":help[x]"),
    *(":color[x]{foreground=red}", ":::note\nx\n:::", ":color[]", ":a", "::a"),
    *("$x$", "$$x^2$$", "a $5 and $6", "\\(x\\)", "&lt;b&gt;", "&#x3c;", "&copy;", "&amp;lt;"),
    *("a -> b", "<- a", "a <-> b", "a -- b", "a >= b <= c ~= d", ":->", "->", "--", "a:-- b"),
    *("---", "***", "a\n===", "# h", "h #", "> q", "- i", "* i", "+ i", "1. i", "2) i", "- [x] t"),
    *("    code", "`c`", "``` c", "~~~", "~~x~~", "**b**", "*i*", "_i_", "a_b_c*d*", "==m=="),
    *("<b>b</b>", "<!-- c -->", "<img src=x onerror=alert(1)>", "a|b\n-|-\nc|d"),
    *("\\", "a\\", "a\\*b", "a  b", "a   ", "  a", "a\nb", "a\n\nb", "a\n- b", "`", "[", "]", "&"),
    *("👩\u200d🌾", "\u0645\u06cc\u200c\u062e", "e\u0301", "長い\u3000名前"),
)
VISIBLE = {"a\u202eb": "a\\u202eb", "a\u200bb": "a\\u200bb", "a\u2028b": "a\\u2028b", "\ta": "\\ta"}
"""Strings of which a part is shown as an escape."""
EXPECTED = {**{text: text for text in HOSTILE}, **VISIBLE, "a\ud800b": "a\\ud800b"}


TIPS = ("www.b.c", ":material/delete: :smile:", "[a](https://b.c) `c` $x$")


def shows(text: str, key: str) -> dict[str, Callable[[], object]]:
    """Return a way to show the text for each kind of element."""
    shown = escaped(text)
    return {
        "markdown": lambda: st.markdown(shown),
        "inside": lambda: st.markdown(f"(**{shown}**) {shown}"),
        "list": lambda: text_list([text]),
        "heading": lambda: heading(text),
        "info": lambda: st.info(shown),
        "caption": lambda: st.caption(shown),
        "button": lambda: st.button(shown, key=key),
        "expander": lambda: st.expander(shown),
        "popover": lambda: st.popover(shown),
        "metric": lambda: st.metric(shown, "1"),
        "progress": lambda: st.progress(0.5, text=shown),
        "table": lambda: st.table({"a": [shown]}),
    }


KINDS = tuple(shows("", ""))


if __name__ == "__main__":
    for number, tip in enumerate(TIPS):
        st.button(f"tip {number}", help=escaped(tip))
    for number, text in enumerate(EXPECTED):
        for kind, show in shows(text, f"button {number}").items():
            with st.container(key=f"text-{kind}-{number}"):
                show()
