from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, address, runs
from augment.inspect import sweepable
from augment.presets import PRESETS
from augment.runs import folders, sweep
from augment.runs.config import RunConfig
from augment.system import files
from pages.components.sweep.values import first_axes, proposed
from tests.pages.shown import by_label, errors, parameter, plain

Open = Callable[..., AppTest]
SMALL = {"preset": "small", "size": "32", "epochs": "2"}
METRICS = "epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.1,2,{}\n"
MAGNITUDE = "rand_augment.magnitude=0.1,0.5"
COUNT = "rand_augment.augmentations_per_image=1,3"


def put(*over: str, figures: list[float | str]) -> str:
    """Write the runs of a sweep, each with an accuracy or in another state, and return its id."""
    config = RunConfig(recipe=PRESETS["guide"].recipe, model="small", size=32)
    varied = [sweep.parse(config.recipe, text) for text in over]
    orders = sweep.orders(config, varied, 2, with_nothing=True, sweep_id="s")
    for order, figure in zip(orders, figures, strict=True):
        folder = folders.create(order.run_id, order.config, [1], sweep=order.sweep)
        if isinstance(figure, float):
            folder.metrics.write_text(METRICS.format(figure))
        if figure != "QUEUED":
            state = "SUCCEEDED" if isinstance(figure, float) else figure
            files.write_json(folder.state, {"state": state})
    return "s"


def chart(app: AppTest) -> dict[str, Any]:
    [element] = app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    spec: dict[str, Any] = json.loads(element.proto.spec)
    return spec


def texts(app: AppTest) -> str:
    return " ".join(plain(each.value) for each in (*app.markdown, *app.caption))


def test_the_first_sweep_is_randaugments_m_and_n(open_page: Open, home: Path) -> None:
    app = open_page("sweep.py", **SMALL)
    assert errors(app) == []
    assert by_label(app.selectbox, "Parameter").value == "rand_augment.magnitude"
    second = by_label(app.selectbox, "Second parameter").value
    assert second == "rand_augment.augmentations_per_image"
    assert by_label(app.text_input, "Values of the second").value == "1, 2, 3"
    assert "39 runs, about" in texts(app)
    assert "12 cells with 3 seeds each, and 3 runs without augmentation" in texts(app)
    assert "A sweep may have 200 runs" in texts(app)
    assert "Estimated from another machine" in texts(app) or "estimated" in texts(app)

    by_label(app.text_input, "Values").set_value("0.1, 0.5").run()
    by_label(app.selectbox, "Second parameter").set_value("").run()
    by_label(app.checkbox, "Train without augmentation too").uncheck().run()
    by_label(app.number_input, "Seeds").set_value(1).run()
    assert "2 runs, about" in texts(app)
    [command] = [each.value for each in app.code]
    assert command == (
        "python -m augment sweep --over rand_augment.magnitude=0.1,0.5 --seeds 1 --preset small "
        "--epochs 2 --recipe guide"
    )


@pytest.mark.parametrize(
    ("label", "value", "expected"),
    [
        ("Values", "0.1, 3", "it must be a number from 0 to 1"),
        ("Values", "", "it must be a number from 0 to 1"),
        ("Seeds", 50, "use fewer values or seeds"),
        ("Patience", 3, "strong augmentation starts slowly"),
    ],
)
def test_what_cannot_be_started_is_one_sentence(
    open_page: Open, home: Path, label: str, value: object, expected: str
) -> None:
    app = open_page("sweep.py", **SMALL)
    by_label([*app.text_input, *app.number_input], label).set_value(value).run()
    [sentence] = errors(app)
    assert expected in sentence
    assert "Start the sweep" not in [button.label for button in app.button]


def test_a_sweep_is_started_and_shown(open_page: Open, home: Path, nothing_starts: None) -> None:
    app = open_page("sweep.py", **SMALL)
    by_label(app.text_input, "Values").set_value("0.1, 0.5")
    by_label(app.number_input, "Seeds").set_value(2).run()
    by_label(app.button, "Start the sweep").click().run()
    assert errors(app) == []
    listed = runs.list_runs()
    assert len(listed) == 2 * (2 * 3 + 1)
    [sweep_id] = sweep.ids(listed)
    assert parameter(app, "sweep") == sweep_id
    assert "0 of 14 runs finished" in texts(app)
    assert "Start the sweep" not in [button.label for button in app.button]


@pytest.mark.parametrize("recipe", [Recipe(), Recipe.from_dict(
    {"version": 1, "steps": [{"op": "cutout", "enabled": False}]}
)])  # fmt: skip
def test_a_recipe_without_a_step_has_nothing_to_vary(
    open_page: Open, home: Path, recipe: Recipe
) -> None:
    app = open_page("sweep.py", r=address.encode(recipe.to_json()))
    assert errors(app) == []
    assert any("nothing to vary" in each.value for each in app.info)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "nothing"])
def test_what_is_proposed_is_allowed_and_small(preset: str) -> None:
    recipe = PRESETS[preset].recipe
    first, second = first_axes(recipe)
    assert first
    assert (second != "") == any(step.op == "rand_augment" for step in recipe.walk())
    for axis in sweepable(recipe):
        values = proposed(axis)
        assert axis.param.type == "choice" or 2 <= len(values) <= 5
        found = sweep.varied(recipe, f"{axis.step_id}.{axis.name}", values)
        assert axis.present in found.values


def test_the_cells_fill_and_a_chosen_one_leads_on(open_page: Open, home: Path) -> None:
    figures: list[float | str] = [0.4, 0.5, 0.3, "QUEUED", "FAILED", 0.42, 0.6, "QUEUED", 0.32, 0.7]
    sweep_id = put(MAGNITUDE, COUNT, figures=figures)
    app = open_page("sweep.py", sweep=sweep_id)
    assert errors(app) == []
    assert by_label(app.selectbox, "Sweep").value == sweep_id
    assert "7 of 10 runs finished" in texts(app)
    assert (
        "RandAugment: Magnitude by RandAugment: Augmentations per image; Small network, "
        "Eleven bundled photographs, 32 px, 2 epochs, seeds 7 to 8"
    ) in texts(app)
    assert "best cell so far is magnitude 0.5, augmentations per image 3: 70.0% (1 seed)" in texts(
        app
    )
    [layer, *_] = chart(app)["layer"]
    assert layer["mark"]["type"] == "rect"
    words = "magnitude 0.1, augmentations per image 1"
    by_label(app.selectbox, "Cell").set_value(words).run()
    assert "Validation accuracy 55.0% ± 7.1 (2 seeds)." in texts(app)
    links = {plain(each.proto.label): each.proto.query_string for each in app.get("page_link")}
    ids = {
        run.config.seed: run.id
        for run in runs.list_runs()
        if run.config
        and run.cell == {"rand_augment.magnitude": 0.1, "rand_augment.augmentations_per_image": 1}
    }
    assert links["Seed 7: succeeded"] == f"run={ids[7]}"
    assert f"{ids[7]}%2C{ids[8]}" in links["Compare"]
    assert "epochs=6" in links["Train it with 6 epochs"]
    assert "r=" in links["Open in Explore"]


def test_one_parameter_is_a_curve(open_page: Open, home: Path) -> None:
    sweep_id = put(MAGNITUDE, figures=[0.4, 0.5, 0.6, 0.41, 0.51, "CANCELLED"])
    app = open_page("sweep.py", sweep=sweep_id)
    assert errors(app) == []
    marks = [layer["mark"]["type"] for layer in chart(app)["layer"]]
    assert "rect" not in marks
    assert {"point", "line", "rule"} <= set(marks)


def test_a_sweep_is_resumed_extended_and_stopped(
    open_page: Open, home: Path, nothing_starts: None
) -> None:
    sweep_id = put(MAGNITUDE, figures=[0.4, 0.5, 0.6, 0.41, 0.51, "CANCELLED"])
    app = open_page("sweep.py", sweep=sweep_id)
    by_label(app.button, "Resume 1 run").click().run()
    assert [run.state for run in runs.list_runs()].count("QUEUED") == 1
    by_label(app.text_input, "More values of RandAugment: Magnitude").set_value("0.9").run()
    assert "2 more runs, about" in texts(app)
    by_label(app.button, "Add them").click().run()
    assert errors(app) == []
    assert len(runs.list_runs()) == 8
    by_label(app.button, "Cancel what waits (3)").click().run()
    assert all((run.path / "cancel").exists() for run in runs.list_runs() if run.state == "QUEUED")


def test_an_unknown_sweep_is_one_sentence(open_page: Open, home: Path) -> None:
    app = open_page("sweep.py", sweep="nosuch")
    assert errors(app) == ["There is no sweep 'nosuch'."]
