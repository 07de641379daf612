"""Test-time augmentation of a saved model: started on request, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import numpy as np
import streamlit as st

from augment import AugmentError, DataError, Recipe
from augment.data import samples
from augment.data.source import TEST, VALIDATION
from augment.predict import tta as library
from augment.predict.aggregate import MEAN, METHODS, TITLES, WEIGHTED
from augment.predict.tta import BROKEN, REPAIRED, Result
from augment.predict.views import VIEWS
from augment.runs import Run
from augment.runs.folders import RunFolder, parse_time
from augment.runs.naming import recipe_name
from augment.system import files
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.runs.axes import (
    chance_line,
    class_axis,
    domain,
    figure_axis,
    whole_axis,
    zero_line,
)
from pages.components.runs.classes import MOST_DRAWN
from pages.components.runs.confused import CARD_REM, MOST_SHOWN
from pages.components.runs.predicted import prepared_of
from pages.components.runs.testing import KEPT
from pages.components.runs.tta_recipes import ViewRecipe, dropped_sentence, view_recipes
from pages.components.session import person, waiting, workbench
from pages.components.session.text import escaped, text_list

TASK = "tta"
_DEFAULT_VIEWS = 16
_ALL = "all classes"
_LINE_PX, _AXIS_PX, _MOST_PX = 18, 90, 460  # the axis with its title, and the legend


def tta(run: Run) -> None:
    """Show the results of test-time augmentation of a run, and offer to make another.

    Args:
        run: The run.
    """
    st.markdown(
        "Test-time augmentation asks the model about several augmented views of a picture, and makes one "
        "answer of all: nothing is trained, but each answer takes longer."
    )
    key = _key(run.id)
    job = waiting.pending(key)
    if job is None and (result_id := waiting.take_result(key)):
        # The new result is shown, whichever was chosen before.
        st.session_state[_chosen_key(run.id)] = result_id
    try:
        found, problems = library.results(run), library.problems(run)
    except AugmentError as error:
        found, problems = [], [str(error)]
    # Shown meanwhile too, because fields that are not forget what was chosen.
    with st.expander(
        "New evaluation with views",
        icon=":material/layers:",
        expanded=not found,
        key=f"{run.id} new tta",
    ):
        _offer(run, is_waiting=job is not None)
    if job:
        waiting.wait_for(job, KEPT)
    elif problem := waiting.problem(key):
        st.error(escaped(problem))
    for problem in problems:
        st.warning(escaped(problem))
    if found:
        result = _choice(run, found)
        _result(run, result, f"{run.id} tta {result.id}")


def _key(run_id: str) -> str:
    return f"{run_id} tta request"


def _chosen_key(run_id: str) -> str:
    return f"{run_id} tta result"


def _offer(run: Run, *, is_waiting: bool) -> None:
    """Show the choice of recipe, views and split, with the button that starts the evaluation.

    The result is kept with the run, so not everybody may.
    """
    if why_not := person.current().why_not(run):
        st.info(escaped(f"{why_not} An evaluation with views would be kept with it."))
        return
    if not run.is_over:
        st.info("The model can be evaluated with views when the run is over.")
        return
    if run.config is None or not files.exists(RunFolder(run.path).best):
        st.info("There is no saved model to evaluate.")
        return
    try:
        there = prepared_of(run).splits
    except AugmentError as error:
        st.info(escaped(f"The model cannot be evaluated with views. {error}"))
        return
    splits = [split for split in (VALIDATION, TEST) if split in there]
    if not splits:
        st.info("These data have neither validation nor test pictures.")
        return
    recipe = _recipe_control(run, view_recipes(run.config, workbench.recipe()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input(
            "Views",
            min_value=2,
            max_value=int(VIEWS.high),
            value=_DEFAULT_VIEWS,
            key=f"{run.id} tta views",
            width=130,
            help="How many views of each picture the model is asked about. It takes as many times as "
            "long; the accuracy with fewer views is shown too.",
        )
        split: str = st.segmented_control(
            "On the pictures of",
            splits,
            default=splits[0],
            required=True,
            key=f"{run.id} tta split",
        )
        plain = st.toggle(
            "The first view is the picture as it is",
            value=True,
            key=f"{run.id} tta plain",
            help="Otherwise the recipe changes all views.",
        )
    if split == TEST:
        st.warning(
            "Choose recipe, method and number of views by the validation pictures: whoever chooses by "
            "the test pictures makes their figures optimistic.",
            icon=":material/warning:",
        )
    st.button(
        f"Evaluate with {counted(count, 'view')}",
        type="primary",
        icon=":material/layers:",
        disabled=is_waiting,
        key=f"{run.id} start tta",
        on_click=waiting.submit,
        args=(
            _key(run.id),
            TASK,
            run.id,
            {
                "recipe": recipe.to_dict(),
                "views": count,
                "split": split,
                "seed": run.config.seed,
                "plain": plain,
            },
        ),
    )


def _recipe_control(run: Run, known: Sequence[ViewRecipe]) -> Recipe:
    """Show the recipes that can make views, and why others cannot; return the one chosen."""
    offered = {one.title: one for one in known if not one.problem}
    refused = [one for one in known if one.problem]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox(
            "Recipe of the views",
            list(offered),
            format_func=lambda title: _titled(offered[title]),
            key=f"{run.id} tta recipe",
            width=420,
        )
        if refused:
            with st.popover("Why not another?", type="tertiary", key=f"{run.id} tta refused"):
                text_list([f"{one.title}: {one.problem}" for one in refused])
    chosen = offered[title]
    if chosen.dropped:
        st.caption(escaped(dropped_sentence(chosen.dropped)))
    return chosen.recipe


def _titled(one: ViewRecipe) -> str:
    name = recipe_name(one.recipe)
    return one.title if name == one.title else f"{one.title}: {name}"


def _choice(run: Run, found: Sequence[Result]) -> Result:
    """Return the result that is shown; the user chooses, where there are several."""
    by_id = {each.id: each for each in found}
    key = _chosen_key(run.id)
    if st.session_state.get(key) not in by_id:
        st.session_state.pop(key, None)
    if len(by_id) == 1:
        st.caption(escaped(f"{_described(found[0])}."))
        return found[0]
    chosen: str = st.selectbox(
        "Evaluation",
        list(by_id),
        format_func=lambda one: _described(by_id[one]),
        key=key,
        width=560,
        help="All that were made of this run, the latest first.",
    )
    return by_id[chosen]


def _described(found: Result) -> str:
    name = recipe_name(Recipe.from_dict(found.recipe))
    parts = [f"{counted(found.views, 'view')} by {name}", found.split]
    if not found.plain:
        parts.append("none as it is")
    if made := parse_time(found.created):
        # Not its age: the label of a choice must not change while the page is open.
        parts.append(f"{made.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return ", ".join(parts)


def _result(run: Run, found: Result, key: str) -> None:
    methods = [name for name in METHODS if name in found.difference]
    lines = [f"- {escaped(difference_sentence(found, name))}" for name in methods]
    st.subheader(f"With {counted(found.views, 'view')} on {found.split}", anchor=False)
    st.markdown("\n".join(lines))
    st.caption(escaped(f"{cost(found)} {found.remark}"))
    method: str = st.segmented_control(
        "Shown below",
        methods,
        default=MEAN if MEAN in methods else methods[0],
        required=True,
        format_func=TITLES.__getitem__,
        key=f"{key} method",
        help="How the answers to the views become one. **Votes**: the class that most views are for. "
        "**Averaged probabilities**: the class that is likeliest on average. **Averaged "
        "log-probabilities**: the same by a geometric mean, in which one view that rules a class out "
        "counts more. **Weighted views**: an average in which each view has a weight, learned on the "
        "validation pictures.",
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=440):
            st.markdown("**What became of the pictures**")
            st.markdown(_changes_table(found.changes[method]))
            st.caption(
                "Repaired: wrong as they are, right with the views. Broken: the reverse. Only these two "
                "make the difference."
            )
            if method == WEIGHTED and found.weights:
                _weights(found, key)
        with st.container(width=440):
            _by_views(found, method, key)
    _by_class(found, method, key)
    _pictures(run, found, method, key)


def difference_sentence(found: Result, method: str) -> str:
    """Return by how much a method changes the accuracy, with the 95 % interval over pictures."""
    one, accuracy = found.difference[method], found.accuracy
    text = (
        f"{TITLES[method].capitalize()}: {_points(one['difference'], '+')} points, 95 % interval "
        f"{_points(one['low'])} to {_points(one['high'])} over pictures "
        f"({accuracy[method]:.1%} instead of {accuracy['plain']:.1%})"
    )
    return text + (", which may be chance." if one["low"] <= 0 <= one["high"] else ".")


def _points(share: float, sign: str = "-") -> str:
    return f"{round(100 * share, 1) + 0.0:{sign}.1f}"


def cost(found: Result) -> str:
    """Return in a sentence how much longer the views take."""
    plain, several = float(found.seconds["plain"]), float(found.seconds["views"])
    views, pictures = counted(found.views, "view"), counted(found.pictures, "picture")
    times = f"{several / plain:.2g}" if plain else "many"
    return (
        f"{views} take {times} times as long: {_seconds(several)} instead of {_seconds(plain)} for "
        f"{pictures}."
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"


def _changes_table(changes: Mapping[str, int]) -> str:
    """Return the four cells of right and wrong, before and after, as a table in Markdown."""
    return (
        "| | right with views | wrong with views |\n|---|---|---|\n"
        f"| **right as it is** | {changes['stayed_right']:,} stayed right "
        f"| **{changes['broken']:,} broken** |\n"
        f"| **wrong as it is** | **{changes['repaired']:,} repaired** "
        f"| {changes['stayed_wrong']:,} stayed wrong |"
    )


def by_views_points(found: Result) -> list[dict[str, Any]]:
    """Return the points of the chart by number of views: method, views, accuracy, low and high."""
    return [
        {"method": TITLES[name], "views": row["views"], **row[name]}
        for row in found.by_views
        for name in METHODS
        if name in row
    ]


def _by_views(found: Result, method: str, key: str) -> None:
    points = by_views_points(found)
    if len(found.by_views) < 2:
        return
    names = [TITLES[name] for name in METHODS if name in found.by_views[0]]
    banded = TITLES[method] if TITLES[method] in names else TITLES[MEAN]
    plain = float(found.accuracy["plain"])
    ends = domain(
        "accuracy",
        [{"accuracy": point[end]} for point in points for end in ("accuracy", "low", "high")],
        [plain],
    )
    colour = {
        "field": "method",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names},
        "legend": {
            "orient": "top",
            "columns": 1,
            "labelLimit": 200,
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 3,
        },
    }
    tooltip = [
        {"field": "method", "type": "nominal", "title": "Method"},
        {"field": "views", "type": "quantitative", "title": "Views"},
        {"field": "accuracy", "type": "quantitative", "title": "Accuracy", "format": ".1%"},
        {"field": "low", "type": "quantitative", "title": "At least", "format": ".1%"},
        {"field": "high", "type": "quantitative", "title": "At most", "format": ".1%"},
    ]
    value = {"field": "accuracy", "type": "quantitative"}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": f"datum.method == '{banded}'"}],
            "mark": {"type": "area", "opacity": 0.2},
            "encoding": {
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"y": value, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
            "encoding": {"y": value, "color": colour, "tooltip": tooltip},
        },
        chance_line(plain, "y", "The picture as it is"),
    ]
    st.markdown("**Accuracy by number of views**")
    st.vega_lite_chart(
        points,
        {
            "encoding": {
                "x": whole_axis("views", "Views", 1, int(found.views)),
                "y": figure_axis("Accuracy", ends, is_share=True),
            },
            "layer": layers,
        },
        height=300,
        key=f"{key} by views",
        alt="The accuracy by the number of views, a line for each method",
    )
    st.caption(
        f"The band is the 95 % interval of {banded}; the dashed line is the accuracy on the pictures "
        "as they are."
    )


def _weights(found: Result, key: str) -> None:
    rows = [
        {"view": number, "weight": weight} for number, weight in enumerate(found.weights, start=1)
    ]
    st.markdown("**Weight of each view**")
    st.vega_lite_chart(
        rows,
        {
            "mark": "bar",
            "encoding": {
                "x": {
                    "field": "view",
                    "type": "ordinal",
                    "title": "View",
                    "axis": {"labelAngle": 0},
                },
                "y": {
                    "field": "weight",
                    "type": "quantitative",
                    "title": "Weight",
                    "axis": {"format": ".0%"},
                    "scale": {"domain": [0, max(found.weights)]},
                },
                "tooltip": [
                    {"field": "view", "type": "ordinal", "title": "View"},
                    {"field": "weight", "type": "quantitative", "title": "Weight", "format": ".1%"},
                ],
            },
        },
        height=200,
        key=f"{key} weights",
        alt="The weight of each view",
    )
    first = "View 1 is the picture as it is. " if found.plain else ""
    st.caption(
        escaped(
            f"{first}{found.weights_remark} The recipe draws all other views alike, so their weights "
            "differ by chance."
        )
    )


def classes_by_change(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the classes that have pictures, that with the largest gain first; names decide of equals."""
    found = [dict(row, net=row["repaired"] - row["broken"]) for row in rows if row["pictures"]]
    return sorted(found, key=lambda row: (-row["net"], str(row["name"]).casefold()))


def _by_class(found: Result, method: str, key: str) -> None:
    rows = classes_by_change(found.by_class[method])
    changed = [row for row in rows if row["repaired"] or row["broken"]]
    st.subheader("By class", anchor=False)
    if not changed:
        st.caption("No picture was repaired or broken.")
        return
    chart, table = st.tabs(["Chart", "Table"], key=f"{key} classes shown", on_change="rerun")
    if chart.open:
        with chart:
            _class_chart(changed, f"{key} {method}")
    if table.open:
        with table:
            _class_table(rows, f"{key} {method}")
    unchanged = len(rows) - len(changed)
    text = "A class has few pictures, so what one class gains or loses is mostly chance."
    if unchanged:
        text += f" Nothing changed in {counted(unchanged, 'class', 'classes')}."
    st.caption(text)


def _class_chart(changed: Sequence[Mapping[str, Any]], key: str) -> None:
    shown = list(changed)
    if len(shown) > MOST_DRAWN:
        shown = [*shown[: MOST_DRAWN // 2], *shown[-MOST_DRAWN // 2 :]]
        st.caption(f"The {MOST_DRAWN} classes at both ends; the table has all {len(changed):,}.")
    bars = [
        {"name": row["name"], "what": what, "count": sign * row[what], "pictures": row[what]}
        for row in shown
        for what, sign in ((REPAIRED, 1), (BROKEN, -1))
        if row[what]
    ]
    height, most = _AXIS_PX + _LINE_PX * len(shown), max(bar["pictures"] for bar in bars)
    with st.container(height=_MOST_PX if height > _MOST_PX else "content", border=False):
        st.vega_lite_chart(
            bars,
            {
                "layer": [
                    {
                        "mark": {"type": "bar"},
                        "encoding": {
                            "y": class_axis(),
                            "x": {
                                "field": "count",
                                "type": "quantitative",
                                "title": "Pictures",
                                "stack": None,
                                "scale": {"domain": [-most, most]},
                                "axis": {
                                    "labelExpr": "abs(datum.value)",
                                    "tickMinStep": 1,
                                    "orient": "top",
                                },
                            },
                            "color": {
                                "field": "what",
                                "type": "nominal",
                                "title": None,
                                "scale": {"domain": [REPAIRED, BROKEN]},
                                "legend": {"orient": "top"},
                            },
                            "tooltip": [
                                {"field": "name", "type": "nominal", "title": "Class"},
                                {"field": "what", "type": "nominal", "title": "They were"},
                                {"field": "pictures", "type": "quantitative", "title": "Pictures"},
                            ],
                        },
                    },
                    zero_line(),
                ]
            },
            height=height,
            key=f"{key} classes chart",
            alt="The repaired and the broken pictures of each class; the table has the same figures",
        )


def _class_table(rows: Sequence[Mapping[str, Any]], key: str) -> None:
    columns = {
        "Class": "name",
        "Net": "net",
        "Repaired": "repaired",
        "Broken": "broken",
        "Stayed right": "stayed_right",
        "Stayed wrong": "stayed_wrong",
        "Pictures": "pictures",
    }
    st.dataframe(
        {title: [row[name] for row in rows] for title, name in columns.items()},
        column_config={"Net": st.column_config.NumberColumn(format="%+d")},
        hide_index=True,
        height=_MOST_PX if len(rows) > 11 else "auto",
        key=f"{key} classes table",
        alt="What became of the pictures of each class",
    )


def _pictures(run: Run, found: Result, method: str, key: str) -> None:
    """Show the pictures that were repaired or broken, all or those of one class."""
    counts = found.changes[method]
    if not counts[REPAIRED] and not counts[BROKEN]:
        return
    st.subheader("Repaired and broken pictures", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which: str = st.segmented_control(
            "Pictures",
            [REPAIRED, BROKEN],
            default=REPAIRED if counts[REPAIRED] else BROKEN,
            required=True,
            format_func=lambda name: f"{name} ({counts[name]:,})",
            key=f"{key} {method} changed",
            label_visibility="collapsed",
        )
        of_class = {str(row["name"]): row[which] for row in found.by_class[method] if row[which]}
        name: str = st.selectbox(
            "Class",
            [_ALL, *of_class],
            format_func=lambda one: one if one == _ALL else f"{one} ({of_class[one]:,})",
            key=f"{key} {method} {which} class",
            width=260,
        )
    try:
        _cards(run, found, method, which, name, key)
    except AugmentError as error:
        st.info(escaped(f"The pictures cannot be shown. {error}"))


def _cards(run: Run, found: Result, method: str, which: str, name: str, key: str) -> None:
    """Show cards of pictures.

    Raises:
        DataError: The data are no longer prepared, or are others than those that were evaluated.
        RunError: The result can no longer be read.
    """
    config = run.config
    if config is None:
        raise DataError("The configuration of the run cannot be used.")
    changed = library.changed(run, found.id, method)
    wanted = changed.is_repaired if which == REPAIRED else changed.is_broken
    taken = samples.of_split(
        config.data,
        split=found.split,
        size=config.size,
        fit=config.fit,
        ids=changed.ids[wanted].tolist(),
    )
    names, labels = taken.class_names, changed.labels[wanted]
    if not np.array_equal(taken.labels.argmax(axis=1), labels):
        raise DataError(f"The classes of {config.data} are no longer those of this run.")
    before, after = changed.before[wanted], changed.after[wanted]
    rows = np.arange(len(labels)) if name == _ALL else np.flatnonzero(labels == names.index(name))
    if len(rows) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(rows):,} are shown.")
    cards = []
    for row in rows[:MOST_SHOWN].tolist():
        own = names[labels[row]]
        text = (
            f"As it is: {_taken(before[row], labels[row], names)}. "
            f"With views: {_taken(after[row], labels[row], names)}."
        )
        cards.append(Card(title=own, text=text, alts=(f"{own}; {text}",)))
    picture_cards(
        cards,
        taken.images[rows[:MOST_SHOWN]],
        across=1,
        narrowest=CARD_REM,
        key=f"{key} {method} {which} {name}",
    )


def _taken(predicted: int, label: int, names: Sequence[str]) -> str:
    if predicted == label:
        return "right"
    return f"taken for {names[predicted] if predicted >= 0 else 'nothing'}"
