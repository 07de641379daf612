"""A recipe as a script with the real layers of keras_cv.

Each op names its layer by its `Twin`; what keras_cv cannot do stands in the script as a comment that
says what to do instead. What the comments claim about keras_cv was found by running it, version 0.9, in
``tf.data``: `RandomApply` fails inside other layers and with ``batchwise``, and no layer that chooses
for each sample on its own can hold one that mixes samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from augment.engine.op import Op, Twin, registry
from augment.engine.recipe import Recipe, Step
from augment.export.shown import OfFiles, Shown, call_of, function_of
from augment.export.source import Call, Source, listed, prose
from augment.export.texts import HELPERS, KERAS_CV_EXAMPLE, KERAS_CV_SCRIPT, KERAS_CV_SHOWN

_LAYERS = "keras_cv.layers."
_ONCE = (
    "keras_cv chooses once for the whole batch, because something in it needs the batch as a whole; "
    "the recipe chooses for each picture on its own."
)
_NOT_AMONG = (
    "A picture of another class stays as it is where this is chosen; the recipe chooses among the "
    "others."
)
_ABOUT_SHOWN = (
    "It takes the pictures that were shown from the package augment, and writes what becomes of them "
    "beside itself as a PNG file; what was drawn for them there is not drawn again."
)
_INSTEAD = "To have it, map the batches with augment.tfdata.mapper, which does the whole recipe."


def to_keras_cv(
    recipe: Recipe, *, size: tuple[int, int] = (224, 224), shown: Shown | None = None
) -> str:
    """Return a runnable Python script with the recipe as layers of keras_cv 0.9.

    The script has a function ``augment_batch`` for ``tf.data.Dataset.map``, over batches that are dicts
    with ``images``, (B, H, W, 3) from 0 to 255, and ``labels``, (B, K), and come back as float32. The
    draws are keras_cv's own, so it gives other pictures than this package, of the same kind.

    Args:
        recipe: What may happen.
        size: Height and width of the pictures in pixels, which layers that crop have to be told.
        shown: The pictures that a page showed, whose size it is then; the script takes them.
    """
    if shown is not None:
        size = (shown.size, shown.size)
    steps = [_built(step, nested=False) for step in recipe.steps]
    layers = _listed(steps)
    needed = {name for name in HELPERS if f"{name}(" in layers}
    needed |= {"for_some"} if "batch_pipeline" in needed else set()
    helpers = [text for name, text in HELPERS.items() if name in needed]
    imports = "import keras_cv\n" * ("keras_cv.layers." in layers) + "import tensorflow as tf\n"
    return KERAS_CV_SCRIPT.substitute(
        imports=_standard(shown) + imports,
        size=f"\nSIZE = {size}  # height and width of the pictures\n" * ("=SIZE" in layers),
        helpers="".join(f"\n\n{helper}" for helper in helpers) + "\n" * bool(helpers),
        layers=layers,
        **_ending(shown, size),
    )


def differences(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return the ids of steps, each with what differs there by the layers of keras_cv.

    Most steps differ in nothing that is known, and those that are switched off in nothing at all. The
    whole sentences are the ops' own (`augment.engine.op.Twin`) and speak of keras_cv's layer as "it"; to
    them come steps that keras_cv has no layer for, and choices that it makes in another way.

    Args:
        recipe: What may happen.
    """
    return tuple(one for step in recipe.steps for one in _built(step, nested=False).differs)


def _standard(shown: Shown | None) -> str:
    if shown is None:
        return ""
    return "import sys\n" * isinstance(shown, OfFiles) + "from pathlib import Path\n\n"


def _ending(shown: Shown | None, size: tuple[int, int]) -> dict[str, str]:
    """Return what the script does when it is run by itself, and how it says so."""
    if shown is None:
        height, width = map(str, size)
        return {"about": "", "ending": KERAS_CV_EXAMPLE.substitute(height=height, width=width)}
    about = _ABOUT_SHOWN + " Give it the files as arguments." * isinstance(shown, OfFiles)
    said = "Return the pictures shown, with their labels."
    function = function_of(shown, said, imports="from augment.data import samples")
    ending = KERAS_CV_SHOWN.substitute(function=function, call=call_of(shown))
    return {"about": f"\n{prose(about)}\n", "ending": ending}


def layer(twin: Twin, params: Mapping[str, Any]) -> Call:
    """Return the call that makes the layer of a twin.

    Args:
        twin: What says which layer, and with which arguments.
        params: The values of the op's parameters.
    """
    arguments = dict(twin.arguments(params) if twin.arguments else params)
    if "target_size" in arguments:  # keras_cv's name for the height and width of the result
        arguments["target_size"] = Source("SIZE")
    return Call(_LAYERS + twin.layer, arguments)


@dataclass(frozen=True)
class _Built:
    """What became of a step.

    Attributes:
        call: The layer, or None where there is none.
        comments: What to say about it in the script.
        differs: The ids of the step and of those in it, each with what differs there.
        whole_batch: Whether it works on whole batches only.
    """

    call: Call | None
    comments: tuple[str, ...] = ()
    differs: tuple[tuple[str, str], ...] = ()
    whole_batch: bool = False


def _built(step: Step, *, nested: bool) -> _Built:
    op = registry()[step.op]
    if not step.enabled:
        return _Built(None, (f"{op.title} is switched off in the recipe.",))
    if op.twin is None:
        sentence = f"{op.title} is left out: keras_cv has no such layer."
        return _Built(None, (f"{sentence} {_INSTEAD}",), ((step.id, sentence),))
    call = layer(op.twin, step.params)
    if call.arguments.get("dtype") == "uint8":
        call = Call("in_whole_levels", {"layer": call})
    built = _Built(call, whole_batch=op.kind == "mix")
    if op.twin.differs:
        built = _noted(built, step, op.twin.differs)
    if op.takes_steps:
        built = _with_children(op, built, step)
    return _for_some(step, built, nested=nested)


def _noted(built: _Built, step: Step, sentence: str) -> _Built:
    """Return a layer with one more thing to say about it."""
    return replace(
        built,
        comments=(*built.comments, f"{registry()[step.op].title}: {sentence}"),
        differs=(*built.differs, (step.id, sentence)),
    )


def _listed(steps: Sequence[_Built]) -> Source:
    return listed((step.comments, step.call) for step in steps)


def _with_children(op: Op, policy: _Built, step: Step) -> _Built:
    """Return a policy with its children inside it."""
    children = [_built(child, nested=True) for child in step.steps]
    inner = tuple(one for child in children for one in child.differs)
    if policy.call is None or not any(child.call for child in children):
        sentence = f"{op.title} is left out: nothing in it can happen."
        said = tuple(comment for child in children for comment in child.comments)
        return _Built(None, (sentence, *said), ((step.id, sentence), *inner))
    arguments: dict[str, Any] = {"layers": _listed(children), **policy.call.arguments}
    name = policy.call.name
    whole_batch = any(child.whole_batch for child in children)
    if whole_batch:
        policy = _noted(policy, step, _ONCE)
        if name == f"{_LAYERS}RandomChoice":
            arguments["batchwise"] = True
        else:
            name = "batch_pipeline"
    differs = (*policy.differs, *inner)
    return _Built(Call(name, arguments), policy.comments, differs, whole_batch)


def _for_some(step: Step, built: _Built, *, nested: bool) -> _Built:
    """Return what applies a layer with the step's probability, to the step's classes."""
    if built.call is None or (step.probability == 1.0 and step.classes is None):
        return built
    if step.classes is not None or built.whole_batch:
        arguments = {"layer": built.call, "rate": step.probability}
        if step.classes is not None:
            arguments["classes"] = step.classes
            if nested:
                built = _noted(built, step, _NOT_AMONG)
        return replace(built, call=Call("for_some", arguments), whole_batch=True)
    if nested:
        arguments = {"layers": [built.call], "augmentations_per_image": 1, "rate": step.probability}
        return replace(built, call=Call(f"{_LAYERS}RandomAugmentationPipeline", arguments))
    arguments = {"layer": built.call, "rate": step.probability}
    return replace(built, call=Call(f"{_LAYERS}RandomApply", arguments))
