from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from augment import data, registry
from tests.pages.shown import errors


def test_every_op_is_explained_in_its_own_words(open_page: Callable[..., AppTest]) -> None:
    app = open_page("about.py")
    assert errors(app) == []
    entries = {expander.label for expander in app.expander}
    for op in registry().values():
        assert f"{op.title}: {op.summary}" in entries


def test_every_photograph_has_its_author_and_licence(open_page: Callable[..., AppTest]) -> None:
    app = open_page("about.py")
    said = "\n".join(element.value for element in app.markdown).replace("\\", "")
    photographs = data.bundled.photographs()
    assert len(photographs) == 11
    for photograph in photographs:
        entry = f"**{photograph.flower}**  \n{photograph.author}  \n[{photograph.licence}]"
        assert f"{entry}({photograph.licence_url})" in said


def test_every_data_source_says_what_it_is(open_page: Callable[..., AppTest]) -> None:
    app = open_page("about.py")
    said = "\n".join(element.value for element in app.markdown).replace("\\", "")
    for name in data.names():
        assert data.source(name).note in said
