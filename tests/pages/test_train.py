from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import address, runs
from augment.presets import PRESETS
from augment.runs import folders, queue
from augment.runs.config import RunConfig
from augment.runs.groups import meaning
from augment.runs.presets import PRESETS as PRESETS_OF_TRAINING
from augment.runs.presets import settings
from augment.system import files
from augment.train.epoch_batches import EpochBatches
from augment.train.forecast import Figures, remember, several_s
from augment.train.forecast import forecast as forecast_of
from augment.train.forecast import path as measurements
from pages.components.runs import training_settings
from pages.components.runs.first_batch import MOST_SHOWN
from pages.components.session.owner import hash_of, new_token
from tests.data.sources import made_folders
from tests.pages import data_page
from tests.pages.conftest import Visit
from tests.pages.shown import by_label, digest, errors, go_to, grid, parameter, plain, slide

Open = Callable[..., AppTest]


def shown(app: AppTest) -> dict[str, object]:
    """Return what each widget of the form shows."""
    return {widget.label: widget.value for widget in [*app.number_input, *app.selectbox]}


def choose(app: AppTest, preset: str) -> AppTest:
    return app.button_group[0].set_value(preset).run()


def test_the_form_starts_from_a_useful_preset(open_page: Open) -> None:
    app = open_page("train.py")
    assert errors(app) == []
    quick = PRESETS_OF_TRAINING["quick"]
    assert shown(app)["Model"] == "lite0"
    assert shown(app)["Head epochs"] == quick.values["head_epochs"]
    assert shown(app)["Learning rate"] == quick.values["learning_rate"]
    assert shown(app)["Batch size"] == RunConfig.batch_size
    assert any(plain(each.value) == quick.note for each in app.caption)
    assert not {"preset", "epochs", "model"} & set(app.query_params)
    assert by_label(app.button, "Start")


@pytest.mark.parametrize("preset", [*PRESETS_OF_TRAINING, training_settings.NO_PRESET])
def test_a_preset_fills_the_form_and_what_is_changed_afterwards_wins(
    open_page: Open, preset: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = open_page("train.py")
    by_label(app.number_input, "Epochs").set_value(5).run()
    if preset != "quick":  # which is chosen
        choose(app, "small" if preset == "none" else "none")
        choose(app, preset)
    else:
        choose(choose(app, "none"), preset)
    assert errors(app) == []
    wanted = settings(None if preset == "none" else preset, {})
    assert shown(app)["Size in pixels"] == wanted["size"]
    for label, name in (
        ("Epochs", "epochs"),
        ("Learning rate", "learning_rate"),
        ("Model", "model"),
    ):
        assert shown(app)[label] == wanted[name]
    assert app.query_params.get("preset", ["quick"]) in (preset, [preset])
    assert "epochs" not in app.query_params

    by_label(app.number_input, "Epochs").set_value(9).run()
    by_label(app.number_input, "Weight decay").set_value(0.25).run()
    assert (shown(app)["Epochs"], shown(app)["Weight decay"]) == (9, 0.25)
    assert shown(app)["Model"] == wanted["model"]
    address = {name: parameter(app, name) for name in ("preset", "epochs", "weight_decay")}
    assert address == {"preset": preset, "epochs": "9", "weight_decay": "0.25"}
    assert "Session State API" not in caplog.text

    again = open_page("train.py", size="32", **address)
    assert (shown(again)["Epochs"], shown(again)["Weight decay"]) == (9, 0.25)
    assert shown(again)["Model"] == wanted["model"]


def test_a_preset_asks_for_no_second_preparation(
    open_page: Open, home: Path, tmp_path: Path
) -> None:
    source = data_page.prepared(home, made_folders.flower_folder(tmp_path / "flowers", per_class=8))
    note = "The preset “Quick” is meant for 64 px; the size of these pictures stays 32 px."
    app = open_page("train.py", data=source)
    choose(choose(app, "none"), "quick")
    assert errors(app) == []
    assert shown(app)["Size in pixels"] == 32
    assert any(note in plain(each.value) for each in app.caption)
    choose(app, "small")
    assert not any("is meant for" in plain(each.value) for each in app.caption)
    # Nor does one that an address names; and where it costs nothing, or nothing is prepared, it is taken.
    for data, size in (("bundled", 32), ("tfds:oxford_flowers102", 32), (source, 32)):
        opened = open_page("train.py", data=data, preset="small")
        assert shown(opened)["Size in pixels"] == size
    assert shown(open_page("train.py", data=source, preset="long"))["Size in pixels"] == 32
    assert shown(open_page("train.py", data="bundled"))["Size in pixels"] == 224


def test_the_settings_are_there_again_after_another_page(open_page: Open) -> None:
    app = open_page("train.py", preset="small", epochs="9")
    go_to(app, "runs.py")
    go_to(app, "train.py")
    assert (shown(app)["Model"], shown(app)["Epochs"]) == ("small", 9)
    assert (parameter(app, "preset"), parameter(app, "epochs")) == ("small", "9")


def test_a_link_made_when_there_were_no_presets_means_what_it_meant(open_page: Open) -> None:
    app = open_page("train.py", size="32", epochs="1")
    assert (shown(app)["Model"], shown(app)["Epochs"]) == ("densenet121", 1)
    assert shown(app)["Initial weights"] == "none"
    assert shown(app)["Size in pixels"] == 32


def test_what_a_choice_rules_out_is_dropped(open_page: Open) -> None:
    app = open_page("train.py")
    by_label(app.selectbox, "What is trained").set_value("head").run()
    by_label(app.selectbox, "Model").set_value("small").run()
    assert errors(app) == []
    assert by_label(app.selectbox, "Initial weights").options == ["random (from scratch)"]
    assert not {"Head epochs", "What is trained"} & set(shown(app))
    by_label(app.selectbox, "Model").set_value("lite0").run()
    assert shown(app)["Initial weights"] == "imagenet"
    by_label(app.number_input, "Head epochs").set_value(7).run()
    by_label(app.number_input, "Epochs").set_value(2).run()
    assert errors(app) == []
    assert shown(app)["Head epochs"] == 2


def forecast(app: AppTest) -> str:
    return plain(next(m.value for m in app.markdown if "training pictures" in m.value))


def test_what_will_happen_is_counted(open_page: Open) -> None:
    app = open_page("train.py", preset="none", size="32")
    assert "Epochs 1 to 2: the whole network is trained by 5 steps each" in forecast(app)
    assert "with 32 pictures per step, over 176 training pictures" in forecast(app)
    by_label(app.number_input, "Batch size").set_value(100)
    by_label(app.number_input, "Epochs").set_value(1).run()
    assert "Epoch 1: the whole network is trained by 1 step each, with 100" in forecast(app)
    by_label(app.number_input, "Batch size").set_value(1000).run()
    assert "1 step each, with 176 pictures per step" in forecast(app)
    by_label(app.number_input, "Pictures per class").set_value(3).run()
    assert "over 33 training pictures" in forecast(app)


def test_stages_and_validated_epochs_are_told_in_words(open_page: Open) -> None:
    app = open_page("train.py", size="32")
    text = forecast(app)
    assert "Epoch 1: only the head, the last layer, learns" in text
    assert "turns 176 training pictures into features, without augmentation" in text
    assert "Epochs 2 to 3: the same with augmented pictures added" in text
    assert "Epochs 4 to 7: the whole network is trained" in text
    assert "of 7 epochs, fixed beforehand" in text
    assert any("It knows ImageNet, which has flowers." in plain(c.value) for c in app.caption)
    assert any("augmentation does not pay" in plain(c.value) for c in app.caption)
    choose(app, "small")
    assert not any("ImageNet, which" in plain(c.value) for c in app.caption)


def test_the_forecast_has_its_basis(open_page: Open, home: Path) -> None:
    app = open_page("train.py", preset="small", size="32")
    assert any("Estimated from another machine" in plain(m.value) for m in app.markdown)
    config = RunConfig(recipe=PRESETS["nothing"].recipe, **settings("small", {}))
    figures = Figures(
        load_s=3, build_s=1, first_step_s=2, step_s=0.25, validation_s=0.01, memory_bytes=10**9
    )
    remember(config, figures)
    [line] = [plain(m.value) for m in app.run().markdown if "Measured here" in m.value]
    assert "about 7 seconds to the first step, 0.25 s a step, 0.88 s a validation" in line.lower()
    assert "1.0 GB of memory. Measured here on this very setting." in line


def test_what_cannot_fit_into_memory_is_refused_before_the_start(
    open_page: Open, home: Path
) -> None:
    config = RunConfig(recipe=PRESETS["nothing"].recipe, **settings("small", {}))
    figures = Figures(load_s=3, build_s=1, step_s=0.25, memory_bytes=10**14)
    remember(config, figures)
    app = open_page("train.py", preset="small")
    [sentence] = errors(app)
    assert "100,000.0 GB of memory" in sentence
    assert "Start" not in [button.label for button in app.button]


def test_the_command_line_that_does_the_same_is_there_to_copy(open_page: Open) -> None:
    app = open_page("train.py", preset="small", epochs="3", seed="9")
    [command] = [each.value for each in app.code]
    assert command == ("python -m augment train --preset small --epochs 3 --seed 9 --recipe guide")


def test_the_purpose_of_the_bundled_pictures_is_shown(open_page: Open) -> None:
    assert any("enough to try every function" in c.value for c in open_page("train.py").caption)


def test_the_first_batch_is_the_one_that_training_begins_with(open_page: Open) -> None:
    settings = {"preset": "small", "size": "32", "seed": "5", "per_class": "4"}
    app = open_page("train.py", **settings)
    config = RunConfig(recipe=PRESETS["guide"].recipe, size=32, seed=5, per_class=4)
    batches = EpochBatches(config, config.prepared())
    names = [config.prepared().class_names[n] for n in batches.labels[batches.rows(1)[0]]]
    assert [tile["name"] for tile in grid(app)["tiles"]] == names[:MOST_SHOWN]
    assert any("of the first batch of epoch 1." in plain(each.value) for each in app.caption)
    before = digest(app)
    by_label(app.number_input, "Learning rate").set_value(0.5).run()
    assert digest(app) == before
    by_label(app.number_input, "Seed").set_value(6).run()
    assert digest(app) != before
    # The head alone is trained on pictures without augmentation, of which there is nothing to see.
    by_label(app.selectbox, "Model").set_value("lite0").run()
    by_label(app.selectbox, "Initial weights").set_value("imagenet").run()
    by_label(app.number_input, "Head epochs").set_value(2).run()
    assert errors(app) == []
    assert any("of the first batch of epoch 2." in plain(each.value) for each in app.caption)


def test_what_may_be_wrong_about_the_classes_is_shown(
    open_page: Open, home: Path, tmp_path: Path
) -> None:
    names = [f"{name}.{number}.jpg" for name in ("cat", "dog") for number in range(10)]
    folder = made_folders.filled(tmp_path, {name: made_folders.picture(name) for name in names})
    source = data_page.prepared(home, folder)
    app = open_page("train.py", size=str(data_page.SIZE))
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
    slide(app, "Magnitude", 0.77)
    app.switch_page("train.py").run()
    assert any("magnitude 0.77" in plain(m.value) for m in app.markdown)
    assert "0.77" in address.decode(parameter(app, "r"))


def test_bad_values_in_the_address_leave_a_form_that_works(open_page: Open) -> None:
    for bad in (
        {"epochs": "0", "learning_rate": "-1", "batch_size": "1e9", "size": "33"},
        {"epochs": "many", "learning_rate": "nan", "data": "nothing", "label_smoothing": "2"},
        {"preset": "huge", "model": "resnet", "weights": "/etc/passwd.h5", "jit": "maybe"},
        {"preset": "none", "head_epochs": "1", "trainable": "head", "epochs": "1.2.3"},
    ):
        app = open_page("train.py", **bad)
        assert errors(app) == []
        preset = None if {"epochs", "head_epochs"} & set(bad) else "quick"
        wanted = settings(preset, {})
        assert (shown(app)["Epochs"], shown(app)["Learning rate"]) == (
            wanted["epochs"],
            wanted["learning_rate"],
        )
        assert (shown(app)["Batch size"], shown(app)["Label smoothing"]) == (32, 0.1)
        assert shown(app)["Data"] == "bundled"
        assert by_label(app.button, "Start")
        notes = " ".join(plain(each.value) for each in app.info)
        if "epochs" in bad:
            assert f"epochs={bad['epochs']}, but it must be a whole number from 1 to 1000" in notes
        if "model" in bad:
            assert "model=resnet, but it must be one of densenet121" in notes
            assert "weights=/etc/passwd.h5, but it must be one of none, imagenet" in notes


def test_a_bad_recipe_in_the_address_is_one_sentence(open_page: Open) -> None:
    app = open_page("train.py", r="garbage!")
    [sentence] = errors(app)
    assert "cannot be read" in sentence
    assert by_label(app.button, "Start")


def test_data_that_are_not_prepared_cannot_be_trained_on(open_page: Open) -> None:
    app = open_page("train.py", size="32")
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    assert errors(app) == []
    assert "not prepared" in app.subheader[-1].value
    assert [button.label for button in app.button] == ["Prepare"]


@pytest.fixture
def quiet(shared_home: Path) -> Iterator[None]:
    """No scheduler starts what is queued, and nothing of it is left."""
    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        yield
        for run in runs.list_runs():
            shutil.rmtree(run.path)
        measurements().unlink(missing_ok=True)


SMALL = {"preset": "small", "size": "32"}


def test_a_second_click_starts_nothing_and_another_setting_does(
    open_page: Open, quiet: None, visitor: Visit
) -> None:
    token = new_token()
    visitor(cookie=token)
    app = open_page("train.py", **SMALL)
    for _ in range(2):
        by_label(app.button, "Start").click().run()
        assert errors(app) == []
        [run] = runs.list_runs()
        assert (app.title[0].value, parameter(app, "run")) == ("Runs", run.id)
        go_to(app, "train.py")
        assert (shown(app)["Model"], shown(app)["Size in pixels"]) == ("small", 32)
    assert run.owner == hash_of(token)
    by_label(app.number_input, "Seed").set_value(11).run()
    by_label(app.button, "Start").click().run()
    assert sorted(run.config.seed for run in runs.list_runs() if run.config) == [7, 11]
    # A run that is over is no reason not to start it again.
    for each in runs.list_runs():
        files.write_json(each.path / "state.json", {"state": "FAILED"})
    go_to(app, "train.py")
    by_label(app.button, "Start").click().run()
    assert [run.state for run in runs.list_runs()].count("QUEUED") == 1


def test_the_runs_before_it_are_counted(open_page: Open, quiet: None) -> None:
    app = open_page("train.py", **SMALL)
    for seed, words in ((1, "1 run is before it"), (2, "2 runs are before it")):
        by_label(app.number_input, "Seed").set_value(seed).run()
        assert words not in plain("\n".join(m.value for m in app.markdown))
        by_label(app.button, "Start").click().run()
        go_to(app, "train.py")
        assert words in plain("\n".join(m.value for m in app.markdown))


def test_whether_it_helps_takes_the_recipe_and_nothing_with_three_seeds_each(
    open_page: Open, quiet: None, visitor: Visit
) -> None:
    token = new_token()
    visitor(cookie=token, address="192.0.2.9")
    config = RunConfig(recipe=PRESETS["nothing"].recipe, **settings("small", {}))
    remember(
        config, Figures(load_s=30, build_s=9, first_step_s=20, step_s=0.001, memory_bytes=10**9)
    )
    link = address.encode(PRESETS["mixing"].recipe.to_json())
    app = open_page("train.py", r=link, **SMALL)
    [words] = [text for each in app.caption if "6 runs" in (text := plain(each.value))]
    assert "with 3 seeds each: 6 runs, about " in words
    # The start counts once.
    expected = forecast_of(config, config.prepared())
    assert several_s(expected, 6) < 2 * expected.total_s
    assert f"{expected.about(several_s(expected, 6))} in all" in words
    for _ in range(2):
        app = by_label(app.button, "Does it help?").click().run()
        assert errors(app) == []
        assert app.title[0].value == "Compare"
        groups = [ids.split(",") for ids in parameter(app, "groups").split(";")]
        nothing, recipe = ([runs.get(one) for one in ids] for ids in groups)
        assert [run.config.seed for run in nothing if run.config] == [7, 8, 9]
        assert [run.config.seed for run in recipe if run.config] == [7, 8, 9]
        for group, wanted in ((nothing, "nothing"), (recipe, "mixing")):
            steps = meaning(PRESETS[wanted].recipe)
            assert all(run.config and meaning(run.config.recipe) == steps for run in group)
        assert len({run.seed_group for run in (*nothing, *recipe)}) == 2
        found = runs.list_runs()
        assert len(found) == 6
        assert {run.owner for run in found} == {hash_of(token)}
        go_to(app, "train.py", r=link, **SMALL)


@pytest.mark.parametrize(
    ("recipe", "settings", "words"),
    [
        ("nothing", {}, "this recipe does nothing"),
        (
            "guide",
            {"epochs": "3", "head_epochs": "3"},
            "with a frozen body augmentation does not pay",
        ),
        ("guide", {"trainable": "head"}, "with a frozen body augmentation does not pay"),
    ],
)
def test_a_question_without_use_is_not_asked(
    open_page: Open, recipe: str, settings: dict[str, str], words: str
) -> None:
    link = address.encode(PRESETS[recipe].recipe.to_json())
    app = open_page("train.py", r=link, preset="quick", size="32", **settings)
    assert errors(app) == []
    assert by_label(app.button, "Does it help?").disabled
    assert any(words in plain(each.value) for each in app.caption)


def test_a_person_may_have_only_so_many_runs_in_the_queue(
    open_page: Open, quiet: None, visitor: Visit
) -> None:
    token = new_token()
    for number in range(queue.most_queued() - 5):
        config = RunConfig(recipe=PRESETS["nothing"].recipe, size=32, seed=number)
        folders.create(f"waits-{number}", config, owner=hash_of(token))
    before = len(runs.list_runs())
    for who, submits in ((token, False), (new_token(), True)):
        visitor(cookie=who, address="192.0.2.9")
        app = open_page("train.py", **SMALL)
        by_label(app.button, "Does it help?").click().run()
        assert bool(errors(app)) is not submits
        assert len(runs.list_runs()) == before + 6 * submits
