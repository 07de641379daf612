from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment.runs.config import limits
from augment.runs.presets import DEFAULTS, PRESETS, TrainingPreset
from pages.components.pictures.data_choice import SIZES
from pages.components.runs import training_settings


def test_every_number_has_the_limits_of_the_configuration(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page("train.py")
    shown = {widget.key: widget for widget in app.number_input}
    numbers = [name for name in training_settings.FIELDS if not isinstance(DEFAULTS[name], str)]
    assert len(numbers) > 8
    for name in numbers:
        widget, allowed = shown[f"training {name}"], limits(name)
        high = app.session_state["training epochs"] if name == "head_epochs" else allowed.high
        assert (widget.min, widget.max) == (allowed.low, high)
        assert widget.help


def test_every_field_of_a_training_has_a_widget(open_page: Callable[..., AppTest]) -> None:
    app = open_page("train.py")
    keys = {widget.key for widget in [*app.number_input, *app.selectbox]}
    assert {f"training {name}" for name in training_settings.FIELDS} <= keys
    assert not any(widget.disabled for widget in [*app.number_input])
    [weights] = [widget for widget in app.selectbox if widget.key == "training weights"]
    assert "`python -m augment train --weights FILE`" in weights.help


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_can_be_shown(preset: TrainingPreset) -> None:
    assert preset.values["size"] in SIZES
    assert set(preset.values) <= {*training_settings.FIELDS, "size"}
