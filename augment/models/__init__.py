"""The models that a training can use: one table, and one module for each of them.

Importing this package imports no Keras: a page reads the table, and only a trainer calls `module_of`.

Each module has

- ``build(*, size, classes) -> keras.Model``: the network with its preprocessing inside. It takes uint8
  (B, size, size, 3), RGB, from an input named "pixels", and returns float32 (B, classes), rows summing
  to 1, from a dense layer named "head"; its weights are random.
- ``LAST_BLOCK``: the name of the first layer of the last block, for ``trainable="last_block"``.
- ``load_imagenet(model)``, where ``Model.has_imagenet``: loads the public weights of the body, or raises
  a `ConfigError` that says how to get them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType

NONE, IMAGENET = "none", "imagenet"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model that a training can use, as far as it is known without Keras.

    Attributes:
        name: As `RunConfig.model` takes it.
        title: Its name in a heading.
        note: What it is good for, in a sentence or two.
        has_imagenet: Whether there are public weights, trained on ImageNet.
        imagenet_note: What must be said wherever its figures with those weights are shown.
        module: The module that builds it.
        parameters: How many weights it has, with a head for 102 classes.
        forward_flop: Floating point operations of a forward pass at 64 px; they grow with the area.
        step_s: Seconds of a training step of 32 pictures of 64 px on two cores with AVX-512, for a
            forecast on a machine where nothing was measured yet.
        overhead_s: The part of them that does not grow with the pictures.
        first_step_s: The seconds there that the first step takes longer, because it builds the graph.
        memory_bytes: The memory there of the process that trains.
    """

    name: str
    title: str
    note: str
    has_imagenet: bool
    imagenet_note: str = ""
    module: str
    parameters: int
    forward_flop: float
    step_s: float
    overhead_s: float
    first_step_s: float
    memory_bytes: int


_IMAGENET_NOTE = (
    "It knows ImageNet, which has flowers. With a frozen body augmentation does not pay, so recipes are"
    " ranked by training the body."
)

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            name="densenet121",
            title="DenseNet121",
            note="The model of the Keras guide.",
            has_imagenet=True,
            step_s=0.41,
            overhead_s=0.1,
            first_step_s=12.0,
            memory_bytes=1_850_000_000,
            imagenet_note=_IMAGENET_NOTE,
            module="augment.models.densenet121",
            parameters=7_142_054,
            forward_flop=0.456e9,
        ),
        Model(
            name="lite0",
            title="EfficientNet-Lite0",
            note="Pretrained on ImageNet, so that it has a useful figure in seconds.",
            has_imagenet=True,
            imagenet_note=_IMAGENET_NOTE,
            step_s=0.2,
            overhead_s=0.09,
            first_step_s=2.2,
            memory_bytes=1_250_000_000,
            module="augment.models.lite0",
            parameters=3_543_686,
            forward_flop=0.064e9,
        ),
        Model(
            name="small",
            title="Small network",
            note="For pictures of 32 px: many people on one server, or many recipes to compare.",
            has_imagenet=False,
            step_s=0.3,
            overhead_s=0.0,
            first_step_s=1.5,
            memory_bytes=1_150_000_000,
            module="augment.models.small",
            parameters=301_510,
            forward_flop=0.31e9,
        ),
    )
}
DEFAULT = "densenet121"


def module_of(name: str) -> ModuleType:
    """Return the module of the model ``name``, which imports Keras."""
    return importlib.import_module(MODELS[name].module)
