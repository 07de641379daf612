"""What every op must keep, as functions of an op's name.

`test_contract.py` holds every registered op to them; `test_planted_bugs.py` proves that each of them
can fail.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

import augment
from augment.engine import plain
from augment.engine.distributions import Chance, Whole, Within
from augment.engine.op import STATISTICS
from tests.given import BATCH, HEIGHT, IDS, WIDTH, applied, one_hot, pictures, recipe_of
from tests.strength import check_strength

__all__ = [
    "BATCH",
    "CHECKS",
    "IDS",
    "applied",
    "check_strength",
    "one_hot",
    "pictures",
    "recipe_of",
]


def check_documented(name: str) -> None:
    op = augment.registry()[name]
    assert op.summary.endswith("."), "the docstring opens with a sentence"
    assert op.title
    assert len(set(op.also)) == len(op.also), "other words for it, each once"
    assert op.title.lower() not in {word.lower() for word in op.also}
    assert op.paper.label
    assert op.version >= 1
    for param in op.params.values():
        assert param.help.endswith("."), f"{param.name} has a help sentence"
        assert param.check(param.default) == param.default
        if param.type != "choice":
            assert param.low is not None
            assert param.high is not None
            assert param.low < param.high
            assert param.step is not None
        if param.identity is not None:
            assert param.check(param.identity) == param.identity
    assert inspect.getmodule(op.function).__name__.rpartition(".")[2] == name, "one op, one file"


def check_example(name: str) -> None:
    """The docstring has an example of a step with the op, which prints what it says."""
    example = augment.registry()[name].example
    assert f'"op": "{name}"' in example
    assert ".captions(" in example
    test = doctest.DocTestParser().get_doctest(example, {}, name, None, None)
    report: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert results.attempted
    assert not results.failed, "".join(report)


def check_numbers(name: str) -> None:
    for size in ((HEIGHT, WIDTH), (8, 8), (9, 31)):
        images = np.stack([cv2.resize(image, size[::-1]) for image in pictures()])
        batch = augment.apply(recipe_of(name), images, one_hot(), ids=IDS, seed=1)
        assert batch.images.dtype == np.uint8
        assert batch.images.shape == images.shape
        assert batch.images.flags.c_contiguous
        assert batch.labels is not None
        assert batch.labels.dtype == np.float32
        np.testing.assert_allclose(batch.labels.sum(axis=1), 1.0, atol=1e-6)
        assert (batch.labels >= 0).all()


def check_what_the_function_returns(name: str) -> None:
    op = augment.registry()[name]
    if op.kind == "policy":
        return
    chosen = [{param.name: each} for param in op.params.values() for each in param.choices]
    shapes = set()
    for settings in ({}, *chosen):
        plan = augment.draw(recipe_of(name, **settings), IDS, seed=1, labels=one_hot())
        for image, row in zip(pictures(), plan.rows, strict=True):
            (one,) = row.ops
            given = [_POSITIONAL[argument](image) for argument in op.reads]
            returned = op.function(*given, **one.values)
            _check_returned(op.kind, returned, image)
            shapes.add(np.shape(returned[0] if op.kind == "mix" else returned))
    assert len(shapes) == 1, "one shape, whatever is chosen: the compiled engine needs it"


_POSITIONAL: dict[str, Callable[[npt.NDArray[np.uint8]], Any]] = {
    "image": lambda image: image,
    "partner": lambda image: image[::-1].copy(),
    "out": np.empty_like,
    "height": lambda image: image.shape[0],
    "width": lambda image: image.shape[1],
    **{statistic: getattr(plain, statistic) for statistic in STATISTICS},
}


def _check_returned(kind: str, returned: Any, image: npt.NDArray[np.uint8]) -> None:
    height, width = image.shape[:2]
    if kind == "tone":
        assert returned.dtype == np.uint8
        assert returned.shape in ((256,), (256, 3))
    elif kind in ("affine", "colour"):
        assert returned.dtype == np.float64
        assert returned.shape == ((2, 3) if kind == "affine" else (3, 3))
    elif kind == "paste":
        top, bottom, left, right = returned
        assert all(isinstance(edge, int) for edge in returned)
        assert 0 <= top <= bottom <= height
        assert 0 <= left <= right <= width
    elif kind == "blend":
        assert isinstance(returned, float)
        assert 0.0 <= returned <= 1.0
    else:
        if kind == "mix":
            returned, share = returned
            assert 0.0 <= share <= 1.0
        assert returned.dtype == np.uint8
        assert returned.shape == image.shape


def check_input_intact(name: str) -> None:
    images, labels = pictures(), one_hot()
    for epoch in range(4):
        augment.apply(recipe_of(name), images, labels, ids=IDS, seed=1, epoch=epoch)
        np.testing.assert_array_equal(images, pictures())
        np.testing.assert_array_equal(labels, one_hot())


def check_result_is_new(name: str) -> None:
    images = pictures()
    batch = augment.apply(recipe_of(name), images, one_hot(), ids=IDS, seed=1)
    assert not np.shares_memory(batch.images, images)


def check_identity(name: str) -> None:
    """With every parameter at the value that changes nothing, nothing changes."""
    op = augment.registry()[name]
    identities = {p.name: p.identity for p in op.params.values() if p.identity is not None}
    following = [draw.param for draw in op.draws.values() if getattr(draw, "takes_strength", False)]
    if not identities or not set(following) <= set(identities):
        return
    batch = applied(recipe_of(name, **identities))
    np.testing.assert_array_equal(batch.images, pictures())
    np.testing.assert_array_equal(batch.labels, one_hot())


def check_order_size_threads(name: str) -> None:
    """What happens to a sample depends on nothing around it; a mix depends on who is there."""
    recipe = recipe_of(name)
    whole = applied(recipe)
    order = np.random.default_rng(3).permutation(BATCH)
    shuffled = applied(recipe, order)
    np.testing.assert_array_equal(shuffled.images, whole.images[order])
    np.testing.assert_array_equal(shuffled.labels, whole.labels[order])
    threaded = applied(recipe, threads=3)
    np.testing.assert_array_equal(threaded.images, whole.images)
    if augment.registry()[name].mixes:
        return
    for rows in ([0], [5, 2], [7, 8, 9, 10, 11]):
        np.testing.assert_array_equal(applied(recipe, rows).images, whole.images[rows])


def check_probability(name: str) -> None:
    """A step happens as often as its probability says, and once decided it is not decided again."""
    ids = np.arange(4000)
    rate = 0.3
    settings: dict[str, Any] = {"probability": rate}
    params = augment.registry()[name].params
    settings |= {"rate": 1.0} if "rate" in params else {}
    settings |= {"magnitude": 1.0, "magnitude_stddev": 0.0} if "magnitude" in params else {}
    plan = augment.draw(recipe_of(name, **settings), ids, seed=11, labels=np.ones((4000, 1)))
    happened = sum(bool(row.ops) for row in plan.rows)
    spread = np.sqrt(len(ids) * rate * (1 - rate))
    assert abs(happened - len(ids) * rate) < 4.5 * spread


def check_rows_differ(name: str) -> None:
    """Rows draw apart from each other, and epochs from each other."""
    op = augment.registry()[name]
    if op.kind == "policy" or not op.draws:
        return
    drawn = set()
    for epoch in (0, 1):
        for row in augment.draw(recipe_of(name), IDS, seed=7, epoch=epoch).rows:
            drawn |= {tuple(one.values[draw] for draw in op.draws) for one in row.ops}
    # Of booleans and whole numbers there are few, so rows may agree.
    few = all(
        isinstance(draw, Chance | Whole) or getattr(draw, "whole", False)
        for draw in op.draws.values()
    )
    assert len(drawn) >= 2 if few else len(drawn) == 2 * BATCH


def check_mix_label(name: str) -> None:
    """The label of a mixed picture is the share of it that is really its own."""
    if not augment.registry()[name].mixes:
        return
    ids = np.arange(2)
    images = np.zeros((2, HEIGHT, WIDTH, 3), np.uint8)
    images[1] = 255
    labels = np.eye(2, dtype=np.float32)
    for epoch in range(40):
        batch = augment.apply(recipe_of(name), images, labels, ids=ids, seed=5, epoch=epoch)
        white = batch.images.mean(axis=(1, 2, 3)) / 255.0
        assert batch.labels is not None
        # Half a grey level is what rounding may cost a blend; a paste costs nothing.
        np.testing.assert_allclose(batch.labels[:, 1], white, atol=0.5 / 255 + 1e-6)


def check_json(name: str) -> None:
    """A recipe and a plan survive JSON; the plan then renders the same bytes."""
    recipe = recipe_of(name, probability=0.8, classes=[0, 2, 3])
    assert augment.Recipe.from_json(recipe.to_json()) == recipe
    plan = augment.draw(recipe, IDS, seed=7, labels=one_hot())
    again = augment.Plan.from_json(plan.to_json())
    assert again == plan
    np.testing.assert_array_equal(
        augment.render(again, pictures()).images, augment.render(plan, pictures()).images
    )


def check_captions(name: str) -> None:
    """Every op that happens has words, which change with what was drawn."""
    plan = augment.draw(recipe_of(name), IDS, seed=7, labels=one_hot())
    for index, row in enumerate(plan.rows):
        captions = plan.captions(index)
        assert len(captions) == len(row.ops)
        assert all(caption and "{" not in caption for caption in captions)
    op = augment.registry()[name]
    for row in plan.rows:
        for one in row.ops:
            either_way = [draw for draw in op.drawn_once if _goes_either_way(op.draws[draw])]
            words = op.caption({**one.values, **dict.fromkeys(either_way, -1e-9)})
            assert not re.search(r"-0(?:\.0+)?(?![.\d])", words), "no -0: write {x:+z.2f}"


def _goes_either_way(draw: augment.Draw) -> bool:
    around = getattr(draw, "centre", None)
    return around == 0.0 and (isinstance(draw, Within) or getattr(draw, "signed", False))


CHECKS = {
    function.__name__.removeprefix("check_"): function
    for function in list(globals().values())
    if getattr(function, "__name__", "").startswith("check_")
}
