from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe
from augment.presets import GROUPS, PRESETS
from pages.components.session import address
from tests.pages.shown import by_label, errors, parameter, plain

Open = Callable[..., AppTest]


def opened(open_page: Open, **parameters: str) -> AppTest:
    app = open_page(size="64", tiles="4", **parameters)
    return by_label(app.button, "Start from a preset").click().run()


def test_each_preset_has_its_sentence_and_stands_in_its_group(open_page: Open) -> None:
    app = opened(open_page)
    captions = [plain(caption.value) for caption in app.caption]
    assert {preset.sentence for preset in PRESETS.values()} <= set(captions)
    bold = [text.value.strip("*") for text in app.markdown]
    assert [text for text in bold if text in GROUPS.values()] == list(GROUPS.values())
    titles = [preset.title for preset in PRESETS.values()]
    assert [button.label for button in app.button if button.label in titles] == titles


@pytest.mark.parametrize("name", ["too_strong", "cut_mix", "nothing"])
def test_a_preset_takes_over_and_the_list_closes(open_page: Open, name: str) -> None:
    app = opened(open_page)
    by_label(app.button, PRESETS[name].title).click().run()
    assert errors(app) == []
    assert Recipe.from_json(address.decode(parameter(app, "r"))) == PRESETS[name].recipe
    titles = {preset.title for preset in PRESETS.values()}
    assert not titles & {button.label for button in app.button}


def test_the_preset_in_use_is_marked(open_page: Open) -> None:
    app = opened(open_page, r=address.encode(PRESETS["mixing"].recipe.to_json()))
    titles = {preset.title for preset in PRESETS.values()}
    marked = [b.label for b in app.button if b.label in titles and b.proto.icon]
    assert marked == [PRESETS["mixing"].title]
