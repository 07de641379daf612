"""The form of a training: a preset, the data, and the settings, with the limits of `RunConfig`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import Recipe
from augment.data import Prepared, Source
from augment.models import IMAGENET, MODELS, NONE
from augment.runs.config import NAME_LENGTH, RunConfig, limits
from augment.runs.presets import DEFAULTS, PRESETS
from augment.runs.words import CHOICES, LABELS
from pages.components.pictures.data_choice import DataChoice, data_choice
from pages.components.pictures.seed_epoch import seed_input
from pages.components.runs import training_settings
from pages.components.session import address_notes
from pages.components.session.streamlit_internals import DeltaGenerator
from pages.components.session.text import escaped

_TITLES = {name: preset.title for name, preset in PRESETS.items()} | {
    training_settings.NO_PRESET: "No preset"
}
_NO_PRESET_NOTE = (
    "The defaults of the command line: DenseNet121 from scratch at 64 px, for two epochs."
)


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is filled in: the fields of a `RunConfig` without the recipe, and the data if prepared.

    Attributes:
        config: The fields.
        preset: The name of the preset that they start from; None for none.
        source: The data set.
        prepared: Its pictures; None if they are not prepared at this size.
    """

    config: dict[str, Any]
    preset: str | None
    source: Source
    prepared: Prepared | None

    def run_config(self, recipe: Recipe) -> RunConfig:
        """Return the configuration of a run.

        Raises:
            ConfigError: A field is not allowed.
        """
        return RunConfig(recipe=recipe, **self.config)


def training_form(notes: DeltaGenerator) -> Form:
    """Show the form and return what is filled in.

    Args:
        notes: Where to show what the address requests and the form cannot have.

    Raises:
        DataError: The prepared data cannot be used.
    """
    training_settings.adopt_address()
    training_settings.write_address()
    for problem in training_settings.problems():
        notes.info(escaped(problem), icon=":material/link_off:")
    with st.container(border=True):
        st.subheader("Preset", anchor=False)
        _preset()
    with st.container(border=True):
        st.subheader("Pictures", anchor=False)
        choice = data_choice(
            size_help="The side of a picture, the same on the pages Explore and Data. Twice the side "
            "takes about four times as long."
        )
        if note := _preset_size_note(choice.size):
            st.caption(escaped(note))
    with st.container(border=True):
        st.subheader("Training", anchor=False)
        config = {**DEFAULTS, **_data_fields(choice), **_first_fields(), **_more_fields()}
        _model_notes(config)
    with notes:
        address_notes.show()
    name = training_settings.preset()
    return Form(
        config=config,
        preset=None if name == training_settings.NO_PRESET else name,
        source=choice.source,
        prepared=choice.prepared,
    )


def _preset() -> None:
    key = "preset shown"
    chosen = training_settings.preset()
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    st.segmented_control(
        "Preset",
        training_settings.CHOICES,
        format_func=_TITLES.__getitem__,
        required=True,
        key=key,
        on_change=training_settings.choose_preset,
        args=(key,),
        help="Sets the picture size and everything under *Training*, also *More settings*. What you "
        "change afterwards wins.",
        label_visibility="collapsed",
    )
    st.caption(escaped(PRESETS[chosen].note if chosen in PRESETS else _NO_PRESET_NOTE))


def _preset_size_note(size: int) -> str:
    """Return what size the preset would have taken, where it is another one."""
    wanted = training_settings.value("size")
    if wanted == size:
        return ""
    name = _TITLES[training_settings.preset()]
    return (
        f"The preset “{name}” is meant for {wanted} px; the size of these pictures stays {size} px."
    )


def _data_fields(choice: DataChoice) -> dict[str, Any]:
    splits = choice.splits
    return {
        "data": choice.source.name,
        "size": choice.size,
        "fit": choice.fit,
        "splits": splits.scheme if splits else RunConfig.splits,
        "split_seed": splits.seed if splits else RunConfig.split_seed,
        "leave_out": splits.leave_out if splits else RunConfig.leave_out,
    }


def _first_fields() -> dict[str, Any]:
    with st.grid(4, min_column_width=200):
        return {
            "model": _choice("model"),
            "weights": _choice(
                "weights",
                help="ImageNet is offered for the models that have such weights. To start from a file of "
                "your own, use `python -m augment train --weights FILE`.",
            ),
            "epochs": _number("epochs", help="Passes over the training pictures, of all stages."),
            "per_class": _number(
                "per_class",
                help="Train on so many pictures of each class, chosen by the seed; 0 for all of them.",
            ),
            "seed": seed_input(
                help="The seed of the order, the draws, the choice of pictures and the initial weights; "
                "Explore uses the same one."
            ),
            "name": st.text_input(
                LABELS["name"],
                max_chars=NAME_LENGTH,
                placeholder="Optional",
                help="The title of the run in the list of runs.",
            ),
        }


def _more_fields() -> dict[str, Any]:
    with st.expander("More settings", icon=":material/tune:"), st.grid(4, min_column_width=200):
        found = {
            "batch_size": _number(
                "batch_size",
                help="Pictures in each step; mixing takes its partners from the same batch.",
            ),
            "learning_rate": _number(
                "learning_rate",
                step=0.001,
                help="The learning rate of SGD, the highest of the schedule.",
            ),
            "schedule": _choice(
                "schedule",
                help="How the learning rate falls: as a cosine to 0 at the last step, or not at all.",
            ),
            "warmup": _number(
                "warmup",
                step=0.01,
                help="The share of the steps in which the learning rate rises from 0.",
            ),
            "momentum": _number("momentum", step=0.05, help="The momentum of SGD."),
            "weight_decay": _number(
                "weight_decay",
                step=0.0001,
                help="Decoupled weight decay of the kernels; 0 for none.",
            ),
            "clip_norm": _number(
                "clip_norm",
                step=0.5,
                help="Gradients with a larger norm are scaled down to it; 0 for never.",
            ),
            "label_smoothing": _number(
                "label_smoothing",
                step=0.05,
                help="The share of each label that is spread over all classes.",
            ),
            "patience": _number(
                "patience",
                help="The training ends after so many validations without improvement; 0 for never.",
            ),
            "balance": _choice(
                "balance",
                help="Nothing, let their loss count more, or take their pictures more often, each time "
                "drawn anew.",
            ),
            "precision": _choice("precision"),
            "jit": _choice(
                "jit",
                help="Keras compiles the training step on a GPU, and not on the processor.",
            ),
            "devices": _number(
                "devices",
                help="On how many GPUs of this machine each batch is divided.",
            ),
        }
        if training_settings.value("weights") != NONE:
            found |= {
                "head_epochs": _number(
                    "head_epochs",
                    high=training_settings.value("epochs"),
                    help="The first epochs, which train the head alone on the features of the frozen "
                    "body.",
                ),
                "trainable": _choice("trainable", help="In the epochs after those."),
            }
    return found


def _model_notes(config: dict[str, Any]) -> None:
    model = MODELS[config["model"]]
    notes = [model.note]
    if config["weights"] == IMAGENET:
        notes.append(model.imagenet_note)
    st.caption(escaped(" ".join(notes)))


def _number(name: str, *, step: float = 1, high: float | None = None, help: str) -> Any:
    allowed = limits(name)
    kind = type(DEFAULTS[name])
    return st.number_input(
        LABELS[name],
        min_value=kind(allowed.low),
        max_value=kind(allowed.high if high is None else high),
        step=step,
        format="%d" if kind is int else "%g",
        help=help,
        key=training_settings.key_of(name),
        on_change=training_settings.change,
        args=(name,),
    )


def _choice(name: str, help: str | None = None) -> Any:
    return st.selectbox(
        LABELS[name],
        training_settings.choices(name),
        format_func=CHOICES[name].__getitem__,
        help=help,
        key=training_settings.key_of(name),
        on_change=training_settings.change,
        args=(name,),
    )
