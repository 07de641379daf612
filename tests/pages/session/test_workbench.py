from __future__ import annotations

from augment import Recipe
from pages.components.session.workbench import MOST_UNDONE, History

A, B, C, D = (
    Recipe.from_dict({"version": 1, "steps": [{"op": op}]})
    for op in ("flip", "rotate", "cut_mix", "invert")
)


def of(*recipes: Recipe) -> History:
    """Return the history of these recipes, one after the other."""
    history = History(now=recipes[0])
    for recipe in recipes[1:]:
        history = history.changed(recipe)
    return history


def test_changes_are_undone_and_redone_one_by_one() -> None:
    history = of(A, B, C)
    assert history.undone().now == B
    assert history.undone().undone().now == A
    assert history.undone().undone().redone() == history.undone()
    assert history.undone().redone() == history


def test_at_either_end_nothing_happens() -> None:
    assert of(A).undone() == of(A).redone() == of(A)
    assert of(A, B).redone() == of(A, B)


def test_a_change_takes_the_place_of_what_was_undone() -> None:
    assert of(A, B, C).undone().changed(D) == of(A, B, D)


def test_a_change_that_replaces_another_is_undone_with_it() -> None:
    assert of(A, B, C).replaced(D) == of(A, B, D)
    assert of(A, B, C).replaced(B) == of(A, B)
    assert of(A).replaced(B) == of(A, B)


def test_what_changes_nothing_is_no_change() -> None:
    history = of(A, B, C).undone()
    assert history.changed(B) is history


def test_the_oldest_are_forgotten() -> None:
    recipes = [A, B] * MOST_UNDONE
    history = of(*recipes)
    assert len(history.past) == MOST_UNDONE
    assert history.past == tuple(recipes[-MOST_UNDONE - 1 : -1])
    for _ in range(MOST_UNDONE):
        history = history.undone()
    assert history.past == ()
    assert len(history.future) == MOST_UNDONE


def test_a_recipe_that_comes_back_is_found_where_it_is_nearest() -> None:
    history = of(A, B, A, C, B, D)
    assert history.moved(A) == history.undone().undone().undone()
    assert history.moved(B) == history.undone()
    undone = history.undone().undone()
    assert undone.moved(D) == history
    assert undone.moved(A) == undone.undone()


def test_a_recipe_that_was_never_there_is_a_change() -> None:
    assert of(A, B).undone().moved(C) == of(A, C)
