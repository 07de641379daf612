from __future__ import annotations

from augment import Recipe
from pages.components.recipe.summary import recipe_lines


def lines(**values: object) -> list[str]:
    return recipe_lines(Recipe.from_dict({"version": 1, "steps": [{"op": "rotate", **values}]}))


def test_a_value_that_changes_nothing_is_not_said() -> None:
    assert lines(factor=0.25) == ["Rotate: factor 90°, fill mode reflect"]
    assert lines(factor=0.25, fill_mode="constant", fill_value=9) == [
        "Rotate: factor 90°, fill mode constant, fill value 9 grey levels"
    ]
