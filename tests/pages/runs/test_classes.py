from __future__ import annotations

from pages.components.runs.classes import in_order, rows

ENTRIES = [
    {"name": "b", "pictures": 10, "correct": 5, "accuracy": 0.5},
    {"name": "empty", "pictures": 0, "correct": 0, "accuracy": None},
    {"name": "C", "pictures": 4, "correct": 4, "accuracy": 1.0},
    {"name": "a", "pictures": 2, "correct": 1, "accuracy": 0.5},
    {"name": "damaged", "pictures": 2},
]


def test_ten_pictures_with_five_right_are_24_to_76_percent() -> None:
    found = {row["name"]: row for row in rows(ENTRIES)}
    assert set(found) == {"a", "b", "C"}
    assert (f"{found['b']['low']:.0%}", f"{found['b']['high']:.0%}") == ("24%", "76%")


def test_orders() -> None:
    found = rows(ENTRIES)
    names = {
        order: [row["name"] for row in in_order(found, order)]
        for order in ("Worst first", "Best first", "By name")
    }
    assert names == {
        "Worst first": ["a", "b", "C"],
        "Best first": ["C", "a", "b"],
        "By name": ["a", "b", "C"],
    }
