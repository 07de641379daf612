"""Cards with words and a few pictures each; all pictures come in one sheet, at one stroke."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.parts.image_grid.image_grid import Images, contact_sheet

_NAME = "picture_cards"


def _read(ending: str) -> str:
    return Path(__file__).with_name(f"{_NAME}.{ending}").read_text(encoding="utf-8")


_mount = st.components.v2.component(_NAME, html=_read("html"), css=_read("css"), js=_read("js"))


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card.

    Attributes:
        title: What stands on top.
        text: What stands below that.
        alts: For each picture what it is, for who cannot see it.
        captions: What stands under each picture; empty for nothing under any.
    """

    title: str
    text: str
    alts: tuple[str, ...]
    captions: tuple[str, ...] = ()


def picture_cards(cards: Sequence[Card], pictures: Images, *, across: int, key: str) -> None:
    """Show cards; names of strangers in them are shown letter by letter.

    Args:
        cards: The words.
        pictures: RGB, uint8, (n, side, side, 3): those of the first card, of the second and so on.
        across: How many pictures a card has room for in a row.
        key: The key of the element.

    Raises:
        ValueError: The cards do not have as many pictures as came.
    """
    if sum(len(card.alts) for card in cards) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures are not those of the cards")
    if not len(pictures):
        return
    numbers = iter(range(len(pictures)))
    told = [
        {
            "title": card.title,
            "text": card.text,
            "pictures": [
                {"at": next(numbers), "alt": alt, "caption": caption}
                for alt, caption in zip(
                    card.alts, card.captions or ("",) * len(card.alts), strict=True
                )
            ],
        }
        for card in cards
    ]
    sheet = contact_sheet(pictures)
    shown = {"side": pictures.shape[1], "across": across, "cards": told}
    digest = hashlib.blake2b(json.dumps(shown).encode() + sheet, digest_size=16).hexdigest()
    header = json.dumps({**shown, "digest": digest}).encode()
    _mount(data=struct.pack("<I", len(header)) + header + sheet, key=key)
