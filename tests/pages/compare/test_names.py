from __future__ import annotations

from pages.components.compare.names import short_names
from tests.pages.compare.groups_of_runs import FLIPS, NOTHING
from tests.runs.conftest import config


def test_names_say_what_differs_and_no_two_are_the_same() -> None:
    plain, flips = config(recipe=NOTHING), config(recipe=FLIPS)
    assert short_names([plain, flips]) == ["nothing", "Crop and flip"]
    assert short_names([plain, config(recipe=NOTHING, epochs=7)]) == ["1 epoch", "7 epochs"]
    assert short_names([plain, flips, config(recipe=NOTHING, learning_rate=0.5)]) == [
        "nothing (1)",
        "Crop and flip",
        "nothing (2)",
    ]
    assert short_names([plain]) == ["nothing"]
