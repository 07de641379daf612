"""Cards with text and a few pictures each; all pictures are sent as one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pages.components.parts import frame
from pages.components.parts.component import component
from pages.components.parts.image_grid.image_grid import Images, contact_sheet

_mount = component(__file__, shared=("frame",))


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card.

    Attributes:
        title: The heading.
        text: The text below it.
        alts: The alternative text of each picture.
        captions: The caption of each picture; empty for none.
        bars: Names with their shares from 0 to 1, shown as bars beside the picture.
    """

    title: str
    text: str
    alts: tuple[str, ...]
    captions: tuple[str, ...] = ()
    bars: tuple[tuple[str, float], ...] = ()


def picture_cards(
    cards: Sequence[Card], pictures: Images, *, across: int, key: str, narrowest: float = 19
) -> None:
    """Show cards; their texts may come from outside, and are shown as they are.

    Args:
        cards: The texts.
        pictures: RGB, uint8, (n, side, side, 3): those of the first card, of the second and so on.
        across: How many pictures fit into a row of a card.
        key: The key of the element.
        narrowest: The width of a card at least, in rem; as many as fit stand in a row.

    Raises:
        ValueError: The number of pictures is not that of the cards.
    """
    expected = sum(len(card.alts) for card in cards)
    if expected != len(pictures):
        raise ValueError(f"{len(pictures)} pictures, but the cards have {expected}")
    if not len(pictures):
        return
    numbers = iter(range(len(pictures)))
    texts = [
        {
            "title": card.title,
            "text": card.text,
            "pictures": [
                {"at": next(numbers), "alt": alt, "caption": caption}
                for alt, caption in zip(
                    card.alts, card.captions or ("",) * len(card.alts), strict=True
                )
            ],
            "bars": [
                {"name": name, "share": share, "text": f"{share:.1%}"} for name, share in card.bars
            ],
        }
        for card in cards
    ]
    sheet = contact_sheet(pictures)
    shown = {
        "side": pictures.shape[1],
        "across": across,
        "narrowest": narrowest,
        "cards": texts,
    }
    _mount(data=frame.packed({**shown, "digest": frame.digest(shown, sheet)}, sheet), key=key)
