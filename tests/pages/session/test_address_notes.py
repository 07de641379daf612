from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session.text import escaped
from tests.pages.shown import plain


def page() -> None:
    import streamlit as st

    from pages.components.session import address, address_notes

    address.begin()
    address_notes.begin()
    seed = st.number_input(
        "Seed", min_value=0, max_value=999, value=7, step=1, key="seed", bind="query-params"
    )
    address_notes.compare("seed", seed, range(1000))
    tiles = st.segmented_control(
        "Tiles", (4, 9), default=9, required=True, key="tiles", bind="query-params"
    )
    address_notes.compare("tiles", tiles, (4, 9))
    split = st.selectbox("Split", ["photographs"], key="split", bind="query-params")
    address_notes.compare("split", split, ["photographs"])
    names = [f"flower {n}" for n in range(12)]
    flowers = st.multiselect("Flowers", names, key="flowers", bind="query-params")
    address_notes.compare("flowers", flowers, names)
    address_notes.compare("picture", 1)
    address_notes.compare("down", "", ["one", "two"])
    address_notes.expect("r")
    address_notes.expect("later", several=True)
    st.session_state.shown = {"seed": seed, "tiles": tiles, "split": split, "flowers": flowers}
    address_notes.show()
    st.button("Anything")


def opened(**parameters: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def notes(app: AppTest) -> list[str]:
    """Return the notes as a reader sees them."""
    assert not app.exception
    return [line for box in app.info for line in plain(box.value).split("\n\n")]


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({}, {"seed": 7, "tiles": 9, "flowers": []}),
        ({"seed": "12", "tiles": "4"}, {"seed": 12, "tiles": 4}),
        ({"seed": "7", "tiles": "9", "split": "photographs"}, {"seed": 7, "tiles": 9}),
        ({"seed": "1e2"}, {"seed": 100}),
        ({"seed": ["5", "5"]}, {"seed": 5}),
        ({"flowers": ["flower 3", "flower 1"]}, {"flowers": ["flower 3", "flower 1"]}),
        ({"flowers": ""}, {"flowers": []}),
        ({"picture": "1", "r": "anything", "later": ["4", "9"]}, {}),
    ],
)
def test_what_is_shown_as_requested_needs_no_note(
    parameters: dict[str, Any], shown: dict[str, Any]
) -> None:
    app = opened(**parameters)
    assert notes(app) == []
    assert app.session_state.shown | shown == app.session_state.shown


WHOLE = "but seed can be a whole number from 0 to 999; 7 is shown."


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"seed": "abc"}, f"The address says seed=abc, {WHOLE}"),
        ({"seed": "-1"}, f"The address says seed=-1, {WHOLE}"),
        ({"seed": "nan"}, f"The address says seed=nan, {WHOLE}"),
        ({"seed": "inf"}, f"The address says seed=inf, {WHOLE}"),
        ({"seed": "1e999"}, f"The address says seed=1e999, {WHOLE}"),
        ({"seed": "9" * 10_000}, f"The address says seed={'9' * 40}…, {WHOLE}"),
        ({"seed": ""}, f"The address gives seed no value, {WHOLE}"),
        ({"seed": "5.5"}, f"The address says seed=5.5, {WHOLE.replace('7', '5')}"),
        ({"seed": ["3", "4"]}, "The address says seed=3, but says it more than once; 4 counts."),
        ({"seed": ["x", "4"]}, f"The address says seed=x, {WHOLE.replace('7', '4')}"),
        ({"tiles": "7"}, "The address says tiles=7, but tiles can be 4 or 9; 9 is shown."),
        ({"tiles": ""}, "The address gives tiles no value, but tiles can be 4 or 9; 9 is shown."),
        (
            {"split": "test"},
            "The address says split=test, but split can be photographs only; photographs is shown.",
        ),
        (
            {"flowers": ["flower 2", "weed"]},
            "The address says flowers=weed, but flowers can be flower 0, flower 1, flower 2 "
            "or one of 9 more.",
        ),
        ({"picture": "9"}, "The address says picture=9, which does not exist; 1 is shown."),
        ({"down": "x"}, "The address says down=x, but down can be one or two; none is shown."),
        ({"r": ["a", "b"]}, "The address says r=a, but says it more than once; the last counts."),
        ({"colour": "red"}, "The address says colour=red, which nothing on this page uses."),
        (
            {"a\n\n# b": "<b>\u202e\x00![x](y)"},
            "The address says a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}# b="
            "<b>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}![x](y), "
            "which nothing on this page uses.",
        ),
    ],
)
def test_a_value_that_is_not_used_is_noted_with_the_allowed_ones(
    parameters: dict[str, Any], sentence: str
) -> None:
    assert notes(opened(**parameters)) == [sentence]


def test_a_valid_value_is_not_blamed_for_an_invalid_one() -> None:
    assert notes(opened(seed=["3", "x"])) == [
        "The address says seed=3, but says it more than once; 7 is shown.",
        f"The address says seed=x, {WHOLE}",
    ]


def test_text_from_outside_is_shown_as_it_is() -> None:
    value = "www.b.c :material/x: [x](http://b.c) $z$"
    [box] = opened(**{"*a*": value}).info
    assert escaped(f"The address says *a*={value}") in box.value


def test_streamlits_own_parameters_are_not_noted() -> None:
    assert notes(opened(embed="true", embed_options="dark_theme")) == []


def test_many_notes_are_counted() -> None:
    found = notes(opened(**{f"p{n}": "1" for n in range(30)}))
    assert len(found) == 6
    assert found[0] == "The address says p0=1, which nothing on this page uses."
    assert found[-1] == "And 25 more like these."


@pytest.mark.parametrize("label", ["Close", "Anything"])
def test_the_note_is_gone_with_the_next_change(label: str) -> None:
    app = opened(seed="abc", colour="red")
    assert len(notes(app)) == 2
    next(button for button in app.button if button.label == label).click().run()
    assert notes(app) == []
    assert not [button for button in app.button if button.label == "Close"]
