"""Plant a bug of each sort, and see the contract tests catch it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import augment
from augment import distributions, drawing, ops, rendering, rng, spec
from tests import contract

Plant = Callable[..., None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that replaces parts of a registered op for one test."""

    def replace(name: str, **parts: Any) -> None:
        buggy = dataclasses.replace(augment.registry()[name], **parts)
        monkeypatch.setitem(spec._registry, name, buggy)
        ops._sorted.cache_clear()

    yield replace
    monkeypatch.undo()
    ops._sorted.cache_clear()


def caught(check: str, name: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        contract.CHECKS[check](name)


def test_a_label_from_the_requested_box(plant: Plant) -> None:
    real = augment.registry()["cut_mix"].function

    def requested(*pictures: Any, share: float, **rest: Any) -> Any:
        return real(*pictures, share=share, **rest)[0], share

    plant("cut_mix", function=requested)
    caught("mix_label", "cut_mix")


def test_a_swapped_share(plant: Plant) -> None:
    real = augment.registry()["mix_up"].function

    def swapped(*pictures: Any, **values: Any) -> Any:
        image, share = real(*pictures, **values)
        return image, 1.0 - share

    plant("mix_up", function=swapped)
    caught("mix_label", "mix_up")


def test_a_write_into_the_input(plant: Plant) -> None:
    def in_place(image: Any, out: Any) -> Any:
        image[:4] = 0
        return image

    plant("grayscale", function=in_place)
    caught("input_intact", "grayscale")


def test_an_inverted_strength(plant: Plant) -> None:
    drawn = {"shear": distributions.UpTo("x_factor", signed=True, strength=(1.0, 0.0))}
    plant("shear_x", draws=drawn)
    caught("strength", "shear_x")


def test_draws_keyed_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    by_id = rng.streams
    monkeypatch.setattr(
        drawing.rng, "streams", lambda seed, epoch, ids: by_id(seed, epoch, np.arange(len(ids)))
    )
    caught("order_size_threads", "shear_x")


def test_a_probability_applied_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    once = drawing._Drawing.step

    def twice(self: Any, step: Any, target: Any) -> None:
        again = target.uniform(f"{step.id}.again") < step.probability
        once(self, step, target.where(again))

    monkeypatch.setattr(drawing._Drawing, "step", twice)
    caught("probability", "grayscale")


def test_one_draw_for_the_whole_batch(plant: Plant) -> None:
    class Constant(distributions.UpTo):
        def sample(self, uniforms: Any, given: Any, strength: Any = None) -> Any:
            return super().sample(uniforms * 0 + 0.5, given, strength)

    plant("shear_x", draws={"shear": Constant("x_factor", signed=True)})
    caught("rows_differ", "shear_x")


def test_a_partner_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    def neighbours(self: Any, key: str, cases: Any) -> list[int]:
        return [(row + 1) % len(self.streams) for row in cases.rows.tolist()]

    monkeypatch.setattr(drawing._Drawing, "_partners", neighbours)
    caught("order_size_threads", "cut_mix")


def test_labels_left_unmixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_mixed_labels", lambda labels, stages, shares: labels)
    caught("mix_label", "cut_mix")


def test_an_identity_that_changes_something(plant: Plant) -> None:
    real = augment.registry()["cutout"].function
    plant("cutout", function=lambda *arrays, **values: real(*arrays, **values) ^ np.uint8(1))
    caught("identity", "cutout")


def test_another_type(plant: Plant) -> None:
    plant("grayscale", function=lambda image, out: image.astype(np.float32))
    caught("what_the_function_returns", "grayscale")


def test_no_documentation(plant: Plant) -> None:
    plant("grayscale", function=lambda image, out: image)
    caught("documented", "grayscale")
