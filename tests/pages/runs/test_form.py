from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from augment.runs.config import RunConfig
from tests.pages.shown import by_label


def test_what_cannot_be_chosen_is_text(open_page: Callable[..., AppTest]) -> None:
    app = open_page("train.py")
    assert not any(widget.disabled for widget in app.selectbox)
    assert any("`python -m augment train --weights`" in text.value for text in app.caption)
    help_text = by_label(app.number_input, "Learning rate").help
    assert help_text == f"The learning rate of SGD; its momentum is {RunConfig.momentum:g}."
