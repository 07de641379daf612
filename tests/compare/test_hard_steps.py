"""Which step is hard: losses of which the test knows what made them."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment import runs
from augment.cli import main
from augment.compare.groups import Group, group_of
from augment.compare.hard_steps import (
    BINS,
    PERIODS,
    HardOp,
    Loss,
    added_loss,
    hard_steps,
    has_happened,
    strength_of,
)
from augment.data.store.prepared import Prepared
from augment.engine.plan import Applied
from augment.engine.recipe import Recipe
from augment.errors import RunError
from augment.runs.config import RunConfig
from augment.train.epoch_batches import EpochBatches
from augment.train.train_losses import TrainLosses
from tests.cli.test_documented import Checked
from tests.compare.conftest import CONFIG, LABELS, finish, folder_of
from tests.given import happening

RIGHT = LABELS.tolist()
STEPS = [
    {"op": "flip", "rate": 0.5, "probability": 0.5, "classes": [0, 1, 2, 3]},
    {"op": "rand_augment", "rate": 0.5, "magnitude": 0.5},
    {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up", "alpha": 1.0}]},
]

Cost = Callable[[tuple[Applied, ...]], float]


@pytest.fixture
def trained(
    prepared: Prepared, home_without_queue: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Group]]:
    """Make a group of runs whose losses are a function of what happened to each picture."""
    monkeypatch.setenv("AUGMENT_HOME", str(home_without_queue))
    made = []

    def train(
        cost: Cost, *, seeds: tuple[int, ...] = (1,), steps: Any = STEPS, **changes: Any
    ) -> Group:
        recipe = Recipe.from_dict({"version": 1, "steps": steps})
        for seed in seeds:
            run = finish(RIGHT, recipe=recipe, seed=seed, **changes)
            made.append(run)
            assert run.config is not None
            _write_losses(run, run.config, prepared, cost)
        return group_of(made[-len(seeds) :])

    yield train
    for run in made:
        for path in run.path.iterdir():
            path.unlink()
        run.path.rmdir()


def _write_losses(run: runs.Run, config: RunConfig, prepared: Prepared, cost: Cost) -> None:
    batches = EpochBatches(config, prepared)
    written = TrainLosses(folder_of(run), batches.ids, epochs=config.epochs)
    for epoch in range(1, config.epochs + 1):
        for_rows = [
            (row, cost(() if plan is None else happens.ops))
            for batch, rows in enumerate(batches.rows(epoch))
            for plan in [batches.plan(epoch, batch)]
            for row, happens in zip(
                rows.tolist(), plan.rows if plan else [None] * len(rows), strict=True
            )
        ]
        rows, losses = (np.array(each) for each in zip(*for_rows, strict=True))
        written.add(epoch, rows.astype(int), losses)


def by_title(ops: tuple[HardOp, ...]) -> dict[str, HardOp]:
    return {op.title: op for op in ops}


def happens(name: str, ops: tuple[Applied, ...]) -> bool:
    return any(one.op == name and has_happened(one) for one in ops)


@pytest.mark.parametrize("name", ["solarize", "cut_mix"])
def test_the_op_that_makes_pictures_hard_is_found(trained: Callable[..., Group], name: str) -> None:
    group = trained(lambda ops: 1.0 + 2.0 * happens(name, ops), seeds=(1, 2), epochs=1)
    found = hard_steps(group)
    for op in found.ops:
        if op.op == name:
            assert {one.mean for one in op.happened} == {3.0}
            assert {one.mean for one in op.otherwise} == {1.0}
        elif op.op not in ("rand_augment", "one_of") and op.title != "MixUp":
            happened, otherwise = op.happened[-1], op.otherwise[-1]
            assert happened.mean is not None
            assert otherwise.mean is not None
            assert happened.error is not None
            # An op of RandAugment takes a slot that another would have had.
            assert abs(happened.mean - otherwise.mean) < 0.3 + 4 * happened.error
    assert found.runs == tuple(run.id for run in group.runs)
    assert found.pictures == 2 * 176


def test_every_step_is_there_with_what_is_in_it(
    trained: Callable[..., Group], prepared: Prepared
) -> None:
    found = hard_steps(trained(lambda ops: float(len(ops)), epochs=3))
    ops = by_title(found.ops)
    assert [op.title for op in found.ops if not op.within] == ["Flip", "RandAugment", "One of"]
    assert ops["CutMix"].within == "One of"
    assert ops["Solarize"].within == "RandAugment"
    assert ops["Solarize"].step == "rand_augment"
    total = found.pictures
    mixed = [ops[name].happened[-1].pictures for name in ("CutMix", "MixUp", "One of")]
    assert mixed[0] + mixed[1] == mixed[2] == total
    assert ops["One of"].otherwise[-1].mean is None
    of_classes = np.isin(prepared.split("train").labels, [0, 1, 2, 3]).sum() * 3
    flip = ops["Flip"]
    assert flip.happened[-1].pictures + flip.otherwise[-1].pictures == of_classes
    assert sum(one.pictures for one in flip.happened[:-1]) == flip.happened[-1].pictures
    assert found.periods == ((1, 1), (2, 2), (3, 3), (1, 3))
    assert any("mixed label" in note for note in found.notes)
    assert found.to_dict()["ops"][0]["happened"][-1]["pictures"] == flip.happened[-1].pictures


def test_losses_grow_with_the_strength_that_made_them(trained: Callable[..., Group]) -> None:
    def cost(ops: tuple[Applied, ...]) -> float:
        return sum(strength_of(one) for one in ops if one.op == "brightness")

    steps = [{"op": "brightness", "factor": 0.5}, {"op": "grayscale", "probability": 0.5}]
    found = by_title(hard_steps(trained(cost, epochs=2, steps=steps)).ops)
    bins = found["Brightness"].strengths
    assert len(bins) == BINS
    assert found["Grayscale"].strengths == ()
    assert bins[0].low < 0.02
    assert bins[-1].high == pytest.approx(0.5, abs=0.02)
    for one in bins:
        assert one.low <= (one.losses[-1].mean or 0) <= one.high
        assert one.losses[-1].pictures == pytest.approx(2 * 176 / BINS, abs=3)


def test_a_first_head_epoch_is_left_out_because_it_is_not_augmented(
    trained: Callable[..., Group],
) -> None:
    heads = {"weights": "/weights.keras", "head_epochs": 2}
    found = hard_steps(trained(lambda ops: float(happens("flip", ops)), epochs=3, **heads))
    assert found.epochs == (2, 3)
    assert by_title(found.ops)["Flip"].happened[-1].mean == 1.0


def test_of_a_long_training_some_epochs_are_drawn_again(trained: Callable[..., Group]) -> None:
    group = trained(lambda ops: 1.0, epochs=20, steps=[{"op": "flip"}])
    found = hard_steps(group, most=10 * 176)
    assert (len(found.epochs), found.epochs[0], found.epochs[-1]) == (10, 1, 20)
    assert found.notes == ("From 10 of 20 epochs, which are 1,760 pictures.",)
    assert len(found.periods) == PERIODS + 1
    fewer = hard_steps(group, most=PERIODS * 16)
    assert len(fewer.epochs) == PERIODS
    assert fewer.pictures == PERIODS * 16


def test_what_cannot_be_repeated_is_refused(trained: Callable[..., Group]) -> None:
    group = trained(lambda ops: 1.0)
    losses = folder_of(group.runs[0]).train_losses
    TrainLosses(folder_of(group.runs[0]), np.arange(176), epochs=1).add(
        1, np.arange(176), np.ones(176)
    )
    with pytest.raises(RunError, match=r"data of the run .* has changed"):
        hard_steps(group)
    for content in (b"torn", b""):
        losses.write_bytes(content)
        with pytest.raises(RunError, match=r"train_losses\.npz"):
            hard_steps(group)
    losses.unlink()
    with pytest.raises(RunError, match="has the losses of its training pictures"):
        hard_steps(group)
    with pytest.raises(RunError, match="no step that could be hard"):
        hard_steps(replace(group, config=replace(CONFIG, recipe=Recipe())))


@pytest.mark.parametrize("name", list(augment.registry()))
def test_strength_runs_from_nothing_to_the_extreme(name: str) -> None:
    """Every drawn argument of a plan gives a strength from 0, which changes nothing, to 1."""
    op = augment.registry()[name]
    follows = {one: draw for one, draw in op.draws.items() if draw.takes_strength}
    if op.kind == "policy" or not (follows or op.mixes):
        return
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": name}]})
    plan = augment.draw(recipe, np.arange(64), seed=3)
    strengths = [strength_of(applied) for row in plan.rows for applied in row.ops]
    assert len(strengths) == 64
    assert all(0.0 <= one <= 1.0 for one in strengths)
    assert max(strengths) > min(strengths)
    if not follows:
        return
    for strength, expected in ((0, 0.0), (1, 1.0)):
        values = {}
        for argument, draw in follows.items():
            end = draw.strength_range(op.params)[strength]
            uniforms = np.full((draw.uniforms_needed, 1), 1.0 - 2.0**-53)
            values[argument] = draw.sample(uniforms, {}, np.array([float(end)])).item()
        applied = Applied(**(happening(name, **values) | {"branches": ()}))
        assert strength_of(applied) == pytest.approx(expected, abs=1e-9)


def test_the_strength_of_a_mix_is_how_evenly_two_pictures_share_it() -> None:
    shares = {0.0: 0.0, 0.1: 0.2, 0.5: 1.0, 0.75: 0.5, 1.0: 0.0}
    for share, strength in shares.items():
        applied = Applied(**(happening("mix_up", share=share) | {"branches": ()}))
        assert strength_of(applied) == pytest.approx(strength)
    assert math.isnan(strength_of(Applied(**(happening("grayscale") | {"branches": ()}))))


def test_a_flip_in_no_direction_has_not_happened() -> None:
    for horizontal, vertical in ((True, False), (False, True), (False, False)):
        values = happening("flip", horizontal=horizontal, vertical=vertical)
        assert has_happened(Applied(**(values | {"branches": ()}))) is (horizontal or vertical)


def hard_op(happened: Loss, otherwise: Loss) -> HardOp:
    first = Loss(mean=9.0, error=9.0, pictures=9)
    return HardOp(
        step="a",
        op="invert",
        title="Invert",
        within="",
        happened=(first, happened),
        otherwise=(first, otherwise),
    )


def test_what_an_op_adds_is_the_difference_over_all_epochs_with_both_errors() -> None:
    found = added_loss(
        hard_op(Loss(mean=2.5, error=0.3, pictures=100), Loss(mean=1.5, error=0.4, pictures=200))
    )
    assert found is not None
    assert (found.difference, found.low, found.high) == pytest.approx((1.0, 0.02, 1.98))


def test_without_pictures_on_both_sides_it_is_not_known() -> None:
    some, none = Loss(mean=2.5, error=0.3, pictures=100), Loss(mean=None, error=None, pictures=0)
    single = Loss(mean=2.5, error=None, pictures=1)
    assert added_loss(hard_op(some, none)) is None
    assert added_loss(hard_op(none, some)) is None
    assert added_loss(hard_op(single, some)) is None


def test_the_command_has_the_figures_of_every_group(
    trained: Callable[..., Group], capsys: pytest.CaptureFixture[str]
) -> None:
    group = trained(lambda ops: 1.0 + 2.0 * happens("solarize", ops), seeds=(1, 2))
    run = finish(RIGHT, recipe=Recipe())
    ids = ["compare", ",".join(each.id for each in group.runs), run.id, "--hard-steps"]
    try:
        assert main([*ids, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert main(ids) == 0
        text = capsys.readouterr().out
    finally:
        shutil.rmtree(run.path)
    assert [each["group"] for each in found["hard_steps"]] == [
        each["name"] for each in found["groups"]
    ]
    hard, nothing = found["hard_steps"]
    assert (hard["problem"], nothing["ops"]) == ("", [])
    assert "no step that could be hard" in nothing["problem"]
    assert nothing["problem"] in text
    first, *others = hard["ops"]
    assert (first["op"], first["within"]) == ("solarize", "RandAugment")
    assert (
        first["added"]["difference"] == first["happened"]["mean"] - first["otherwise"]["mean"] == 2
    )
    known = [each["added"]["difference"] for each in others if each["added"]]
    assert known == sorted(known, reverse=True)
    assert len(hard["ops"]) == len(hard_steps(group).ops) > len(known) + 1
    rows = text.split("group 1 adds to the training loss:")[1].splitlines()
    assert rows[2].split("  ")[0] == "RandAugment → Solarize"
    checked = Checked("compare")
    checked.take(found)
    missing = [name for name in checked.missing if name.startswith("hard_steps")]
    assert (checked.wrong, missing) == ([], [])
