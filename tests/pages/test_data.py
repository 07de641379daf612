"""The page Data on prepared sets, also on sets with hostile names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data import overview
from augment.data.duplicates import DuplicateReport, Pairs
from augment.data.store.file_format import Stored
from tests.data.sources import made_folders
from tests.pages.data_page import cards, opened, prepared, read
from tests.pages.shown import by_label

Open = Callable[..., AppTest]

AWFUL = (
    "**loud** <img src=x onerror=alert(1)>",
    "[link](x) :tulip: $x^2$",
    "new\nline",
    "花 Ünï",
    "' \" `tick`",
)


@pytest.fixture(scope="module")
def awful(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A prepared folder of classes with awful names, a bad picture, and files of other kinds."""
    root = tmp_path_factory.mktemp("given") / "awful **names**"
    folder = made_folders.flower_folder(root, AWFUL, per_class=12)
    first = (folder / AWFUL[0] / "0.jpg").read_bytes()
    made_folders.filled(
        folder,
        {
            f"{AWFUL[0]}/**bad**.jpg": b"nothing",
            f"{AWFUL[1]}/again.jpg": first,
            "<b>notes</b>.txt": b"x",
        },
    )
    return prepared(prepared_home, folder)


@pytest.fixture(scope="module")
def many(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A prepared folder of 30 classes, each with another number of pictures up to 4."""
    names = [f"{number % 4}.jpg" for number in range(4)]
    one = made_folders.picture("one", 32)
    files = {
        f"train/class {n:02}/{name}": one for n in range(30) for name in names[: n % 4 + 1]
    } | {f"test/class {n:02}/x.jpg": made_folders.picture(str(n), 32) for n in range(30)}
    folder = made_folders.filled(tmp_path_factory.mktemp("many"), files)
    return prepared(prepared_home, folder)


def test_the_bundled_pictures_are_counted_and_shown(open_page: Open) -> None:
    app = opened(open_page)
    counts = {metric.label: metric.value for metric in app.metric}
    assert counts["Pictures"] == "275"
    assert counts["Classes"] == "11"
    assert (counts["train"], counts["validation"]) == ("176", "88")
    shown = cards(app)
    assert [card["title"] for card in shown] == list(data.source("bundled").class_names)
    assert shown[0]["text"] == "25 pictures: photographs 1, train 16, validation 8"
    assert {len(card["pictures"]) for card in shown} == {5}
    assert "Each class has 25 pictures." in read(app.markdown)
    assert "Photographs by" in read(app.markdown)
    assert len(app.text_input) == 0


def test_names_from_outside_are_shown_as_they_are(open_page: Open, awful: str) -> None:
    app = opened(open_page, awful)
    titles = {card["title"] for card in cards(app)}
    assert titles == {name.replace("\n", "\\n") for name in AWFUL}
    assert app.subheader[0].value == r"awful \*\*names\*\*"
    for text in [*app.markdown, *app.caption, *app.subheader, *app.warning]:
        assert not any(mark in text.value for mark in (" **names", "<img", "](x)", " :tulip:"))


def test_a_re_split_has_a_warning_that_it_is_not_comparable(open_page: Open, awful: str) -> None:
    app = opened(open_page, awful, part="Splits")
    warning = read(app.warning)
    assert "Not comparable with published results." in warning
    assert "split with seed 0" in warning
    [table] = app.dataframe
    assert list(table.value) == ["Class", "train", "validation", "test", "total"]
    assert table.value["total"].sum() == 61
    first = list(table.value["train"])
    by_label(app.number_input, "Seed of the splits").set_value(7).run()
    assert "split with seed 7" in read(app.warning)
    assert app.dataframe[0].value["train"].sum() == sum(first)
    assert app.session_state["split_seed"] == 7


def test_the_splits_of_the_data_set_itself_have_no_warning(open_page: Open) -> None:
    app = opened(open_page, part="Splits")
    assert "176 training and 88 validation pictures, no test pictures." in read(app.markdown)
    assert len(app.warning) == 0


def test_duplicates_are_counted_and_shown_side_by_side(
    open_page: Open, awful: str, many: str
) -> None:
    app = opened(open_page, awful, part="Duplicates")
    assert "No picture is in two splits." in read(app.success)
    assert "every pixel is equal, as decoded for this size." in read(app.caption)
    counts = app.dataframe[0].value.set_index("Where")
    assert list(counts.loc["with two labels"]) == [1, 0]
    by_label(app.selectbox, "Show the pairs").select("with two labels").run()
    [pair] = cards(app)
    assert pair["title"] == "Duplicates"
    one, other = (picture["caption"] for picture in pair["pictures"])
    assert AWFUL[0] in one
    assert "again.jpg" in other

    app = opened(open_page, many, part="Duplicates")
    by_label(app.selectbox, "Show the pairs").select("within train").run()
    assert len(cards(app)) == 12
    by_label(app.button, "Show 12 more").click().run()
    assert len(cards(app)) == 24
    by_label(app.selectbox, "Show the pairs").select("with two labels").run()
    assert len(cards(app)) == 12
    by_label(app.selectbox, "Show the pairs").select("within train").run()
    assert len(cards(app)) == 24


@pytest.mark.parametrize("complete", [True, False])
def test_an_incomplete_search_does_not_claim_that_there_are_no_duplicates(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, *, complete: bool
) -> None:
    none = Pairs(rows=np.empty((0, 2), int), exact=np.empty(0, bool))
    nothing = DuplicateReport(across={}, within={}, labels=none)
    monkeypatch.setattr(overview, "duplicates", lambda _: nothing)
    monkeypatch.setattr(Stored, "duplicates_complete", complete)
    app = opened(open_page, part="Duplicates")
    assert ("not all near-duplicates were searched for" in read(app.caption)) != complete
    assert ("No picture is in two splits." in read(app.success)) == complete
    assert ("There are no duplicates." in read(app.markdown)) == complete


def test_duplicates_within_a_split_are_no_warning(open_page: Open) -> None:
    app = opened(open_page, part="Duplicates")
    assert len(app.warning) == 0
    assert "within train" in set(app.dataframe[0].value["Where"])


def test_what_was_left_out_is_listed(open_page: Open, awful: str) -> None:
    app = opened(open_page, awful, part="Left out")
    assert "1 unreadable picture" in read(app.subheader)
    assert "/**bad**.jpg is not a picture that can be read" in read(app.markdown)
    assert "<b>notes</b>.txt is left out: its extension is not that of a picture." in read(
        app.markdown
    )
    assert not any(mark in text.value for text in app.markdown for mark in ("**bad", "<b>"))
    app = opened(open_page, part="Left out")
    assert "Nothing was left out" in read(app.success)


def test_many_classes_come_a_page_at_a_time_and_are_found_by_name(
    open_page: Open, many: str
) -> None:
    app = opened(open_page, many)
    assert [card["title"] for card in cards(app)] == [f"class {n:02}" for n in range(12)]
    by_label(app.number_input, "Page (of 3)").set_value(3).run()
    assert [card["title"] for card in cards(app)] == [f"class {n:02}" for n in range(24, 30)]
    by_label(app.text_input, "Search classes").set_value("02 CLASS").run()
    assert [card["title"] for card in cards(app)] == ["class 02"]
    by_label(app.text_input, "Search classes").set_value("**rose**").run()
    assert "No class name matches **rose**." in read(app.info)


def test_the_class_balance_is_drawn_largest_first(open_page: Open, many: str) -> None:
    app = opened(open_page, many)
    [chart] = app.get("vega_lite_chart")
    assert "Half of the classes have" in chart.proto.alt
    assert "The largest class, class 03, has 5 pictures, the smallest, class 28, has 2." in read(
        app.markdown
    )


def test_an_old_link_opens_the_tab_under_its_new_name(open_page: Open) -> None:
    app = open_page("data.py", size="32", part="There twice")
    assert "every pixel is equal, as decoded for this size." in read(app.caption)
    assert len(app.info) == 0
