"""What advice is, and the phrases that all of it shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One thing to know about a recipe.

    Attributes:
        step: The id of the step that it is about, or empty for the whole recipe.
        sentence: One or two sentences, with their source where they compare with one; plain text, not
            Markdown.
        about: The subject in one word: "range", "strength", "never", "mixing" and "blank" need no
            pictures; "gone", "colour", "own" and "label" are measured.
        measure: For what is measured, the figures and limits behind the sentence, in complete sentences;
            otherwise empty.
    """

    step: str
    sentence: str
    about: str
    measure: str = ""


def listed(names: Sequence[str]) -> str:
    """Return names as an enumeration: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
