from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from statistics import median
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, address, runs
from augment.compare.comparison import compare
from augment.compare.groups import group_of
from augment.data.source import TEST
from augment.runs import queue
from augment.system import files
from tests.pages.compare.groups_of_runs import FLIPS, NOTHING, Make, group
from tests.pages.data_page import cards
from tests.pages.shown import by_label, errors, parameter, plain

Open = Callable[..., AppTest]
HURT, HELPED = 3, 0


def text(app: AppTest) -> str:
    """Return the text of the page as a reader sees it."""
    shown = [*app.markdown, *app.caption, *app.warning, *app.info, *app.subheader]
    return plain("\n".join(element.value for element in shown))


def opened(open_page: Open, *groups: list[str], part: str = "") -> AppTest:
    app = open_page("compare.py", groups=";".join(map(",".join, groups)))
    if part:
        app.session_state[f"compare {part}"] = True
        app.run()
    assert errors(app) == []
    return app


@pytest.fixture
def nothing(make_run: Make) -> list[str]:
    """Runs that take the pictures of the first class for the second, and recognise all others."""
    return group(make_run, "nothing", NOTHING)


@pytest.fixture
def flips(make_run: Make) -> list[str]:
    """Runs that take the pictures of the fourth class for the first, and recognise all others."""
    return group(make_run, "flips", FLIPS, lambda labels: labels != HURT)


@pytest.fixture
def no_scheduler(shared_home: object) -> Iterator[None]:
    """No scheduler starts: the lock of one is held."""
    queue.lock_path().parent.mkdir(parents=True, exist_ok=True)
    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        yield


def test_the_page_begins_with_a_choice_of_groups(
    open_page: Open, nothing: list[str], flips: list[str]
) -> None:
    app = opened(open_page)
    [choice] = app.multiselect
    assert [option.split(",")[0] for option in choice.options] == ["nothing", "Crop and flip"]
    assert all(option.endswith("seeds 1, 2") for option in choice.options)
    choice.select(",".join(flips)).run()
    assert "Choose one more group" in text(app)
    app.multiselect[0].select(",".join(nothing)).run()
    assert parameter(app, "groups") == "flips-1,flips-2;nothing-1,nothing-2"
    assert "nothing compared with Crop and flip" in text(app)


def test_a_bad_address_is_one_sentence_above_the_choice(
    open_page: Open, nothing: list[str]
) -> None:
    app = open_page("compare.py", groups="<b>gone</b>;nothing-1,nothing-2")
    assert [plain(each.value) for each in app.warning] == [
        "The address cannot be used as it is: there is no run <b>gone</b>."
    ]
    assert app.multiselect[0].value == ["nothing-1,nothing-2"]


def test_the_answer_and_whom_it_helped(
    open_page: Open, nothing: list[str], flips: list[str]
) -> None:
    app = opened(open_page, nothing, flips)
    shown = text(app)
    assert "Crop and flip compared with nothing: " in shown
    assert "Measured on 88 test pictures, by which nothing was chosen" in shown
    assert "The validation pictures chose" in shown
    names = runs.get("nothing-1").test()["per_class"]  # type: ignore[index]
    assert f"**Helped:** {names[HELPED]['name']} (+100 points)" in shown
    assert f"**Hurt:** {names[HURT]['name']} (-100 points)" in shown
    assert "Evaluate" not in "".join(button.label for button in app.button)
    [table] = app.table
    assert list(table.value["Seeds"]) == ["2", "2"]
    assert table.value["Test accuracy"][0].split() == ["90.9", "±", "0.0", "%"]


def test_a_hurt_class_is_taken_out_of_a_step_and_opened_in_explore(
    open_page: Open, nothing: list[str], flips: list[str]
) -> None:
    app = opened(open_page, nothing, flips)
    step = next(box for box in app.selectbox if box.label == "Step")
    step.select_index(1).run()
    [link] = [each.proto for each in app.get("page_link") if "Not for these" in each.proto.label]
    recipe = Recipe.from_json(address.decode(parse_qs(link.query_string)["r"][0]))
    left = tuple(label for label in range(11) if label != HURT)
    assert [each.classes for each in recipe.steps] == [None, left]
    [train] = [each.proto for each in app.get("page_link") if "Train it" in each.proto.label]
    settings = parse_qs(train.query_string)
    assert settings["r"] == parse_qs(link.query_string)["r"]
    assert (settings["model"], settings["seed"]) == (["small"], ["1"])


def test_where_no_class_stands_out_the_width_of_the_intervals_says_what_could_be_seen(
    open_page: Open, nothing: list[str], make_run: Make
) -> None:
    alike = group(make_run, "alike", FLIPS)
    app = opened(open_page, nothing, alike)
    found = compare(group_of(map(runs.get, nothing)), group_of(map(runs.get, alike)), TEST)
    half = median((one.high - one.low) / 2 for one in found.classes)
    assert f"The interval of a class reaches {round(100 * half)} points to each side" in text(app)


def test_on_validation_no_single_class_is_shown(open_page: Open, make_run: Make) -> None:
    first = group(make_run, "nothing", NOTHING, tested=False)
    second = group(make_run, "flips", FLIPS, lambda labels: labels != HURT, tested=False)
    app = opened(open_page, first, second)
    shown = text(app)
    assert "They chose the best epoch of each run, so the figures are optimistic" in shown
    assert "cross-entropy" not in shown  # which only tested models have in the table
    assert "A class has 8 validation pictures, so a single class would have to change" in shown
    assert "Hurt" not in shown
    assert "These data have no test pictures" in shown


def test_pictures_that_changed(open_page: Open, nothing: list[str], flips: list[str]) -> None:
    app = opened(open_page, nothing, flips, part="pictures")
    assert "8 pictures that more than half of the runs with Crop and flip recognise" in text(app)
    shown = cards(app)
    assert len(shown) == 8
    assert all("With Crop and flip: right in 2 of 2." in card["text"] for card in shown)
    assert all("With nothing: right in 0 of 2, taken for" in card["text"] for card in shown)
    [which] = [each for each in app.button_group if "changed" in str(each.key)]
    which.set_value("broken").run()
    assert len({card["title"] for card in cards(app)}) == 1


def test_a_changed_cell_opens_its_pictures(
    open_page: Open, nothing: list[str], flips: list[str]
) -> None:
    app = opened(open_page, nothing, flips, part="confusions")
    pairs = [button for button in app.button if " pair " in (button.key or "")]
    assert [plain(pair.label)[:6] for pair in pairs] == ["-8.0: ", "+8.0: "]
    pairs[1].click().run()
    assert "8 pictures changed: " in text(app)
    assert len(cards(app)) == 8


def test_of_several_groups_each_can_be_compared_with_the_first(
    open_page: Open, make_run: Make, nothing: list[str], flips: list[str]
) -> None:
    longer = group(make_run, "same", NOTHING, np.ones_like, seeds=(1, 2))
    for one in longer:
        folder = runs.get(one).path / "spec.json"
        spec = json.loads(folder.read_text())
        spec["config"]["epochs"] = 3
        folder.write_text(json.dumps(spec))
    app = opened(open_page, nothing, flips, longer)
    assert len(app.table[0].value) == 3
    by_label(app.selectbox, "Compared with the base, which is the first group").set_value(2).run()
    assert "nothing, 3 epochs" in text(app)
    assert "Epochs: 2 -> 3" in text(app)


def test_one_run_is_no_result_and_two_more_seeds_are_one_click(
    open_page: Open, make_run: Make, nothing: list[str], no_scheduler: None
) -> None:
    single = group(make_run, "flips", FLIPS, seeds=(2,))
    app = opened(open_page, nothing, single)
    assert "Crop and flip: one run is no result" in text(app)
    click = by_label(app.button, "Train two more seeds").click
    try:
        click().run()
        added = parameter(app, "groups").split(";")[1].split(",")
        seeds = sorted(runs.get(one).config.seed for one in added)  # type: ignore[union-attr]
        assert seeds == [2, 3, 4]
        assert "1 run is no result" not in text(app)
        assert "3 of 5 runs finished" in text(app)
    finally:
        for run in runs.list_runs():
            if not run.is_over:
                for file in run.path.iterdir():
                    file.unlink()
                run.path.rmdir()


def test_seeds_that_there_are_already_are_added_instead(
    open_page: Open, nothing: list[str], flips: list[str]
) -> None:
    app = opened(open_page, nothing, flips[:1])
    by_label(app.button, "Add 1 other seed of this group").click().run()
    assert parameter(app, "groups") == "nothing-1,nothing-2;flips-1,flips-2"
    assert "one run is no result" not in text(app)


def test_runs_that_are_not_over_are_followed(
    open_page: Open, make_run: Make, nothing: list[str], no_scheduler: None
) -> None:
    folder = make_run("waiting", size=32, recipe=FLIPS, model="small")
    folder.state.unlink()
    app = opened(open_page, nothing, ["waiting"])
    assert "2 of 3 runs finished" in text(app)
    assert "nothing to compare before each of the two groups has a finished run" in text(app)
    assert list(app.table[0].value["Seeds"]) == ["2", "0 of 1"]
    folder.state.write_text(json.dumps({"state": "FAILED", "reason": "no memory"}))
    app.run()
    assert "waiting: failed. It is left out." in text(app)
