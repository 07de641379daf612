from __future__ import annotations

import numpy as np
import pytest

from augment import Recipe, draw
from pages.components.parts.image_grid.image_grid import Tile
from pages.components.pictures.tile import details, mixed_shares


@pytest.mark.parametrize("share", [0.01, 0.02, 0.03, 0.05])
def test_a_small_share_of_a_mixed_label_is_on_the_tile(share: float) -> None:
    label = np.array([share, 0.9 - share, 0.1, 0.0], np.float32)
    shares = mixed_shares(label, ("rose", "daisy", "tulip", "lily"))
    assert [name for name, _ in shares] == ["daisy", "tulip", "rose"]
    texts = Tile(name="rose", shares=shares).to_dict()["shares"]
    assert texts[2][2] == f"{share:.0%}"


def test_a_share_that_would_read_0_percent_is_not_on_the_tile() -> None:
    label = np.array([0.004, 0.996], np.float32)
    assert mixed_shares(label, ("rose", "daisy")) == ()
    label = np.array([0.004, 0.5, 0.496], np.float32)
    shares = mixed_shares(label, ("rose", "daisy", "tulip"))
    assert [name for name, _ in shares] == ["daisy", "tulip"]


def test_the_details_name_the_picture_that_was_mixed_in() -> None:
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "mix_up"}]})
    names = ("rose", "daisy", "tulip", "lily")
    for row in draw(recipe, range(4), seed=7).rows:
        [mixed] = details(row.ops, names)
        assert dict(mixed.values)["Mixed with"] == names[row.ops[0].partner]
        [alone] = details(row.ops)
        assert "Mixed with" not in dict(alone.values)
