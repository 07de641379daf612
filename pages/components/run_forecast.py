"""What starting a training will bring, in words."""

from __future__ import annotations

from augment import DataError, data
from augment.data import Prepared
from augment.data.spec import TEST, TRAIN, VALIDATION
from pages.components.run_form import Form
from pages.components.words import count


def forecast(form: Form) -> str:
    """Return in words what starting will bring; the data are prepared.

    Raises:
        DataError: There are no pictures to train on.
    """
    assert form.prepared is not None
    if TRAIN not in form.prepared.splits:
        raise DataError(form.prepared.split_note)
    train = form.prepared.split(TRAIN)
    batch_size, epochs, seed = (form.config[name] for name in ("batch_size", "epochs", "seed"))
    steps = data.batches.batch_rows(train.ids, batch_size=batch_size, seed=seed, epoch=0)
    return (
        f"{count(epochs, 'epoch')} of {count(len(steps), 'step')} each, "
        f"{count(len(steps[0]), 'picture')} a step, over {len(train):,} training pictures; "
        f"{_judging(form.prepared)} "
        "Nothing moves before the first step: on two processor cores, loading TensorFlow and building "
        "the training graph takes 30 to 60 seconds. How long the rest takes is said as soon as a few "
        "steps have been measured. Trainings that are already waiting go first."
    )


def _judging(prepared: Prepared) -> str:
    there = {name: count(len(split), f"{name} picture") for name, split in prepared.splits.items()}
    if VALIDATION in there:
        said = (
            f"after each epoch a look at {there[VALIDATION]}, which are never augmented; the model "
            "that does best on them is kept."
        )
        return f"{said} The {there[TEST]} are not looked at." if TEST in there else said
    if TEST in there:
        return (
            f"the last model is kept, and judged once by {there[TEST]}, which are never augmented."
        )
    return "the last model is kept, and nothing is left to judge it by."
