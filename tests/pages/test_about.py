from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from augment import data, registry
from tests.pages.shown import errors, plain


def test_ops_photographs_and_data_sets_are_described(open_page: Callable[..., AppTest]) -> None:
    app = open_page("about.py")
    assert errors(app) == []
    entries = {expander.label for expander in app.expander}
    for op in registry().values():
        assert f"{op.title}: {op.summary}" in entries
    examples = [element.value for element in app.code]
    assert examples == [op.example for op in registry().values()]
    text = plain("\n".join(element.value for element in app.markdown))
    photographs = data.bundled.photographs()
    assert len(photographs) == 11
    for photograph in photographs:
        entry = f"**{photograph.flower}**  \n{photograph.author}  \n[{photograph.licence}]"
        assert f"{entry}({photograph.licence_url})" in text
    for name in data.names():
        assert data.source(name).note in text
