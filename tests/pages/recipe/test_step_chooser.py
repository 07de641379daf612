from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from augment import Op, registry
from augment.engine.op import GROUPS
from pages.components.recipe.step_chooser import matches

OPS = registry()


def found(sought: str) -> set[str]:
    return {name for name, op in OPS.items() if matches(op, sought)}


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_op_is_found_by_its_name_and_by_its_title(op: Op) -> None:
    assert op.name in found(op.title)
    assert op.name in found(op.name.upper())


def test_an_op_is_found_by_what_it_does_in_either_spelling() -> None:
    assert "flip" in found("mirror")
    assert "grayscale" in found("grey") & found("gray")
    assert found("color") == found("colour") >= {"hue", "saturation", "color_degeneration"}
    assert found("random crop") == {"random_crop", "random_resized_crop"}
    assert found("no such thing") == set()
    assert found("  ") == set(OPS)


def script() -> None:
    from pages.components.recipe.step_chooser import op_list

    op_list(None)


def titles(app: AppTest) -> set[str]:
    assert not app.exception
    return {button.label for button in app.button}


def test_the_list_is_by_group_and_narrows_with_what_is_sought() -> None:
    app = AppTest.from_function(script).run()
    assert [element.value.strip("*") for element in app.markdown] == list(GROUPS.values())
    assert titles(app) == {op.title for op in OPS.values()}

    app.text_input[0].set_value("jpeg").run()
    assert titles(app) == {"JPEG quality"}
    assert [caption.value for caption in app.caption] == [OPS["jpeg_quality"].summary]

    app.text_input[0].set_value("no such thing").run()
    assert titles(app) == set()
    assert "No op" in app.caption[0].value
