"""Sweeps: what is ordered, and what the runs of one say together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment import Recipe, runs
from augment.engine.limits import SEED
from augment.errors import AugmentError, ConfigError, RunError
from augment.presets import PRESETS
from augment.runs import folders, sweep
from augment.runs.config import RunConfig
from augment.runs.groups import shares_graph
from augment.runs.queue import Order
from augment.runs.sweep import Sweep
from augment.system import files
from tests.runs.conftest import config as changed

MAGNITUDE = "rand_augment.magnitude=0.1,0.5"
COUNT = "rand_augment.augmentations_per_image=1,3"
NESTED = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "one_of", "id": "mix.a=b", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]},
            {"op": "cutout", "id": "first"},
            {"op": "cutout", "id": "second", "enabled": False},
            {"op": "rotate", "fill_mode": "reflect"},
        ],
    }
)


def ordered(
    *over: str, seeds: int = 1, config: RunConfig | None = None, **others: Any
) -> list[Order]:
    config = config or changed()
    return sweep.orders(
        config, [sweep.parse(config.recipe, text) for text in over], seeds, **others
    )


def cells(orders: Sequence[Order]) -> list[tuple[Any, ...]]:
    return [(*(order.sweep or {})["cell"].values(), order.config.seed) for order in orders]


def test_all_cells_with_the_first_seed_come_first() -> None:
    orders = ordered(MAGNITUDE, COUNT, seeds=2)
    assert cells(orders) == [
        (magnitude, count, seed)
        for seed, magnitude, count in itertools.product((3, 4), (0.1, 0.5), (1, 3))
    ]
    for order, (magnitude, count, _) in zip(orders, cells(orders), strict=True):
        params = order.config.recipe.steps[0].params
        assert (params["magnitude"], params["augmentations_per_image"]) == (magnitude, count)
        assert order.config.recipe.steps[1:] == changed().recipe.steps[1:]
        assert shares_graph(order.config, changed())
    assert orders[0].config.name == "magnitude 0.1, augmentations per image 1, seed 3"
    assert len({(order.sweep or {})["id"] for order in orders}) == 1
    assert len({order.run_id for order in orders}) == 8


def test_what_is_ordered_twice_has_the_same_ids() -> None:
    first = ordered(MAGNITUDE, COUNT, sweep_id="s")
    again = ordered(COUNT, "rand_augment.magnitude=0.9,0.5,0.5", sweep_id="s", seeds=2)
    ids = {order.run_id for order in first}
    assert len(again) == 8  # a value that is given twice counts once
    assert len(ids & {order.run_id for order in again}) == 2
    assert not ids & {order.run_id for order in ordered(MAGNITUDE, COUNT, sweep_id="other")}


@pytest.mark.parametrize(
    ("recipe", "text", "key", "values"),
    [
        (NESTED, "cut_mix.alpha=1, .5", "cut_mix.alpha", (0.5, 1.0)),
        (NESTED, "mix_up.probability=0.25", "mix_up.probability", (0.25,)),
        (NESTED, "mix.a=b.probability=1,0.5", "mix.a=b.probability", (0.5, 1.0)),
        (NESTED, "one_of.probability=1", "mix.a=b.probability", (1.0,)),
        (NESTED, "rotate.fill_mode=edge,constant", "rotate.fill_mode", ("constant", "edge")),
        (
            changed().recipe,
            "rand_augment.augmentations_per_image=2.0,1e0",
            "rand_augment.augmentations_per_image",
            (1, 2),
        ),
    ],
)
def test_a_step_is_named_by_its_id_or_its_op(
    recipe: Recipe, text: str, key: str, values: tuple[object, ...]
) -> None:
    found = sweep.parse(recipe, text)
    assert found.key == key
    assert sorted(found.values) == sorted(values)
    assert [type(value) for value in found.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("over", "changes", "expected"),
    [
        (["magnitude=0.1"], {}, ["STEP.PARAMETER=V,V", "'magnitude=0.1'"]),
        (["rand_augment.magnitude"], {}, ["STEP.PARAMETER=V,V"]),
        (["randaugment.magnitude=1"], {}, ['did you mean "rand_augment"', "cut_mix"]),
        (["rand_augment.magnitud=1"], {}, ['did you mean "magnitude"', "probability", "rate"]),
        (["rand_augment.magnitude=0.1,2"], {}, ["'2'", "a number from 0 to 1"]),
        (["rand_augment.magnitude=0.1,"], {}, ["''", "a number from 0 to 1"]),
        (["rand_augment.magnitude=nan"], {}, ["'nan'", "from 0 to 1"]),
        (["rand_augment.magnitude=٣"], {}, ["from 0 to 1"]),
        (["rand_augment.augmentations_per_image=1.5"], {}, ["a whole number from 1 to 8"]),
        (["rand_augment.policy=papr"], {}, ["'papr'", '"paper"']),
        (["rand_augment.probability=1.5"], {}, ["from 0 to 1"]),
        (["grid_mask.ratio_factor=0.1"], {}, ["grid_mask is off"]),
        (["rand_augment.fill_value=1"], {}, ["changes nothing unless fill_mode is constant"]),
        (["cutout.probability=1"], {"recipe": NESTED}, ["2 steps cutout", "first, second"]),
        ([MAGNITUDE, MAGNITUDE], {}, ["rand_augment.magnitude is given twice"]),
        ([MAGNITUDE, COUNT, "cut_mix.alpha=1"], {}, ["1 or 2 parameters", "3 were given"]),
        ([], {}, ["0 were given"]),
        ([MAGNITUDE], {"patience": 3}, ["patience is 3", "strong augmentation starts slowly"]),
        ([MAGNITUDE], {"seed": SEED.high}, ["seed must be"]),
    ],
)  # fmt: skip
def test_what_cannot_be_swept(
    over: list[str], changes: dict[str, Any], expected: list[str]
) -> None:
    with pytest.raises(AugmentError) as error:
        ordered(*over, config=changed(**changes), seeds=2)
    for words in expected:
        assert words in str(error.value)


def test_what_matters_for_one_choice_alone_can_be_swept_with_it() -> None:
    assert len(ordered("rand_augment.fill_value=0,9", "rand_augment.fill_mode=constant,edge")) == 4


@pytest.mark.parametrize(
    ("seeds", "nothing", "fits"), [(50, False, True), (50, True, False), (51, False, False)]
)
def test_a_sweep_has_at_most_200_runs(seeds: int, nothing: bool, fits: bool) -> None:
    if fits:
        assert len(ordered(MAGNITUDE, COUNT, seeds=seeds, with_nothing=nothing)) == sweep.MOST_RUNS
        return
    with pytest.raises(ConfigError, match="runs, and a sweep may have 200"):
        ordered(MAGNITUDE, COUNT, seeds=seeds, with_nothing=nothing)


def test_splits_without_validation_are_refused(home: Path) -> None:
    prepared = changed(splits="re-split").prepared()
    sweep.check_data(prepared)
    del prepared.splits["validation"]  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="official or re-split"):
        sweep.check_data(prepared)


def put(orders: Sequence[Order], accuracies: Sequence[float | str | None]) -> Sweep:
    """Write the runs of orders: with an accuracy, in another state, or not at all; return the sweep."""
    for order, result in zip(orders, accuracies, strict=True):
        if result is None:
            continue
        folder = folders.create(order.run_id, order.config, [1], owner="me", sweep=order.sweep)
        stopped = result == "STOPPED"
        if stopped or isinstance(result, float):
            accuracy = 0.9 if stopped else result
            folder.metrics.write_text(
                f"epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.1,2,{accuracy}\n2,2,0.1,2,0.01\n"
            )
        if result != "QUEUED":
            state = "SUCCEEDED" if stopped or isinstance(result, float) else result
            files.write_json(folder.state, {"state": state, "stopped_early": stopped})
    return read()


def read() -> Sweep:
    listed = runs.list_runs()
    [sweep_id] = sweep.ids(listed)
    return sweep.read(sweep_id, listed)


def test_a_sweep_is_read_from_its_runs(home: Path) -> None:
    orders = ordered(MAGNITUDE, COUNT, seeds=2, with_nothing=True)
    states = [0.4, 0.5, 0.3, "QUEUED", "FAILED", 0.42, 0.6, "STOPPED", None, None]
    found = put(orders, states)
    assert [each.key for each in found.over] == [
        "rand_augment.magnitude",
        "rand_augment.augmentations_per_image",
    ]
    assert [each.values for each in found.over] == [(0.1, 0.5), (1, 3)]
    assert found.seeds == (3, 4)
    assert [cell.values for cell in found.cells] == [(0.1, 1), (0.1, 3), (0.5, 1), (0.5, 3)]
    first = found.cells[0]
    assert (first.mean, first.count) == (pytest.approx(0.55), 2)
    assert first.deviation == pytest.approx(np.std([0.5, 0.6], ddof=1))
    assert first.figures == "55.0% ± 7.1 (2 seeds)"
    assert [cell.count for cell in found.cells[1:]] == [1, 0, 0]
    assert [cell.state for cell in found.cells] == ["", "1 stopped early", "1 queued", "1 failed"]
    assert found.nothing.mean == pytest.approx(0.41)
    assert found.problems == ()
    assert found.is_live
    assert found.best is first
    assert found.config == changed(recipe=found.config.recipe)
    document = json.loads(json.dumps([cell.to_dict(found.over) for cell in found.cells]))
    assert document[0]["values"] == {
        "rand_augment.magnitude": 0.1,
        "rand_augment.augmentations_per_image": 1,
    }
    assert document[2] == document[2] | {"mean": None, "deviation": None, "count": 0}


def test_a_damaged_run_is_left_out_and_said(home: Path) -> None:
    orders = ordered(MAGNITUDE, seeds=2)
    put(orders, [0.5, 0.6, 0.7, 0.8])
    (folders.find(orders[2].run_id).metrics).unlink()
    spec = folders.find(orders[3].run_id).spec
    spec.write_text(
        spec.read_text().replace('"rand_augment.magnitude": 0.5', '"rand_augment.magnitude": 7')
    )
    found = read()
    assert [cell.accuracies for cell in found.cells] == [(0.5,), (0.6,)]
    assert len(found.problems) == 2
    spec.write_text("{")
    assert [cell.accuracies for cell in read().cells] == [(0.5,), (0.6,)]


def test_an_unknown_sweep_is_refused(home: Path) -> None:
    put(ordered(MAGNITUDE, sweep_id="abcdef"), [0.5, 0.6])
    with pytest.raises(RunError, match='did you mean "abcdef"'):
        sweep.read("abcdeg", runs.list_runs())


@pytest.mark.parametrize(
    ("nothing", "weak", "strong", "expected", "never"),
    [
        ([None] * 3, [None] * 3, [None] * 3, ["No cell has a figure yet"], ["best"]),
        ([None] * 3, ["QUEUED"] * 3, ["QUEUED"] * 3, ["No cell has a figure yet"], ["best"]),
        (
            [None] * 3,
            [0.5, None, None],
            [0.6, None, None],
            ["best cell is magnitude 0.5: 60.0% (1 seed)", "with one seed a cell nobody can tell"],
            ["a winner", "so far"],
        ),
        (
            [None] * 3,
            [0.50, 0.51, 0.49],
            [0.512, 0.50, 0.51],
            [
                "0.7 points above the second, magnitude 0.1, less than the spread of a cell (0.8 points)"
                ": no winner yet",
                "The best of 2 cells on the validation pictures is optimistic",
            ],
            ["a winner"],
        ),
        (
            [None] * 3,
            [0.50, 0.51, 0.49],
            [0.62, 0.60, "QUEUED"],
            ["best cell so far", "11.0 points above the second", "of 2 equal cells: a winner"],
            ["no winner", "can be told"],
        ),
        (
            [0.50, 0.50, 0.51],
            [0.50, 0.51, 0.49],
            [0.62, 0.60, 0.61],
            ["Nothing has 50.3% ± 0.6 (3 seeds): the best cell is 10.7 points above it, more"],
            [],
        ),
        (
            [0.60, 0.61, 0.62],
            [0.50, 0.51, 0.49],
            [0.62, 0.60, 0.61],
            ["0.0 points above it, which can be chance."],
            [],
        ),
        (
            [0.71, 0.71, 0.71],
            [0.50, 0.51, 0.49],
            [0.62, 0.60, 0.61],
            ["10.0 points below it, more than chance makes."],
            [],
        ),
        ([0.5] * 3, [0.5] * 3, [0.5] * 3, ["0.0 points above the second", "no winner yet"], []),
    ],
)
def test_a_winner_is_named_only_beyond_the_spread(
    nothing: list[float | str | None],
    weak: list[float | str | None],
    strong: list[float | str | None],
    expected: list[str],
    never: list[str],
    home: Path,
) -> None:
    orders = ordered(MAGNITUDE, seeds=3, with_nothing=True)
    results = [each for seed in zip(nothing, weak, strong, strict=True) for each in seed]
    if not any(results):
        results[1] = "CANCELLED"
    text = " ".join(put(orders, results).verdict())
    for words in expected:
        assert words in text
    for words in never:
        assert words not in text


def test_equal_cells_have_a_winner_as_seldom_as_promised() -> None:
    """Twelve cells of three seeds that differ by chance alone: a winner in at most 5 of 100 sweeps."""
    rng = np.random.default_rng(3)
    named = 0
    for accuracies in rng.normal(0.6, 0.01, (200, 12, 3)):
        made = [
            sweep.Cell(
                values=(number,),
                words="",
                runs=(),
                seeds=(3, 4, 5),
                accuracies=tuple(each.tolist()),
            )
            for number, each in enumerate(accuracies)
        ]
        ranked = sorted(made, key=lambda cell: -(cell.mean or 0))
        spread = sweep._spread(made)
        assert spread is not None
        named += spread.chance(ranked[0], ranked[-1], 12) < 0.05
    assert 2 <= named <= 20  # the largest difference of all, of 200 sweeps: 10 are expected


def test_an_extension_adds_what_is_missing_and_nothing_twice(home: Path) -> None:
    found = put(ordered(MAGNITUDE, COUNT, seeds=2), [0.5] * 8)
    listed = runs.list_runs()
    assert sweep.missing(sweep.extension(found), listed) == []
    wider = sweep.parse(found.config.recipe, "rand_augment.magnitude=0.9")
    fresh = sweep.missing(sweep.extension(found, [wider], owner="me"), listed)
    assert sorted(cells(fresh)) == [(0.9, 1, 3), (0.9, 1, 4), (0.9, 3, 3), (0.9, 3, 4)]
    assert {order.owner for order in fresh} == {"me"}
    assert {(order.sweep or {})["id"] for order in fresh} == {found.id}
    more = sweep.missing(sweep.extension(found, seeds=3, with_nothing=True), listed)
    assert [order.config.seed for order in more if (order.sweep or {})["cell"]] == [5] * 4
    assert sum(not (order.sweep or {})["cell"] for order in more) == 3
    other = sweep.parse(found.config.recipe, "rand_augment.rate=0.9")
    with pytest.raises(ConfigError, match=r"does not vary 'rand_augment\.rate'"):
        sweep.extension(found, [other])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"name": "other"}, ""),
        ({"recipe": "stronger"}, ""),
        ({"epochs": 9}, "epochs is 9, but the runs of the sweep"),
        ({"seed": 9}, "seed is 9"),
        ({"recipe": PRESETS["mixing"].recipe}, "recipe"),
        ({"recipe": PRESETS["rand_augment"].recipe}, "The recipe differs"),
    ],
)
def test_only_what_can_be_compared_extends_a_sweep(
    changes: dict[str, Any], expected: str, home: Path
) -> None:
    found = put(ordered(MAGNITUDE), [0.5, 0.6])
    if changes.get("recipe") == "stronger":
        changes = {"recipe": ordered("rand_augment.magnitude=0.9")[0].config.recipe}
    if not expected:
        sweep.check_same(found, changed(**changes))
        return
    with pytest.raises(AugmentError, match=expected):
        sweep.check_same(found, changed(**changes))


@pytest.mark.parametrize("running", [True, False])
def test_a_stop_cancels_what_is_not_over(home: Path, running: bool) -> None:
    orders = ordered(MAGNITUDE, COUNT)
    put(orders, [0.5, "QUEUED", "QUEUED", "FAILED"])
    run = folders.find(orders[1].run_id)
    lock = files.acquire(run.lock)
    assert lock is not None
    with lock:
        files.write_json(run.state, {"state": "RUNNING"})
        assert sweep.stop(read(), running=running) == 1 + running
    assert run.cancel.exists() is running
    assert folders.find(orders[2].run_id).cancel.exists()
    assert not folders.find(orders[0].run_id).cancel.exists()


def test_what_ended_without_a_result_is_resumed(nothing_starts: None) -> None:
    put(ordered(MAGNITUDE, COUNT), [0.5, "CANCELLED", "QUEUED", "FAILED"])
    assert sweep.resume(read()) == (2, [])
    assert [run.state for run in read().runs].count("QUEUED") == 3
    assert read().resumable == []
