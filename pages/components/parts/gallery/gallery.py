"""Cards to choose one of, each with a thumbnail and a sentence, by group or found by words.

The browser filters by itself: all words by which a card is found are sent with it, and the thumbnails as
one JPEG sheet in the same message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.components.parts import frame
from pages.components.parts.component import component

_mount = component(__file__, shared=("frame",))


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card.

    Attributes:
        name: What is sent when it is chosen; also a word by which it is found.
        title: Its heading.
        text: The sentence below.
        group: The title of its group.
        also: Other words by which it is found.
        more: Texts whose words find it too, but after all of the above.
        drawn: What the thumbnail shows.
        mark: Why it is marked, such as "in use"; empty if it is not.
    """

    name: str
    title: str
    text: str
    group: str
    also: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    drawn: str = ""
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """A choice of what is done with the card that is chosen.

    Attributes:
        asked: What is chosen, for those who do not see it.
        titles: The title of each way by name.
        now: The name of the one that is set at first.
        on_change: Called with the name when another is set.
    """

    asked: str
    titles: Mapping[str, str]
    now: str
    on_change: Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Thumbnails:
    """The pictures of the cards, in their order.

    Attributes:
        sheet: `contact_sheet` of them; empty if there are none.
        side: The side of one in pixels.
    """

    sheet: bytes = b""
    side: int = 0


NONE = Thumbnails()
"""Where there is no picture."""


def gallery(
    cards: Sequence[Card],
    thumbnails: Thumbnails,
    *,
    on_choose: Callable[..., None],
    key: str,
    placeholder: str,
    none: str,
    note: str = "",
    narrowest: float = 8.5,
    ways: Ways | None = None,
) -> None:
    """Show the cards below a search field, which has the focus.

    Args:
        cards: The cards; those of a group follow one another.
        thumbnails: Their pictures.
        on_choose: Called with the name of the card that is chosen, and with the name of the way if there
            are `ways`, before the next run.
        key: The key of the element.
        placeholder: What the empty search field says.
        none: The sentence where no card is found.
        note: A sentence above the cards.
        narrowest: The width of a card at least, in rem; two fit in any row.
        ways: What can be done with a card.
    """
    shown = {
        "side": thumbnails.side,
        "narrowest": narrowest,
        "placeholder": placeholder,
        "none": none,
        "note": note,
        "groups": list(dict.fromkeys(card.group for card in cards)),
        "cards": [asdict(card) for card in cards],
        "asked": ways.asked if ways else "",
        "ways": list(ways.titles.items()) if ways else [],
    }
    # The way is not part of the digest: the browser, which changed it, need not show the cards anew.
    digest = frame.digest(shown, thumbnails.sheet)
    header = {**shown, "way": ways.now if ways else "", "digest": digest}

    def chosen() -> None:
        choice = _sent(key, "chosen")
        on_choose(choice["name"], *([choice["way"]] if ways else []))

    def changed() -> None:
        if ways:
            ways.on_change(_sent(key, "way"))

    _mount(
        data=frame.packed(header, thumbnails.sheet),
        key=key,
        on_chosen_change=chosen,
        on_way_change=changed,
    )


def _sent(key: str, event: str) -> Any:
    return st.session_state[key][event]
