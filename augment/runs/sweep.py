"""Sweeps: a recipe with several values of one or two of its parameters, each trained with several seeds.

A sweep has no files of its own: it is all runs whose ``spec.json`` names it, and all about it is read
from them. A *cell* is one combination of the values; its runs differ in the seed alone. No run of a sweep
ends early by itself, because strong augmentation starts slowly and would be the first to be dropped.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, stdev
from typing import Any

from augment.data import Prepared
from augment.data.source import VALIDATION
from augment.engine.limits import cut, did_you_mean, shorten
from augment.engine.op import registry
from augment.engine.params import Param
from augment.engine.recipe import Recipe, Step
from augment.errors import AugmentError, ConfigError, RunError
from augment.inspect.settings import PROBABILITY, find, with_setting
from augment.runs import queue
from augment.runs.config import NAME_LENGTH, RunConfig
from augment.runs.groups import OverSeeds, meaning
from augment.runs.queue import Order
from augment.runs.run import QUEUED, RUNNING, SUCCEEDED, Run
from augment.system.units import counted

MOST_PARAMETERS = 2
MOST_RUNS = 200
"""Runs that a sweep may have."""

_CHANCE = 0.05
_DIGITS = 10
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Varied:
    """A parameter of a step with the values that a sweep gives it.

    Attributes:
        step: The id of the step.
        param: The parameter of its op, or `PROBABILITY`.
        title: What it is called on a page, as in "RandAugment: Magnitude".
        values: The values, each once, ascending; choices in the order of the op.
    """

    step: str
    param: Param
    title: str
    values: tuple[Any, ...]

    @property
    def key(self) -> str:
        """Its name in the cell of a run, "STEP.PARAMETER"."""
        return f"{self.step}.{self.param.name}"


def parse(recipe: Recipe, text: str) -> Varied:
    """Read "STEP.PARAMETER=V,V,…", where STEP is the id of a step, or its op if only one step has it.

    Raises:
        ConfigError: There is no such step or parameter, or a value is not allowed; the message says
            what is.
    """
    place, _, words = text.rpartition("=")
    if not place.rpartition(".")[0]:
        raise ConfigError(
            "What to vary must be STEP.PARAMETER=V,V,… as in rand_augment.magnitude=0.1,0.3, but "
            f"{shorten(text)} was given."
        )
    return varied(recipe, place, [word.strip() for word in words.split(",")])


def varied(recipe: Recipe, place: str, values: Sequence[Any]) -> Varied:
    """Return the parameter "STEP.PARAMETER" with these values, which may be text.

    Raises:
        ConfigError: There is no such step or parameter, or a value is not allowed; the message says
            what is.
    """
    step_name, _, name = place.rpartition(".")
    step = _step(recipe, step_name)
    op = registry()[step.op]
    params = {**op.params, PROBABILITY.name: PROBABILITY}
    if name not in params:
        raise ConfigError(
            f"The step {step.id} has no parameter {shorten(name)}{did_you_mean(name, params)}; it has "
            f"{', '.join(params)}."
        )
    param = params[name]
    found = []
    for value in values:
        is_number = isinstance(value, str) and param.type != "choice" and _NUMBER.fullmatch(value)
        try:
            found.append(param.check(float(value) if is_number else value))
        except ValueError as error:
            raise ConfigError(
                f"{step.id}.{name} is {shorten(value)}; {error}. Commas separate several values."
            ) from None
    alike = [other.id for other in recipe.walk() if other.op == step.op]
    which = f" {alike.index(step.id) + 1}" if len(alike) > 1 else ""
    return Varied(
        step=step.id,
        param=param,
        title=f"{op.title}{which}: {param.label}",
        values=_in_order(param, found),
    )


def check_data(prepared: Prepared) -> None:
    """Check that the cells can be compared by validation pictures.

    Raises:
        ConfigError: There are none; the message has the splits to use.
    """
    if not len(prepared.splits.get(VALIDATION, ())):
        raise ConfigError(
            "A sweep compares its cells on validation pictures, and there are none with these splits; "
            "use the splits official or re-split."
        )


def orders(
    config: RunConfig,
    over: Sequence[Varied],
    seeds: int,
    *,
    sweep_id: str = "",
    owner: str = "",
    with_nothing: bool = False,
) -> list[Order]:
    """Return the runs of a sweep: all cells with the first seed, then all with the second.

    The id of a run follows from the sweep, the cell and the seed, so that whatever is ordered twice is
    queued once.

    Args:
        config: The configuration of every run, but for the parameters in ``over`` and the seed, which
            counts up from that of the configuration.
        over: One or two parameters, as `parse` returns them.
        seeds: How many.
        sweep_id: The sweep to extend; empty for a new one.
        owner: The hash of the token of whoever submits them; empty for the command line.
        with_nothing: Whether the empty recipe is trained with the same seeds too.

    Raises:
        ConfigError: It has too many runs, too many parameters, one that changes nothing, or patience.
    """
    _check(config, over, seeds, with_nothing)
    sweep_id = sweep_id or queue.new_id("sweep")
    cells: list[tuple[dict[str, Any], Recipe, str]] = []
    if with_nothing:
        cells.append(({}, Recipe(), "Nothing"))
    for values in itertools.product(*(each.values for each in over)):
        recipe = config.recipe
        for each, value in zip(over, values, strict=True):
            recipe = with_setting(recipe, each.step, each.param.name, value)
        cell = {each.key: value for each, value in zip(over, values, strict=True)}
        cells.append((cell, recipe, in_words(over, values)))
    return [
        Order(
            config=replace(config, recipe=recipe, seed=seed, name=_name(config.name, words, seed)),
            run_id=_run_id(sweep_id, cell, seed),
            owner=owner,
            sweep={"id": sweep_id, "cell": cell},
        )
        for seed in range(config.seed, config.seed + seeds)
        for cell, recipe, words in cells
    ]


def missing(ordered: Sequence[Order], listed: Sequence[Run]) -> list[Order]:
    """Return those orders of which there is no run yet."""
    ids = {run.id for run in listed}
    return [order for order in ordered if order.run_id not in ids]


def in_words(over: Sequence[Varied], values: Sequence[Any]) -> str:
    """Return the values of a cell, as in "magnitude 0.3, augmentations per image 2"."""
    return ", ".join(
        f"{each.param.label[:1].lower()}{each.param.label[1:]} {each.param.format(value)}"
        for each, value in zip(over, values, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination of the values, with its runs.

    Attributes:
        values: A value for each parameter; none for the empty recipe.
        words: The values in words.
        runs: Its runs by seed.
        seeds: The seeds of those that count, which trained to their end.
        accuracies: The best validation accuracy of each of these, 0 to 1.
    """

    values: tuple[Any, ...]
    words: str
    runs: tuple[Run, ...]
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many runs the mean is of."""
        return len(self.accuracies)

    @property
    def mean(self) -> float | None:
        """The mean accuracy over the seeds; None before there is one."""
        found = OverSeeds.of(self.accuracies)
        return found.mean if found else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation over the seeds; None for less than two."""
        found = OverSeeds.of(self.accuracies)
        return found.deviation if found else None

    @property
    def figures(self) -> str:
        """Mean, deviation and number of seeds in words, else what its runs do."""
        found = OverSeeds.of(self.accuracies)
        return found.in_words() if found else self.state

    @property
    def state(self) -> str:
        """What its runs that do not count do, as in "1 running, 2 queued"; empty if all count."""
        if not self.runs:
            return "not queued"
        states: dict[str, int] = {}
        for run in self.runs:
            if run.state == SUCCEEDED and not run.stopped_early:
                continue
            word = "stopped early" if run.state == SUCCEEDED else run.state.lower()
            states[word] = states.get(word, 0) + 1
        return ", ".join(f"{count} {word}" for word, count in states.items())

    def to_dict(self, over: Sequence[Varied]) -> dict[str, Any]:
        """Return the cell as JSON values; accuracies are shares of 1."""
        keys = (each.key for each in over)
        return {
            "values": dict(zip(keys, self.values, strict=True)) if self.values else {},
            "runs": [run.id for run in self.runs],
            "mean": self.mean,
            "deviation": self.deviation,
            "count": self.count,
            "state": self.state,
        }


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep as its runs are now.

    Attributes:
        id: Its id.
        over: The parameters, with all values that its runs have.
        cells: All combinations of the values, also those without a run; the last parameter varies
            fastest.
        nothing: The runs of the empty recipe; without any, they were not ordered.
        runs: All runs, in the order in which they were queued.
        config: The configuration of the first of them.
        seeds: All seeds, ascending.
        problems: What is wrong with runs that are left out, in sentences.
    """

    id: str
    over: tuple[Varied, ...]
    cells: tuple[Cell, ...]
    nothing: Cell
    runs: tuple[Run, ...]
    config: RunConfig
    seeds: tuple[int, ...]
    problems: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Whether a run of it is queued or running."""
        return any(not run.is_over for run in self.runs)

    @property
    def done(self) -> int:
        """How many runs have succeeded."""
        return sum(run.state == SUCCEEDED for run in self.runs)

    @property
    def best(self) -> Cell | None:
        """The cell with the highest mean; None before there is one. The empty recipe does not count."""
        finished = [cell for cell in self.cells if cell.count]
        return max(finished, key=lambda cell: cell.mean or 0.0, default=None)

    @property
    def resumable(self) -> list[Run]:
        """The runs that ended without a result and can be resumed."""
        return [run for run in self.runs if queue.can_resume(run)]

    @property
    def spread(self) -> float | None:
        """The standard deviation over the seeds within a cell, pooled over all cells; None if unknown."""
        found = _spread([*self.cells, self.nothing])
        return found.deviation if found else None

    def verdict(self) -> list[str]:
        """Return what can be said of the best cell, and whether it is more than chance, in sentences."""
        return _verdict(self)


def read(sweep_id: str, listed: Sequence[Run]) -> Sweep:
    """Return a sweep as its runs are.

    Args:
        sweep_id: Its id.
        listed: All runs of this machine.

    Raises:
        RunError: No run belongs to it, or none can be used.
    """
    runs = [run for run in listed if run.sweep == sweep_id]
    if not runs:
        hint = did_you_mean(sweep_id, {run.sweep for run in listed if run.sweep})
        raise RunError(f"There is no sweep {shorten(sweep_id)}{hint}.")
    runs.sort(key=lambda run: (run.created is None, run.created, run.id))
    problems = [f"{run.id} is left out: {run.problem}" for run in runs if run.config is None]
    usable = [run for run in runs if run.config is not None]
    first = next((run for run in usable if run.cell), None)
    if first is None or first.config is None:
        raise RunError(f"No run of the sweep {shorten(sweep_id)} has a cell that can be read.")
    over, placed = _placed(first.config.recipe, tuple(first.cell), usable)
    problems += [
        f"{run.id} is left out: its cell is not one of this sweep."
        for run in usable
        if run.cell and run.id not in placed
    ]
    cells = []
    for values in itertools.product(*(each.values for each in over)):
        of_cell = [run for run in usable if placed.get(run.id) == values]
        cells.append(_cell(values, in_words(over, values), of_cell, problems))
    of_nothing = [run for run in usable if not run.cell]
    nothing = _cell((), "nothing", of_nothing, problems)
    kept = [run for run in usable if run.id in placed or not run.cell]
    seeds = {run.config.seed for run in kept if run.config}
    base = replace(first.config, seed=min(seeds), name="")
    return Sweep(
        id=sweep_id,
        over=over,
        cells=tuple(cells),
        nothing=nothing,
        runs=tuple(kept),
        config=base,
        seeds=tuple(sorted(seeds)),
        problems=tuple(problems),
    )


def ids(listed: Sequence[Run]) -> list[str]:
    """Return the ids of all sweeps, in the order of the runs."""
    return list(dict.fromkeys(run.sweep for run in listed if run.sweep))


def is_sweep(name: str) -> bool:
    """Return whether a name is that of a sweep, and not that of a run."""
    listed = queue.list_runs()
    return (
        bool(name)
        and any(run.sweep == name for run in listed)
        and name not in {run.id for run in listed}
    )


def check_same(sweep: Sweep, config: RunConfig) -> None:
    """Check that further runs with a configuration can be compared with those of a sweep.

    Raises:
        ConfigError: They differ in more than the values of its parameters and the name.
    """
    here, there = config.to_dict(), sweep.config.to_dict()
    for name in here:
        if name not in ("recipe", "name") and here[name] != there[name]:
            raise ConfigError(
                f"{name} is {shorten(here[name])}, but the runs of the sweep {sweep.id} have "
                f"{shorten(there[name])}; leave it out, or begin a new sweep."
            )
    recipes = [config.recipe, sweep.config.recipe]
    for each in sweep.over:
        recipes = [
            with_setting(recipe, each.step, each.param.name, each.values[0]) for recipe in recipes
        ]
    if meaning(recipes[0]) != meaning(recipes[1]):
        raise ConfigError(
            f"The recipe differs from that of the sweep {sweep.id} in more than what it varies; leave it "
            "out, or begin a new sweep."
        )


def extension(
    sweep: Sweep,
    over: Sequence[Varied] = (),
    seeds: int = 0,
    *,
    owner: str = "",
    with_nothing: bool = False,
) -> list[Order]:
    """Return all runs of a sweep with more values or seeds; `missing` has those that are not there yet.

    Args:
        sweep: The sweep.
        over: Its parameters with further values; those that it has need not be given again.
        seeds: How many from its first one on; 0 for those that it has.
        owner: The hash of the token of whoever submits them; empty for the command line.
        with_nothing: Whether the empty recipe is trained too; it is if it was before.

    Raises:
        ConfigError: It does not vary one of the parameters, or has too many runs then.
    """
    given = {each.key: each for each in over}
    keys = [each.key for each in sweep.over]
    if wrong := next((key for key in given if key not in keys), None):
        raise ConfigError(
            f"The sweep {sweep.id} does not vary {shorten(wrong)}; it varies {' and '.join(keys)}."
        )
    widened = [
        replace(
            each, values=_in_order(each.param, [*each.values, *given.get(each.key, each).values])
        )
        for each in sweep.over
    ]
    return orders(
        sweep.config,
        widened,
        max(seeds, sweep.seeds[-1] - sweep.seeds[0] + 1),
        sweep_id=sweep.id,
        owner=owner,
        with_nothing=with_nothing or bool(sweep.nothing.runs),
    )


def stop(sweep: Sweep, *, running: bool = True) -> int:
    """Cancel the runs of a sweep that are queued, the last first, and return how many were cancelled.

    Args:
        sweep: The sweep.
        running: Whether those that are running are cancelled too.

    Raises:
        RunError: A run cannot be cancelled.
    """
    pending = [run for run in reversed(sweep.runs) if run.state == QUEUED]
    if running:  # after the queued ones, the next of which would start otherwise
        pending += [run for run in sweep.runs if run.state == RUNNING]
    cancelled = 0
    for run in pending:
        try:
            run.cancel()
        except RunError:
            if not queue.get(run.id).is_over:  # else it ended meanwhile
                raise
        else:
            cancelled += 1
    return cancelled


def resume(sweep: Sweep) -> tuple[int, list[str]]:
    """Queue the runs again that ended without a result; return how many, and why others were not."""
    count, problems = 0, []
    for run in sweep.resumable:
        try:
            queue.resume(run.id)
        except AugmentError as error:
            problems.append(str(error))
        else:
            count += 1
    return count, problems


def _step(recipe: Recipe, name: str) -> Step:
    """Return the step that a name means, which must be on."""
    steps = list(recipe.walk())
    found = [step for step in steps if step.id == name] or [
        step for step in steps if step.op == name
    ]
    if len(found) > 1:
        raise ConfigError(
            f"The recipe has {len(found)} steps {name}; name one by its id: "
            f"{', '.join(step.id for step in found)}."
        )
    if not found:
        names = [step.id for step in steps]
        has = f"it has {', '.join(names)}" if names else "it has no steps"
        raise ConfigError(
            f"The recipe has no step {shorten(name)}"
            f"{did_you_mean(name, [*names, *(step.op for step in steps)])}; {has}."
        )
    return found[0]


def _check(config: RunConfig, over: Sequence[Varied], seeds: int, with_nothing: bool) -> None:
    if config.patience:
        raise ConfigError(
            f"patience is {config.patience}, but no run of a sweep may end early, because strong "
            "augmentation starts slowly; use 0."
        )
    if not 1 <= len(over) <= MOST_PARAMETERS:
        raise ConfigError(
            f"A sweep varies 1 or {MOST_PARAMETERS} parameters, but {len(over)} were given."
        )
    if len({each.key for each in over}) < len(over):
        raise ConfigError(f"{over[0].key} is given twice; give all its values at once.")
    if seeds < 1:
        raise ConfigError(f"A sweep needs 1 seed or more, but {seeds} was given.")
    cells = math.prod(len(each.values) for each in over) + with_nothing
    if cells * seeds > MOST_RUNS:
        raise ConfigError(
            f"{counted(cells, 'cell')} with {counted(seeds, 'seed')} are {cells * seeds:,} runs, and a "
            f"sweep may have {MOST_RUNS}; use fewer values or seeds."
        )
    on = {step.id for step in config.recipe.enabled_steps()}
    for each in over:
        if each.step not in on:
            raise ConfigError(f"The step {each.step} is off, so that its values change nothing.")
        params = find(config.recipe, each.step).params
        if each.param.only_if is None:
            continue
        choice, value = each.param.only_if
        chosen = [other.values for other in over if other.key == f"{each.step}.{choice}"]
        if value not in (chosen[0] if chosen else (params[choice],)):
            raise ConfigError(f"{each.key} changes nothing unless {choice} is {value}.")


def _in_order(param: Param, values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(values), key=param.choices.index if param.type == "choice" else None))


def _name(given: str, words: str, seed: int) -> str:
    return cut(f"{given + ': ' if given else ''}{words}, seed {seed}", NAME_LENGTH)


def _run_id(sweep_id: str, cell: Mapping[str, Any], seed: int) -> str:
    text = json.dumps([sorted(cell.items()), seed])
    return f"{sweep_id}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _placed(
    recipe: Recipe, keys: tuple[str, ...], runs: Sequence[Run]
) -> tuple[tuple[Varied, ...], dict[str, tuple[Any, ...]]]:
    """Return the parameters of a sweep with all values of its runs, and the values of each run by id.

    Raises:
        RunError: A parameter is not one of the recipe.
    """
    try:
        blank = [varied(recipe, key, ()) for key in keys]
    except ConfigError as error:
        raise RunError(f"The sweep cannot be read: {error}") from error
    placed: dict[str, tuple[Any, ...]] = {}
    for run in runs:
        if set(run.cell) != set(keys):
            continue
        try:
            placed[run.id] = tuple(each.param.check(run.cell[each.key]) for each in blank)
        except ValueError:
            continue  # the caller reports every run that has no place
    columns = zip(*placed.values(), strict=True)
    over = tuple(
        replace(each, values=_in_order(each.param, column))
        for each, column in zip(blank, columns, strict=True)
    )
    return over, placed


def _cell(values: tuple[Any, ...], words: str, runs: list[Run], problems: list[str]) -> Cell:
    runs.sort(key=lambda run: (run.config.seed if run.config else 0, run.id))
    accuracies: dict[int, float] = {}
    for run in runs:
        if run.config is None or run.state != SUCCEEDED or run.stopped_early:
            continue
        try:
            found = [row["val_accuracy"] for row in run.epochs() if "val_accuracy" in row]
        except RunError as error:
            problems.append(f"{run.id} does not count: {error}")
            continue
        found = [accuracy for accuracy in found if math.isfinite(accuracy)]
        if found:
            accuracies[run.config.seed] = max(found)
        else:
            problems.append(f"{run.id} does not count: it has no validation accuracy.")
    return Cell(
        values=values,
        words=words,
        runs=tuple(runs),
        seeds=tuple(accuracies),
        accuracies=tuple(accuracies.values()),
    )


def _verdict(sweep: Sweep) -> list[str]:
    ranked = sorted(
        (cell for cell in sweep.cells if cell.mean is not None),
        key=lambda cell: cell.mean or 0.0,
        reverse=True,
    )
    if not ranked:
        return ["No cell has a figure yet."]
    best, *others = ranked
    so_far = "" if all(run.is_over for run in sweep.runs) else " so far"
    found = [f"The best cell{so_far} is {best.words}: {best.figures}."]
    spread = _spread([*ranked, sweep.nothing])
    compared = len(ranked) + bool(sweep.nothing.count)
    if others:
        found.append(_against_second(best, others[0], spread, compared))
    if sweep.nothing.count:
        found.append(_against_nothing(best, sweep.nothing, spread, compared))
    if spread and len(others) > 1:
        below = sum(spread.chance(best, other, compared) < _CHANCE for other in others)
        of_others = f"of the other {len(others)} cells"
        found.append(
            f"{below} {of_others} are below the best one by more than chance; the rest can be as good."
            if below
            else f"None {of_others} can be told from the best one."
        )
    if others:
        found.append(_optimism(best, spread, len(ranked)))
    return found


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """The standard deviation over the seeds within a cell, pooled over the cells.

    Attributes:
        deviation: It, 0 to 1.
        freedom: Its degrees of freedom, 1 or more.
    """

    deviation: float
    freedom: int

    def chance(self, first: Cell, second: Cell, compared: int) -> float:
        """Return how probable so large a difference is anywhere between so many cells that are equal.

        It is the test of Tukey and Kramer (Kramer, Biometrics 12, 1956), which allows for the choice of
        the best. The spread is that over the seeds; all cells have the same validation pictures.
        """
        difference = abs((first.mean or 0.0) - (second.mean or 0.0))
        error = self.deviation * math.sqrt((1 / first.count + 1 / second.count) / 2)
        if not error:
            return 0.0 if difference else 1.0
        return _studentized(round(difference / error, 3), compared, self.freedom)


@functools.lru_cache(maxsize=4096)
def _studentized(distance: float, compared: int, freedom: int) -> float:
    from scipy.stats import studentized_range  # takes a second to import

    return float(studentized_range.sf(distance, compared, freedom))


def _spread(cells: Sequence[Cell]) -> _Spread | None:
    """Return the pooled spread of the cells; None where no cell has two seeds."""
    several = [cell.accuracies for cell in cells if cell.count > 1]
    freedom = sum(len(accuracies) - 1 for accuracies in several)
    if not freedom:
        return None
    squares = sum((len(each) - 1) * stdev(each) ** 2 for each in several)
    return _Spread(deviation=math.sqrt(squares / freedom), freedom=freedom)


def _against_second(best: Cell, second: Cell, spread: _Spread | None, compared: int) -> str:
    gap = (best.mean or 0.0) - (second.mean or 0.0)
    text = f"It is {_points(gap)} above the second, {second.words}"
    if spread is None:
        return f"{text}; with one seed a cell nobody can tell that from chance, so add seeds."
    if spread.chance(best, second, compared) < _CHANCE:
        return f"{text}, more than chance makes of {compared} equal cells: a winner among these."
    if gap < spread.deviation:
        return (
            f"{text}, less than the spread of a cell ({_points(spread.deviation)}): no winner yet."
        )
    return f"{text}, which chance also makes of {compared} equal cells: no winner yet."


def _against_nothing(best: Cell, nothing: Cell, spread: _Spread | None, compared: int) -> str:
    gap = (best.mean or 0.0) - (nothing.mean or 0.0)
    side = "above" if gap >= 0 else "below"
    text = f"Nothing has {nothing.figures}: the best cell is {_points(abs(gap))} {side} it"
    if spread is None:
        return f"{text}; add seeds to tell that from chance."
    if spread.chance(best, nothing, compared) < _CHANCE:
        return f"{text}, more than chance makes."
    return f"{text}, which can be chance."


def _optimism(best: Cell, spread: _Spread | None, cells: int) -> str:
    text = f"The best of {cells} cells on the validation pictures is optimistic"
    if spread:
        # The expected largest of so many normal numbers (Blom, 1958).
        largest = NormalDist().inv_cdf((cells - 0.375) / (cells + 0.25))
        luck = largest * spread.deviation / math.sqrt(best.count)
        text += f": if all were equal, it would still be about {_points(luck)} above their mean"
    return f"{text}. Test it once, or train it with fresh seeds."


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
