"""What becomes of the steps of a recipe in a script with another library, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Template

from augment.engine.op import registry
from augment.engine.recipe import Step
from augment.export.shown import OfFiles, Shown, call_of, function_of
from augment.export.source import Call, Source, listed, prose

NOT_AMONG = (
    "A picture of another class stays as it is where this is chosen; the recipe chooses among the "
    "others."
)
INSTEAD = "To have it, map the batches with augment.tfdata.mapper, which does the whole recipe."
_ABOUT_SHOWN = (
    "It takes the pictures that were shown from the package augment, and writes what becomes of them "
    "beside itself as a PNG file; what was drawn for them there is not drawn again."
)


@dataclass(frozen=True)
class Built:
    """A step as a call in a script.

    Attributes:
        call: The call, or None where there is none.
        comments: The comments above it in the script.
        differs: The ids of the step and of those in it, each with what differs there.
        whole_batch: Whether it works on whole batches only.
        classes: The classes without which nothing of it happens, where the library has to know them
            before; None for all.
    """

    call: Call | None
    comments: tuple[str, ...] = ()
    differs: tuple[tuple[str, str], ...] = ()
    whole_batch: bool = False
    classes: tuple[int, ...] | None = None

    def noted(self, step: Step, sentence: str) -> Built:
        """Return it with one more comment, on what differs."""
        return replace(
            self,
            comments=(*self.comments, f"{registry()[step.op].title}: {sentence}"),
            differs=(*self.differs, (step.id, sentence)),
        )


def switched_off(step: Step) -> Built:
    """Return the comment on a step that is switched off."""
    return Built(None, (f"{registry()[step.op].title} is switched off in the recipe.",))


def left_out(step: Step, reason: str, instead: str = "") -> Built:
    """Return the comment on a step that a library has nothing for.

    Args:
        step: The step.
        reason: Why, as the end of a sentence, such as "keras_cv has no such layer".
        instead: What to do instead, in a sentence; empty where nothing is missing.
    """
    sentence = f"{registry()[step.op].title} is left out: {reason}."
    return Built(None, (f"{sentence} {instead}".rstrip(),), ((step.id, sentence),))


def nothing_in(step: Step, children: Sequence[Built]) -> Built:
    """Return the comments on a policy of which no child is left."""
    sentence = f"{registry()[step.op].title} is left out: nothing in it can happen."
    comments = tuple(comment for child in children for comment in child.comments)
    inner = tuple(one for child in children for one in child.differs)
    return Built(None, (sentence, *comments), ((step.id, sentence), *inner))


def listing(steps: Sequence[Built]) -> Source:
    """Return a list of the calls, with their comments."""
    return listed((step.comments, step.call) for step in steps)


def helpers_in(source: str, helpers: dict[str, str]) -> str:
    """Return the definitions of the helpers that a source calls, and of those that they call.

    Args:
        source: The source.
        helpers: The definition of each by its name, a helper before those that call it.
    """
    needed: list[str] = []
    for name, definition in reversed(helpers.items()):
        if any(f"{name}(" in text for text in (source, *needed)):
            needed.insert(0, definition)
    return "".join(f"\n\n{definition}" for definition in needed) + "\n" * bool(needed)


def imports_for(shown: Shown | None, *others: str) -> str:
    """Return the imports of the standard library: those for pictures shown, and others before them."""
    lines = [*others, *["import sys"] * isinstance(shown, OfFiles)]
    lines += ["from pathlib import Path"] * (shown is not None)
    return "".join(f"{line}\n" for line in lines) + "\n" * bool(lines)


def about_shown(shown: Shown | None) -> str:
    """Return the paragraph of a script's docstring about the pictures shown; empty without any."""
    if shown is None:
        return ""
    about = _ABOUT_SHOWN + " Give it the files as arguments." * isinstance(shown, OfFiles)
    return f"\n{prose(about)}\n"


def sources_of(shown: Shown) -> dict[str, str]:
    """Return the function that gives the pictures shown, and its call, under these names."""
    summary = "Return the pictures shown, with their labels."
    function = function_of(shown, summary, imports="from augment.data import samples")
    return {"function": function, "call": call_of(shown)}


def tf_program(shown: Shown | None, size: tuple[int, int]) -> str:
    """Return ``augment_batch`` of a script with ``LAYERS``, and what the script does when it is run.

    Args:
        shown: The pictures shown whose batch it maps; None for random ones.
        size: Height and width of the random ones.
    """
    if shown is None:
        height, width = map(str, size)
        return _AUGMENT_BATCH + _TF_EXAMPLE.substitute(height=height, width=width)
    return _AUGMENT_BATCH + _TF_SHOWN.substitute(sources_of(shown))


_AUGMENT_BATCH = '''\
def augment_batch(inputs):
    """Augment a batch.

    Args:
        inputs: A dict with "images", numbers (B, H, W, 3) from 0 to 255, and "labels",
            numbers (B, K), one-hot.

    Returns:
        A dict of the same entries, as float32 of the same shapes.
    """
    outputs = {key: tf.cast(inputs[key], tf.float32) for key in ("images", "labels")}
    for layer in LAYERS:
        outputs = layer(outputs)
    images = tf.ensure_shape(outputs["images"], inputs["images"].shape)
    return {"images": tf.clip_by_value(images, 0, 255), "labels": outputs["labels"]}


'''

_TF_EXAMPLE = Template(
    """\
if __name__ == "__main__":
    images = tf.random.uniform((8, $height, $width, 3), maxval=255)
    labels = tf.one_hot(tf.range(8) % 4, 4)
    dataset = tf.data.Dataset.from_tensor_slices({"images": images, "labels": labels})
    dataset = dataset.batch(4).map(augment_batch, num_parallel_calls=tf.data.AUTOTUNE)
    for batch in dataset:
        print(batch["images"].shape, batch["labels"].shape)
"""
)

_TF_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    given = $call
    inputs = {"images": given.images, "labels": given.labels}
    dataset = tf.data.Dataset.from_tensor_slices(inputs).batch(len(given.ids))
    picture = Path(__file__).with_suffix(".png")
    for batch in dataset.map(augment_batch):
        levels = tf.saturate_cast(tf.round(batch["images"]), tf.uint8)
        side_by_side = tf.concat(tf.unstack(levels), axis=1)
        tf.io.write_file(str(picture), tf.io.encode_png(side_by_side))
    print(picture)
"""
)
