"""A trained model as one archive that other programs use without this one.

Importing this package imports no Keras: pages read `FORMATS`, and only `augment.model_export.formats`
loads a model.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

KERAS, SAVED_MODEL, LITERT, ONNX, WEB = "keras", "saved_model", "litert", "onnx", "web"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format in which a model can be taken away.

    Attributes:
        name: As ``runs export --to`` takes it.
        title: Its name in a heading.
        purpose: What it is good for, in a sentence.
        model: The name of the model in the archive: of a file or a folder.
        runtime: The packages with which ``predict.py`` runs it, as pip takes them; empty where there is
            no script.
        use: What to do with the unpacked archive, in a sentence.
        needs: The modules with which it is made, other than those of ``requirements.txt``.
        in_float32: Whether it is computed in float32 whatever the precision of the training was, because
            its runtimes have no bfloat16.
    """

    name: str
    title: str
    purpose: str
    model: str
    runtime: tuple[str, ...] = ()
    use: str
    needs: tuple[str, ...] = ()
    in_float32: bool = False


_SCRIPT = "Unpack it, and in its folder:"

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            name=KERAS,
            title="Keras",
            purpose="To go on in Python: the file that the training saved, which can be trained further.",
            model="model.keras",
            runtime=("tensorflow", "keras"),
            use=_SCRIPT,
        ),
        Format(
            name=SAVED_MODEL,
            title="SavedModel",
            purpose="For TensorFlow without Keras: TensorFlow Serving, C++, Java.",
            model="saved_model",
            runtime=("tensorflow",),
            use=_SCRIPT,
        ),
        Format(
            name=LITERT,
            title="LiteRT",
            purpose="For telephones and small computers; once called TensorFlow Lite.",
            model="model.tflite",
            runtime=("ai-edge-litert",),
            use=_SCRIPT,
            in_float32=True,
        ),
        Format(
            name=ONNX,
            title="ONNX",
            purpose="For everything else: ONNX Runtime, C#, Windows ML, OpenVINO, TensorRT.",
            model="model.onnx",
            runtime=("onnxruntime",),
            use=_SCRIPT,
            needs=("tf2onnx", "onnx"),
            in_float32=True,
        ),
        Format(
            name=WEB,
            title="Web page",
            purpose="A page that runs the model in a browser, without a server and without a network.",
            model="",
            use="Unpack it, and open index.html by a double click.",
            in_float32=True,
        ),
    )
}
"""The formats by their names."""


def missing(name: str) -> str:
    """Return in a sentence which packages a format needs and how to install them; empty if it has all."""
    absent = [each for each in FORMATS[name].needs if importlib.util.find_spec(each) is None]
    if not absent:
        return ""
    return (
        f"{FORMATS[name].title} needs {' and '.join(absent)}, not installed where this program runs; "
        "install with: pip install -r requirements-onnx.txt"
    )
