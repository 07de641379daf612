from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from augment.presets import PRESETS
from augment.runs.config import RunConfig
from pages.components.session import address
from tests.data.sources import made_folders
from tests.pages import data_page
from tests.pages.shown import by_label, errors, parameter, plain

Open = Callable[..., AppTest]


def test_the_form_starts_from_the_defaults_of_a_run(open_page: Open) -> None:
    app = open_page("train.py")
    assert errors(app) == []
    shown = {widget.label: widget.value for widget in [*app.number_input, *app.selectbox]}
    assert shown["Epochs"] == RunConfig.epochs
    assert shown["Batch size"] == RunConfig.batch_size
    assert shown["Learning rate"] == RunConfig.learning_rate
    assert shown["Label smoothing"] == RunConfig.label_smoothing
    assert shown["Picture size in pixels"] == RunConfig.size
    assert by_label(app.button, "Start")


def forecast(app: AppTest) -> str:
    return plain(next(m.value for m in app.markdown if "training pictures" in m.value))


def test_what_will_happen_is_counted(open_page: Open) -> None:
    app = open_page("train.py", train_size="32")
    assert "2 epochs of 5 steps each, with 32 pictures per step, over 176 training" in forecast(app)
    by_label(app.number_input, "Batch size").set_value(100)
    by_label(app.number_input, "Epochs").set_value(1).run()
    assert "1 epoch of 1 step each, with 100 pictures per step" in forecast(app)
    by_label(app.number_input, "Batch size").set_value(1000).run()
    assert "1 step each, with 176 pictures per step" in forecast(app)


def test_the_purpose_of_the_bundled_pictures_is_shown(open_page: Open) -> None:
    assert any("enough to try every function" in c.value for c in open_page("train.py").caption)


def test_what_may_be_wrong_about_the_classes_is_shown(
    open_page: Open, home: Path, tmp_path: Path
) -> None:
    names = [f"{name}.{number}.jpg" for name in ("cat", "dog") for number in range(10)]
    folder = made_folders.filled(tmp_path, {name: made_folders.picture(name) for name in names})
    source = data_page.prepared(home, folder)
    app = open_page("train.py", train_size=str(data_page.SIZE))
    by_label(app.selectbox, "Data").set_value(source).run()
    assert any("is taken for its class" in caption.value for caption in app.caption)


def test_a_damaged_set_is_one_sentence(open_page: Open, home: Path) -> None:
    app = open_page("train.py")
    folder = home / "data" / "tfds-oxford_flowers102" / "64px"
    folder.mkdir(parents=True)
    (folder / "index.json").write_text("{")
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    assert len(errors(app)) == 1
    assert "is damaged" in errors(app)[0]


def test_the_recipe_of_the_address_is_the_one_that_trains(open_page: Open) -> None:
    link = address.encode(PRESETS["mixing"].recipe.to_json())
    app = open_page("train.py", r=link)
    assert app.session_state["recipe"] == PRESETS["mixing"].recipe
    assert any("One of → CutMix" in plain(m.value) for m in app.markdown)
    assert parameter(app, "r") == link


def test_the_recipe_tuned_in_explore_comes_along(open_page: Open) -> None:
    app = open_page()
    by_label(app.slider, "Magnitude").set_value(0.77).run()
    app.switch_page("train.py").run()
    assert any("magnitude 0.77" in plain(m.value) for m in app.markdown)
    assert "0.77" in address.decode(parameter(app, "r"))


def test_bad_values_in_the_address_leave_a_form_that_works(open_page: Open) -> None:
    for parameters in (
        {"epochs": "0", "learning_rate": "-1", "batch_size": "1e9", "train_size": "33"},
        {"epochs": "many", "learning_rate": "nan", "data": "nothing", "label_smoothing": "2"},
    ):
        app = open_page("train.py", **parameters)
        assert errors(app) == []
        shown = {widget.label: widget.value for widget in [*app.number_input, *app.selectbox]}
        assert (shown["Epochs"], shown["Learning rate"]) == (RunConfig.epochs, 0.01)
        assert (shown["Batch size"], shown["Label smoothing"]) == (32, 0.1)
        assert (shown["Data"], shown["Picture size in pixels"]) == ("bundled", RunConfig.size)
        assert by_label(app.button, "Start")


def test_a_bad_recipe_in_the_address_is_one_sentence(open_page: Open) -> None:
    app = open_page("train.py", r="garbage!")
    [sentence] = errors(app)
    assert "cannot be read" in sentence
    assert by_label(app.button, "Start")


def test_data_that_are_not_prepared_cannot_be_trained_on(open_page: Open) -> None:
    app = open_page("train.py", train_size="32")
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    assert errors(app) == []
    assert "not prepared" in app.subheader[-1].value
    assert [button.label for button in app.button] == ["Prepare"]
