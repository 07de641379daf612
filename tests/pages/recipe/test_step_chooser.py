from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from augment import registry
from augment.engine.op import GROUPS
from tests.pages.shown import gallery, open_op_list

OPS = registry()


def test_the_list_has_every_op_in_its_group_with_its_words_and_its_thumbnail(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(size="64", tiles="4")
    open_op_list(app)
    shown = gallery(app)
    assert [card["name"] for card in shown["cards"]] == list(OPS)
    assert shown["groups"] == list(GROUPS.values())
    for card, op in zip(shown["cards"], OPS.values(), strict=True):
        assert (card["title"], card["text"]) == (op.title, op.summary)
        assert card["group"] == GROUPS[op.group]
        assert card["also"] == list(op.also)
        assert card["more"] == [param.help for param in op.params.values()]
        assert card["drawn"].startswith(("One draw: ", "One draw, at full strength: "))
    assert shown["side"]


def test_without_pictures_the_ops_are_listed_without_thumbnails(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(data="own", size="64")
    open_op_list(app)
    shown = gallery(app)
    assert [card["name"] for card in shown["cards"]] == list(OPS)
    assert (shown["side"], shown["note"]) == (0, "")
