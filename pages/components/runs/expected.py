"""What starting a training does: its stages, what is validated, how long it takes, what to know."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment.data import Prepared
from augment.data.source import TEST, VALIDATION
from augment.runs import Run, engines, stages
from augment.runs.config import RunConfig
from augment.system.units import counted, gigabytes
from augment.train import epoch_batches
from augment.train.forecast import (
    Forecast,
    check_memory,
    queue_ahead,
    rough,
    steps_in_epoch,
)
from pages.components.runs.settings import TRAINED
from pages.components.session.text import escaped


def how_long(prepared: Prepared, expected: Forecast, listed: Sequence[Run]) -> None:
    """Show how long a training will take and what is before it.

    Args:
        prepared: Its data.
        expected: Its forecast.
        listed: The runs of this machine, some of which may be before it.
    """
    first = ""
    if VALIDATION in prepared.splits and expected.first_figure_s < expected.total_s:
        first = f", the first validated figure after {expected.about(expected.first_figure_s)}"
    st.markdown(
        f"**{escaped(_capital(expected.about(expected.total_s)))} in all**{escaped(first)}."
    )
    if sentence := queue_sentence(listed):
        st.markdown(escaped(sentence))


def what_will_happen(
    config: RunConfig, prepared: Prepared, expected: Forecast, warnings: Sequence[str]
) -> None:
    """Show what a training will do and what it will take.

    Args:
        config: Its configuration.
        prepared: Its data.
        expected: Its forecast.
        warnings: What a user should know, in sentences.

    Raises:
        DataError: There are no pictures to train on.
    """
    sentences = [*stage_sentences(config, prepared), validation_sentence(config, prepared)]
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in sentences))
    st.markdown(escaped(_parts(expected)))
    st.markdown(escaped(prepared.split_note))
    for warning in warnings:
        st.caption(f":material/info: {escaped(warning)}")


def warnings_of(config: RunConfig, prepared: Prepared, expected: Forecast) -> list[str]:
    """Return what a user should know before a training, each once, in sentences.

    Raises:
        ConfigError: It needs more memory than there is.
    """
    warnings = [
        *prepared.stored.warnings,
        *epoch_batches.warnings(config, prepared),
        expected.problem,
        check_memory(config, expected),
    ]
    return list(dict.fromkeys(filter(None, warnings)))


def queue_sentence(listed: Sequence[Run]) -> str:
    """Return which of the runs are before a new one, and for how long; empty if none is."""
    ahead, wait_s = queue_ahead(listed, engines.usual())
    if not ahead:
        return ""
    wait = "" if wait_s is None else f", for {rough(wait_s)}"
    return f"{counted(ahead, 'run is', 'runs are')} before it in the queue{wait}."


def stage_sentences(config: RunConfig, prepared: Prepared) -> list[str]:
    """Return what each stage of a run trains, and on what.

    Raises:
        DataError: There are no pictures to train on.
    """
    pictures, steps = stages.pictures_an_epoch(config, prepared), steps_in_epoch(config, prepared)
    per_step = min(config.batch_size, pictures)
    heads = stages.head_epochs(config)
    found = []
    if heads:
        found.append(
            "Epoch 1: only the head, the last layer, learns. The body, all the rest, is frozen: it turns "
            f"{counted(pictures, 'training picture')} into features, without augmentation."
        )
    if heads > 1:
        found.append(
            f"{_epochs(2, heads)}: the same with augmented pictures added, drawn anew in each epoch."
        )
    if config.epochs > heads:
        what = TRAINED[config.trainable]
        frozen = "" if config.weights == "none" else " Batch normalisation is frozen."
        found.append(
            f"{_epochs(heads + 1, config.epochs)}: {what} is trained by "
            f"{counted(steps, 'step')} each, with {counted(per_step, 'picture')} per step, over "
            f"{pictures:,} training pictures.{frozen}"
        )
    return found


def validation_sentence(config: RunConfig, prepared: Prepared) -> str:
    """Return which pictures the model is evaluated on, and when."""
    splits = prepared.splits
    test = counted(len(splits[TEST]), "test picture") if TEST in splits else ""
    if VALIDATION in splits:
        validated = stages.validated_epochs(
            config,
            training=stages.pictures_an_epoch(config, prepared),
            validation=len(splits[VALIDATION]),
        )
        when = (
            "after each epoch"
            if len(validated) == config.epochs
            else f"after {len(validated)} of {config.epochs:,} epochs, fixed beforehand, so that it "
            "takes about a tenth of the time"
        )
        text = (
            f"Validation: {when}, on {counted(len(splits[VALIDATION]), 'validation picture')} without "
            "augmentation. The best model is kept."
        )
        return f"{text} The {test} are not used until you test the run." if test else text
    if test:
        return f"The last model is kept and evaluated once on {test}, without augmentation."
    return "The last model is kept, and there is no split to evaluate it on."


def _parts(expected: Forecast) -> str:
    digits = 2 if expected.is_measured else 1
    parts = [f"{expected.about(expected.start_s)} to the first step"]
    if expected.step_s:
        parts.append(f"{expected.step_s:.{digits}g} s a step")
    if expected.validation_s:
        parts.append(f"{expected.validation_s:.{digits}g} s a validation")
    parts.append(f"about {gigabytes(expected.memory_bytes)} of memory")
    basis = f"{_capital(expected.basis)}."
    if expected.is_estimated:
        basis += " Once a training has run here, the forecast rests on it."
    return f"{_capital(', '.join(parts))}. {basis}"


def _epochs(first: int, last: int) -> str:
    return f"Epoch {first:,}" if first == last else f"Epochs {first:,} to {last:,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
