"""One line above the pictures: what they are, or what they have lost, with the measure behind it."""

from __future__ import annotations

from collections.abc import Sequence

from augment.advice import Advice
from pages.components.parts.component import component

_mount = component(__file__)


def advice_line(
    sentence: str, given: Sequence[Advice] = (), *, digest: str = "", badges: Sequence[str] = ()
) -> None:
    """Show the first advice, or a sentence where there is none, and put badges on the tiles of a grid.

    The line is as high with advice as without. A list of all advice with what was measured can be opened.

    Args:
        sentence: What is shown without advice.
        given: The advice, the most important first; plain text.
        digest: The digest of the frame that the badges are about (`frame.header_of`).
        badges: A text for each tile of it; empty for none.
    """
    # Tuples: of a list, Streamlit asks whether it is a table, for which it imports pandas (50 MB).
    lines = tuple((advice.sentence, advice.measure) for advice in given)
    data = {"sentence": sentence, "lines": lines, "digest": digest, "badges": tuple(badges)}
    _mount(data=data, key="advice line", height=24)
