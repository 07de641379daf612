"""The compiled call gives the bytes and labels of the plain way, to the bit, whatever the plan."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import augment
from augment.engine import plain
from tests.engine.compiled.conftest import Compare, noise
from tests.given import happening, plan_of, step_of

OPS = augment.registry()
MIXES = [name for name, op in OPS.items() if op.mixes]
SIZES = [(1, 1), (1, 9), (7, 5), (33, 64), (64, 64), (100, 37), (224, 224)]
LONG = [(1, 500), (500, 2), (13, 1024)]


def drawn(
    steps: Sequence[dict[str, Any]], count: int, *, seed: int = 0, epoch: int = 0
) -> augment.Plan:
    recipe = augment.Recipe.from_dict({"version": 1, "steps": list(steps)})
    labels = np.eye(3, dtype=np.float32)[np.arange(count) % 3]
    return augment.draw(recipe, np.arange(count) + 5, seed=seed, epoch=epoch, labels=labels)


def settings(op: augment.Op) -> Iterator[dict[str, Any]]:
    """Yield all choices of an op, and with each of them its numbers at either end and by default."""
    choices = {name: p.choices for name, p in op.params.items() if p.type == "choice"}
    numbers = [p for p in op.params.values() if p.type != "choice"]
    ends = [{}, {p.name: p.bounds[0] for p in numbers}, {p.name: p.bounds[1] for p in numbers}]
    for chosen in itertools.product(*choices.values()):
        for end in ends:
            yield {**dict(zip(choices, chosen, strict=True)), **end}


@pytest.mark.parametrize("name", OPS)
def test_every_op_with_all_choices_at_its_ends(name: str, same: Compare) -> None:
    seen = set()
    for number, given in enumerate(settings(OPS[name])):
        step = step_of(name, **given)
        plan = drawn([step], 4, epoch=number)
        seen |= {one.op for row in plan.rows for one in row.ops}
        same(plan, noise(4, *SIZES[number % 4]), words=step)
    assert seen, "something happened"


@pytest.mark.parametrize("size", SIZES + LONG, ids=str)
def test_every_op_at_every_size(size: tuple[int, int], same: Compare) -> None:
    for number, name in enumerate(OPS):
        settings = {"rate": 1.0} if "rate" in OPS[name].params else {}
        plan = drawn([step_of(name, **settings)], 2, epoch=number)
        same(plan, noise(2, *size), words=name)


class Recipes:
    """Draws recipes of any ops and settings, always the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.ids = map(str, itertools.count())

    def steps(self, count: int = 6, depth: int = 0) -> list[dict[str, Any]]:
        return [self.step(depth) for _ in range(self.rng.integers(1, count + 1))]

    def step(self, depth: int) -> dict[str, Any]:
        op = OPS[str(self.rng.choice(list(OPS)))]
        if op.takes_steps and depth > 2:
            return self.step(depth)
        given = {name: self.value(param) for name, param in op.params.items()}
        step = {"op": op.name, "id": next(self.ids), **given}
        if self.rng.random() < 0.3:
            step["probability"] = round(float(self.rng.random()), 2)
        if not depth and self.rng.random() < 0.2:
            step["classes"] = [0, 2]
        if op.takes_steps:
            step["steps"] = self.steps(3, depth + 1)
        return step

    def value(self, param: Any) -> Any:
        if param.type == "choice":
            return str(self.rng.choice(param.choices))
        low, high = param.bounds
        value = low + (high - low) * self.rng.choice([0.0, 1.0, self.rng.random()])
        if param.type == "float":
            return round(float(value), 2)
        return bool(value > 0.5) if param.type == "bool" else round(float(value))


@pytest.mark.parametrize("seed", range(12))
def test_recipes_drawn_at_random(seed: int, same: Compare) -> None:
    """With policies in policies, probabilities and classes; the plan as it was drawn, and replayed."""
    recipes = Recipes(seed)
    for number in range(16):
        try:
            plan = drawn(
                steps := recipes.steps(),
                count := int(recipes.rng.choice([1, 2, 3, 8, 17])),
                seed=seed,
                epoch=number,
            )
        except augment.RecipeError:
            continue  # a combination that no recipe may have
        images = noise(count, *SIZES[(seed + number) % len(SIZES)], seed=number)
        rendered = same(plan, images, threads=1 + number % 4, words=steps)
        again = augment.Plan.from_json(plan.to_json())
        np.testing.assert_array_equal(same(again, images, words=steps), rendered)


@pytest.mark.parametrize("names", list(itertools.product(MIXES, repeat=3)), ids="-".join)
def test_mixes_in_every_order(names: Sequence[str], same: Compare) -> None:
    """With and without something between them, in all rows and in some of them."""
    for probability, other in ((1.0, []), (0.6, [{"op": "invert", "probability": 0.5}])):
        steps = [
            each
            for name in names
            for each in ({"op": name, "probability": probability, "id": name}, *other)
        ]
        numbered = [{**step, "id": f"{number}"} for number, step in enumerate(steps)]
        same(drawn(numbered, 9), noise(9, 16, 13), threads=2, words=numbered)


@pytest.mark.parametrize("mix", MIXES)
def test_what_happens_at_the_stage_where_another_row_mixes(mix: str, same: Compare) -> None:
    """Its warp is not joined with those before and after, as no row goes on until all have mixed."""
    turns = [happening("rotate", turn=0.03, stage=stage) for stage in range(3)]
    [mixing] = [one for row in drawn([{"op": mix}], 2).rows[:1] for one in row.ops]
    plan = plan_of(turns, [turns[0], mixing._replace(stage=1, partner=0), turns[2]], turns[:2])
    images = noise(3, 16, 13)
    rendered = same(plan, images)
    joined = same(plan_of(turns), images[:1])
    assert (rendered[0] != joined[0]).any()


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 7, 1024])
def test_batches(count: int, threads: int, same: Compare) -> None:
    """More threads than pictures, more pictures than one block has, and none."""
    names = ("rotate", "equalize", "cut_mix", "saturation", "mix_up", "gaussian_noise", "shear_x")
    plan = drawn([{"op": name, "probability": 0.8} for name in names], count)
    same(plan, noise(count, 8, 8), threads=threads)


@pytest.mark.parametrize("name", augment.presets.PRESETS)
def test_presets(name: str, same: Compare) -> None:
    steps = augment.presets.PRESETS[name].recipe.to_dict()["steps"]
    for epoch in range(3):
        same(drawn(steps, 32, epoch=epoch), noise(32, 32, 24), threads=2)


def test_nothing_is_written_to_what_is_read_only(same: Compare) -> None:
    images = noise(6, 16, 13)
    images.flags.writeable = False
    for names in ((), ("invert",), ("rotate", "mix_up"), ("cut_mix", "puzzle_mix", "solarize")):
        same(drawn([{"op": name} for name in names], 6), images)


def test_pictures_that_are_not_contiguous(same: Compare) -> None:
    plan = drawn([{"op": "rotate"}, {"op": "mix_up"}, {"op": "equalize"}], 6)
    expected = same(plan, noise(6, 16, 13))
    wide = np.repeat(noise(6, 16, 13), 2, axis=2)
    np.testing.assert_array_equal(same(plan, wide[:, :, ::2]), expected)
    np.testing.assert_array_equal(same(plan, noise(6, 16, 13)[..., ::-1][..., ::-1]), expected)


@pytest.mark.parametrize("mixes", range(4))
def test_all_of_out_is_written(mixes: int, program: ModuleType) -> None:
    """However many mixes there are, of which the last must end there; also where nothing happens."""
    steps = [{"op": "invert", "probability": 0.5, "id": "i"}]
    steps += [{"op": MIXES[n % 3], "id": f"{n}", "probability": 0.7} for n in range(mixes)]
    plan, images = drawn(steps, 8), noise(8, 10, 9)
    expected = np.empty_like(images)
    plain.run(plan, images, expected)
    for filling in (0, 255):
        out = np.full_like(images, filling)
        program.run(plan, images, out)
        np.testing.assert_array_equal(out, expected)


def test_columns_are_made_of_rows_without_a_loss(program: ModuleType) -> None:
    """A row may have an op more than once, and another order than the next row."""
    for seed in range(30):
        recipes = Recipes(1000 + seed)
        try:
            plan = drawn(recipes.steps(), 6, seed=seed)
        except augment.RecipeError:
            continue
        columns = program.columns_of(plan.rows)
        found: list[list[augment.Applied]] = [[] for _ in plan.rows]
        for column in columns:
            for number, applied in zip(column.rows.tolist(), column.applied(), strict=True):
                found[number].append(applied)
        assert [tuple(ops) for ops in found] == [row.ops for row in plan.rows]


def test_a_paste_and_the_blend_after_it_are_one_pass(program: ModuleType) -> None:
    """And nothing else is: a blend before a paste, or what Python mixes."""
    passes = {
        names: len(list(program._together(program.program_of(plan).passes)))
        for names in itertools.product(MIXES, repeat=2)
        if (plan := drawn([{"op": name, "id": f"{n}"} for n, name in enumerate(names)], 4))
    }
    assert {names for names, count in passes.items() if count == 1} == {("cut_mix", "mix_up")}
    assert set(passes.values()) == {1, 2}
