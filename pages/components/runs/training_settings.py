"""The settings of the training to start: a preset, and the fields that differ from it.

They are in the session, so that they are there again after a look at another page, and in the address:
``preset``, and each field that differs under its own name. The widgets are not bound to the address,
because choosing a preset sets them all; a callback takes over what a user changes, and before each run
of the page they are set to what the settings have.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import streamlit as st

from augment.models import IMAGENET, MODELS, NONE
from augment.runs.config import RunConfig, limits
from augment.runs.presets import DEFAULTS, PRESETS, settings
from pages.components.pictures import data_choice
from pages.components.session import address_notes
from pages.components.session.address import arrived, is_complete, put

NO_PRESET = "none"
"""The name of the choice to start from the defaults of the command line."""
CHOICES = (*PRESETS, NO_PRESET)
DEFAULT = "quick"

_PRESET, _CHANGED, _PROBLEMS = "training preset", "training settings changed", "address problems"
_ELSEWHERE = ("data", "size", "fit", "splits", "split_seed", "leave_out", "seed", "name")
"""Fields whose widgets are not those of this module."""
FIELDS = tuple(name for name in DEFAULTS if name not in _ELSEWHERE)
_NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)
_CHOICES = {
    item.name: item.metadata["choices"] for item in fields(RunConfig) if "choices" in item.metadata
} | {"weights": (NONE, IMAGENET)}


def adopt_address() -> None:
    """Take the settings from the address if that is new; call it before the widgets are made."""
    state, address = st.session_state, st.query_params
    state.setdefault(_PRESET, DEFAULT)
    state.setdefault(_CHANGED, {})
    state[_PROBLEMS] = []
    requested = {name: address[name] for name in FIELDS if name in address}
    address_notes.expect("preset", *FIELDS)
    if arrived("training settings") and (requested or "preset" in address or is_complete()):
        # An address with fields and no preset was made when there were none.
        preset = address.get("preset", NO_PRESET if requested else DEFAULT)
        if preset not in CHOICES:
            _refuse("preset", preset, f"must be one of {', '.join(CHOICES)}")
            preset = DEFAULT
        state[_PRESET] = preset
        state[_CHANGED] = _readable(requested)
        if (requested or "preset" in address) and data_choice.SIZE not in address:
            data_choice.suggest_size(value("size"))
    _drop_what_is_ruled_out()


def write_address() -> None:
    """Write the settings into the address, as far as they differ from the default; before the widgets."""
    changed = st.session_state[_CHANGED]
    wanted = {name: _written(changed[name]) if name in changed else None for name in FIELDS}
    wanted["preset"] = preset() if changed or preset() != DEFAULT else None
    put(wanted)


def link(config: RunConfig) -> dict[str, str]:
    """Return the address parameters that fill in the settings of a run.

    A file of weights is left out, because an address cannot name a file of the server.
    """
    values = {name: getattr(config, name) for name in FIELDS}
    if values["weights"] not in _CHOICES["weights"]:
        values |= {name: DEFAULTS[name] for name in ("weights", "head_epochs", "trainable")}
    changed = {name: each for name, each in values.items() if each != DEFAULTS[name]}
    return {"preset": NO_PRESET} | {name: _written(each) for name, each in changed.items()}


def preset() -> str:
    """Return the name of the preset chosen, or `NO_PRESET`."""
    name: str = st.session_state[_PRESET]
    return name


def problems() -> list[str]:
    """Return what the address requested and cannot have, in sentences."""
    found: list[str] = st.session_state[_PROBLEMS]
    return found


def value(name: str) -> Any:
    """Return the value of a field: what was changed, else that of the preset, else the default."""
    return _settings()[name]


def choose_preset(key: str) -> None:
    """Take over the preset that its widget shows, with all its fields; a callback."""
    state = st.session_state
    state[_PRESET] = state[key]
    state[_CHANGED] = {}
    data_choice.suggest_size(value("size"))


def change(name: str) -> None:
    """Take over what the widget of a field shows; a callback."""
    state = st.session_state
    others = {key: each for key, each in state[_CHANGED].items() if key != name}
    shown = state[_key(name)]
    is_as_before = settings(_preset_or_none(), others)[name] == shown
    state[_CHANGED] = others if is_as_before else {**others, name: shown}
    _drop_what_is_ruled_out()


def key_of(name: str) -> str:
    """Return the key of the widget of a field, which then shows its value; call it before each run."""
    key = _key(name)
    if st.session_state.get(key) != (now := value(name)):
        st.session_state[key] = now
    return key


def choices(name: str) -> tuple[str, ...]:
    """Return what a field can be."""
    if name == "weights" and not MODELS[value("model")].has_imagenet:
        return (NONE,)
    return tuple(_CHOICES[name])


def _written(value: object) -> str:
    """Return a value of a field as the address has it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _key(name: str) -> str:
    return f"training {name}"


def _settings() -> dict[str, Any]:
    return settings(_preset_or_none(), st.session_state[_CHANGED])


def _preset_or_none() -> str | None:
    name = preset()
    return None if name == NO_PRESET else name


def _drop_what_is_ruled_out() -> None:
    """Drop changed fields that another one excludes, where a command would be refused."""
    changed: dict[str, Any] = st.session_state[_CHANGED]
    if value("weights") not in choices("weights"):
        changed.pop("weights", None)
    if value("weights") == NONE:
        changed.pop("head_epochs", None)
        changed.pop("trainable", None)
    if value("head_epochs") > value("epochs"):
        changed["head_epochs"] = value("epochs")


def _readable(requested: dict[str, str]) -> dict[str, Any]:
    """Return the fields of an address that can be used; the others become problems."""
    found: dict[str, Any] = {}
    for name, text in requested.items():
        if name in _CHOICES:
            if text in _CHOICES[name]:
                found[name] = text
            else:
                _refuse(name, text, f"must be one of {', '.join(_CHOICES[name])}")
            continue
        try:
            found[name] = limits(name).check(float(text) if _NUMBER.fullmatch(text) else text)
        except ValueError:
            _refuse(name, text, f"must be {limits(name)}")
    return found


def _refuse(name: str, text: str, allowed: str) -> None:
    st.session_state[_PROBLEMS].append(f"The address says {name}={text[:40]}, but it {allowed}.")
