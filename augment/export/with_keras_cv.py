"""A recipe as a script with the real layers of keras_cv.

Each op names its layer by its `Twin`. What keras_cv cannot do is a comment in the script, with what to do
instead. The statements about keras_cv were verified by running version 0.9 in ``tf.data``: `RandomApply`
fails inside other layers and with ``batchwise``, and no layer that chooses for each sample on its own can
contain one that mixes samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import Template
from typing import Any

from augment.engine.op import Twin, registry
from augment.engine.recipe import Recipe, Step
from augment.export.shown import Shown
from augment.export.source import Call, Source
from augment.export.steps import (
    INSTEAD,
    NOT_AMONG,
    Built,
    about_shown,
    helpers_in,
    imports_for,
    left_out,
    listing,
    nothing_in,
    switched_off,
    tf_program,
)

_LAYERS = "keras_cv.layers."
_ONCE = (
    "keras_cv chooses once for the whole batch, because something in it needs the batch as a whole; "
    "the recipe chooses for each picture on its own."
)


def to_keras_cv(
    recipe: Recipe, *, size: tuple[int, int] = (224, 224), shown: Shown | None = None
) -> str:
    """Return a runnable Python script with the recipe as layers of keras_cv 0.9.

    The script has a function ``augment_batch`` for ``tf.data.Dataset.map``, over batches that are dicts
    with ``images``, (B, H, W, 3) from 0 to 255, and ``labels``, (B, K), and come back as float32. The
    draws are keras_cv's own, so it gives other pictures than this package, of the same kind.

    Args:
        recipe: What may happen.
        size: Height and width of the pictures in pixels, which layers that crop need.
        shown: The pictures shown, if the script is to take them; their size replaces `size`.
    """
    if shown is not None:
        size = (shown.size, shown.size)
    steps = [_built(step, nested=False) for step in recipe.steps]
    layers = listing(steps)
    imports = "import keras_cv\n" * ("keras_cv.layers." in layers) + "import tensorflow as tf\n"
    return _SCRIPT.substitute(
        imports=imports_for(shown) + imports,
        size=f"\nSIZE = {size}  # height and width of the pictures\n" * ("=SIZE" in layers),
        helpers=helpers_in(layers, _HELPERS),
        layers=layers,
        about=about_shown(shown),
        program=tf_program(shown, size),
    )


def differences(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return the known differences between a recipe and its layers of keras_cv.

    Most steps have none, and those that are switched off never have. The sentences are those of the ops
    (`augment.engine.op.Twin`), in which "it" is the layer of keras_cv; there is also one for each step
    without a layer, and for each choice that keras_cv makes in another way.

    Args:
        recipe: What may happen.

    Returns:
        Pairs of the id of a step and a sentence.
    """
    return tuple(one for step in recipe.steps for one in _built(step, nested=False).differs)


def layer(twin: Twin, params: Mapping[str, Any]) -> Call:
    """Return the call that makes the layer of a twin.

    Args:
        twin: Which layer, and with which arguments.
        params: The values of the op's parameters.
    """
    arguments = dict(twin.arguments(params) if twin.arguments else params)
    if "target_size" in arguments:  # keras_cv's name for the height and width of the result
        arguments["target_size"] = Source("SIZE")
    return Call(_LAYERS + twin.layer, arguments)


def _built(step: Step, *, nested: bool) -> Built:
    op = registry()[step.op]
    if not step.enabled:
        return switched_off(step)
    if op.twin is None:
        return left_out(step, "keras_cv has no such layer", INSTEAD)
    call = layer(op.twin, step.params)
    if call.arguments.get("dtype") == "uint8":
        call = Call("in_whole_levels", {"layer": call})
    built = Built(call, whole_batch=op.mixes)
    if op.twin.differs:
        built = built.noted(step, op.twin.differs)
    if op.takes_steps:
        built = _with_children(built, step)
    return _for_some(step, built, nested=nested)


def _with_children(policy: Built, step: Step) -> Built:
    """Return a policy with its children inside it."""
    children = [_built(child, nested=True) for child in step.steps]
    inner = tuple(one for child in children for one in child.differs)
    if policy.call is None or not any(child.call for child in children):
        return nothing_in(step, children)
    arguments: dict[str, Any] = {"layers": listing(children), **policy.call.arguments}
    name = policy.call.name
    whole_batch = any(child.whole_batch for child in children)
    if whole_batch:
        policy = policy.noted(step, _ONCE)
        if name == f"{_LAYERS}RandomChoice":
            arguments["batchwise"] = True
        else:
            name = "batch_pipeline"
    differs = (*policy.differs, *inner)
    return Built(Call(name, arguments), policy.comments, differs, whole_batch)


def _for_some(step: Step, built: Built, *, nested: bool) -> Built:
    """Return what applies a layer with the step's probability, to the step's classes."""
    if built.call is None or (step.probability == 1.0 and step.classes is None):
        return built
    if step.classes is not None or built.whole_batch:
        arguments = {"layer": built.call, "rate": step.probability}
        if step.classes is not None:
            arguments["classes"] = step.classes
            if nested:
                built = built.noted(step, NOT_AMONG)
        return replace(built, call=Call("for_some", arguments), whole_batch=True)
    if nested:
        arguments = {"layers": [built.call], "augmentations_per_image": 1, "rate": step.probability}
        return replace(built, call=Call(f"{_LAYERS}RandomAugmentationPipeline", arguments))
    arguments = {"layer": built.call, "rate": step.probability}
    return replace(built, call=Call(f"{_LAYERS}RandomApply", arguments))


_SCRIPT = Template(
    '''\
"""Augmentation with keras_cv 0.9, from a recipe.

It needs the packages tensorflow and keras-cv. The layers draw from a generator that
the whole process shares, so neither a run nor an epoch can be repeated to the bit.
$about"""

$imports$size$helpers
LAYERS = $layers


$program'''
)

_HELPERS = {
    "in_whole_levels": '''\
def in_whole_levels(layer):
    """Apply a layer that works on uint8 to pictures of floats, alone or in a batch."""

    def apply(inputs):
        levels = tf.saturate_cast(tf.round(inputs["images"]), tf.uint8)
        outputs = layer({**inputs, "images": levels})
        return {**outputs, "images": tf.cast(outputs["images"], tf.float32)}

    return apply
''',
    "for_some": '''\
def for_some(layer, rate, classes=None):
    """Apply a layer that needs the whole batch to some of its samples.

    keras_cv knows no classes, and its RandomApply cannot hold layers that mix samples.

    Args:
        layer: What to apply.
        rate: The probability that it happens to a sample.
        classes: The classes that it is for, or None for all. The class of a sample is
            the largest entry of its label by now, after what mixed it before.
    """

    def apply(inputs):
        outputs = layer(inputs)
        chosen = tf.random.uniform(tf.shape(inputs["labels"])[:1]) < rate
        if classes is not None:
            own_class = tf.argmax(inputs["labels"], axis=-1)[:, None]
            is_one = own_class == tf.constant(classes, tf.int64)
            chosen &= tf.reduce_any(is_one, axis=-1)
        pictures = chosen[:, None, None, None]
        return {
            "images": tf.where(pictures, outputs["images"], inputs["images"]),
            "labels": tf.where(chosen[:, None], outputs["labels"], inputs["labels"]),
        }

    return apply
''',
    "batch_pipeline": '''\
def batch_pipeline(layers, augmentations_per_image, rate):
    """Do what RandomAugmentationPipeline does, for layers that need the whole batch."""
    choice = keras_cv.layers.RandomChoice(layers=layers, batchwise=True)
    choice = for_some(layer=choice, rate=rate)

    def apply(inputs):
        for _ in range(augmentations_per_image):
            inputs = choice(inputs)
        return inputs

    return apply
''',
}
"""Functions that a script defines where it needs them, in this order."""
