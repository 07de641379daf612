"""What differs between two configurations, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from augment.engine.op import registry
from augment.engine.recipe import Recipe, Step
from augment.inspect.settings import settings_of, value_of
from augment.runs.config import RunConfig
from augment.runs.words import LABELS, value_in_words
from augment.system.units import counted

_MOST_CLASSES = 3


def differing_settings(
    first: RunConfig, second: RunConfig, class_names: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return what differs between two configurations, a change each; seeds and names do not count.

    Examples are "Epochs: 30 -> 100", "RandAugment magnitude 0.3 -> 0.5", "CutMix added" and "Flip for all
    classes -> only 2 classes (rose, tulip)".

    Args:
        first: The configuration before.
        second: The configuration after.
        class_names: The names of the classes of the data, where they are known.
    """
    changes = [
        _change(f"{label}:", *(value_in_words(config, name) for config in (first, second)))
        for name, label in LABELS.items()
        if name not in ("seed", "name") and getattr(first, name) != getattr(second, name)
    ]
    return (*changes, *differing_steps(first.recipe, second.recipe, class_names))


def differing_steps(
    first: Recipe, second: Recipe, class_names: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return what differs between two recipes, a change each.

    Steps that are off do not count, nor do settings that have no effect beside the others. A step of one
    recipe is the same as one of the other if both have the op and the id in common, else the op and what
    they are in, else the op.
    """
    before, after = _placed(first.steps), _placed(second.steps)
    same = _same(before, after)
    counts = [Counter(place.step.op for place in places) for places in (before, after)]

    def title(place: _Place) -> str:
        op = registry()[place.step.op]
        return f"{op.title} ({place.step.id})" if max(c[op.name] for c in counts) > 1 else op.title

    changes: list[str] = []
    removed = [place for place in before if place not in same]
    for old in before:
        if old in same:
            new = same[old]
            changes += _settings(title(new), old.step, new.step, class_names)
            if not _is_in_the_same(old, new, same):
                moved = f"into {title(new.parent)}" if new.parent else "to the top level"
                changes.append(f"{title(new)} moved {moved}")
        elif old.parent is None or old.parent in same:
            changes.append(f"{title(old)}{_contents(old, removed, title)} removed")
    found = set(same.values())
    added = [place for place in after if place not in found]
    for new in added:
        if new.parent is None or new.parent in found:
            inside = f" in {title(new.parent)}" if new.parent else ""
            whom = f" for {_whom(new.step.classes, class_names)}" if new.step.classes else ""
            changes.append(f"{title(new)}{_contents(new, added, title)} added{inside}{whom}")
    return (*changes, *_orders(same, after, title))


@dataclass(frozen=True, eq=False)
class _Place:
    """A step that is on, and the place of the step that it is in."""

    step: Step
    parent: _Place | None


_Title = Callable[[_Place], str]


def _placed(steps: Iterable[Step], parent: _Place | None = None) -> list[_Place]:
    """Return the steps that are on, parents before their children."""
    places = []
    for step in steps:
        if step.enabled:
            place = _Place(step, parent)
            places += [place, *_placed(step.steps, place)]
    return places


def _same(before: list[_Place], after: list[_Place]) -> dict[_Place, _Place]:
    """Return the steps of the first recipe that are in the second, with their places there."""
    found: dict[_Place, _Place] = {}
    rules: tuple[Callable[[_Place, _Place], bool], ...] = (
        lambda old, new: old.step.id == new.step.id,
        lambda old, new: _is_in_the_same(old, new, found),
        lambda old, new: True,
    )
    for rule in rules:
        for old in before:
            left = (new for new in after if new not in found.values())
            if old not in found and (
                match := next(
                    (new for new in left if new.step.op == old.step.op and rule(old, new)), None
                )
            ):
                found[old] = match
    return {old: found[old] for old in before if old in found}


def _is_in_the_same(old: _Place, new: _Place, same: Mapping[_Place, _Place]) -> bool:
    if old.parent is None or new.parent is None:
        return old.parent is new.parent
    return same.get(old.parent) is new.parent


def _settings(title: str, old: Step, new: Step, class_names: Sequence[str]) -> Iterator[str]:
    for name, param in (settings_of(old) | settings_of(new)).items():
        values = value_of(old, name), value_of(new, name)
        if values[0] != values[1]:
            setting = name.removesuffix("_px").replace("_", " ")
            yield _change(f"{title} {setting}", *map(param.format, values))
    if old.classes != new.classes:
        yield _change(f"{title} for", *(_whom(step.classes, class_names) for step in (old, new)))


def _whom(classes: tuple[int, ...] | None, class_names: Sequence[str]) -> str:
    if classes is None:
        return "all classes"
    names = [class_names[one] if one < len(class_names) else str(one) for one in classes]
    shown = names[:_MOST_CLASSES]
    if len(names) > len(shown):
        shown.append("\N{HORIZONTAL ELLIPSIS}")
    return f"only {counted(len(names), 'class', 'classes')} ({', '.join(shown)})"


def _contents(place: _Place, places: list[_Place], title: _Title) -> str:
    inside = [title(one) for one in places if one.parent is place]
    return f" ({', '.join(inside)})" if inside else ""


def _orders(same: Mapping[_Place, _Place], after: list[_Place], title: _Title) -> Iterator[str]:
    """Yield the orders of steps that stand beside each other in both recipes, where they differ."""
    beside: dict[tuple[_Place | None, _Place | None], list[_Place]] = {}
    for old, new in same.items():
        beside.setdefault((old.parent, new.parent), []).append(new)
    for order in beside.values():
        later = sorted(order, key=after.index)
        if later != order:
            yield _change("order", *(", ".join(map(title, each)) for each in (order, later)))


def _change(what: str, before: str, after: str) -> str:
    return f"{what} {before} -> {after}"
