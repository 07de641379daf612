from __future__ import annotations

import numpy as np
import pytest

from augment import Recipe, draw
from augment.engine.plan import Row
from pages.components.pictures.tile import details, shares, tile


@pytest.mark.parametrize("share", [0.01, 0.02, 0.03, 0.05])
def test_a_small_share_of_a_mixed_label_is_on_the_tile(share: float) -> None:
    row = Row(id=0, epoch=0, ops=(), notes=())
    label = np.array([share, 1.0 - share], np.float32)
    made = tile("first", row, label, ("rose", "daisy"), own=1)
    assert [each.in_words("first") for each in made.shares] == [
        f"{1 - share:.0%} daisy, its own",
        f"{share:.0%} is rose",
    ]


def test_a_picture_that_became_another_one_says_so() -> None:
    label, names = np.array([0.999, 0.001], np.float32), ("rose", "daisy")
    assert [each.in_words("daisy") for each in shares(label, names, 1)] == ["100% is rose"]
    assert shares(label, names, 0) == ()
    assert shares(label, names, None) == ()


def test_each_branch_of_a_policy_is_on_a_line_of_its_own() -> None:
    step = {"op": "aug_mix", "num_chains": 2, "chain_depth": 2}
    plan = draw(Recipe.from_dict({"version": 1, "steps": [step]}), [0], seed=1)
    [caption] = tile("first", plan.rows[0], None, ()).captions
    assert caption == ("AugMix, own share 0.15\n71% shear y +0.07, equalize\n14% solarize from 204")


def test_the_details_name_the_picture_that_was_mixed_in() -> None:
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "mix_up"}]})
    names = ("rose", "daisy", "tulip", "lily")
    for row in draw(recipe, range(4), seed=7).rows:
        [mixed] = details(row.ops, names)
        assert dict(mixed.values)["Mixed with"] == names[row.ops[0].partner]
        assert mixed.partner == row.ops[0].partner
        [unseen] = details(row.ops, names, 0)
        assert unseen.partner is None
        [alone] = details(row.ops)
        assert "Mixed with" not in dict(alone.values)
