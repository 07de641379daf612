"""Predict the classes of pictures: python predict.py PICTURE...

It needs NumPy, Pillow and what README.txt names, and nothing else of the program that trained the model.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

try:
    import pillow_heif

    pillow_heif.register_heif_opener()  # pictures of telephones, where that package is installed
except ImportError:
    pass

HERE = Path(__file__).resolve().parent
MODEL = json.loads((HERE / "model.json").read_text("utf-8"))
CLASS_NAMES = json.loads((HERE / "class_names.json").read_text("utf-8"))
SIZE = MODEL["size"]
ORIENTATION = 0x0112  # a tag of EXIF data

Pixels = npt.NDArray[np.uint8]
Shares = npt.NDArray[np.float32]
Predict = Callable[[Pixels], Shares]


def pixels(path: str) -> Pixels:
    """Return a picture as the training had it: uint8, RGB, (SIZE, SIZE, 3)."""
    with Image.open(path) as picture:
        picture.draft(None, (SIZE, SIZE))  # a JPEG is decoded at a half, a quarter or an eighth
        picture.load()
        small = rgb(picture).reduce(max(1, min(picture.size) // SIZE))
        small.getexif()[ORIENTATION] = picture.getexif().get(ORIENTATION, 1)
        upright = ImageOps.exif_transpose(small)
    width, height = upright.size
    box = (0.0, 0.0, float(width), float(height))
    if MODEL["fit"] == "crop":  # the middle square; else the whole picture is stretched
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        if side == SIZE:  # no pixel needs to be resized
            left, top = round(left), round(top)
        box = (left, top, left + side, top + side)
    return np.asarray(upright.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=box))


def rgb(picture: Image.Image) -> Image.Image:
    """Return a picture in sRGB, what is transparent on white, oriented as in its file."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I;16"):
        levels = np.asarray(picture).astype(np.uint32)
        picture = Image.fromarray(((levels * 255 + 32767) // 65535).astype(np.uint8))
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"))[..., None].astype(np.uint16)
        picture = picture.convert("RGB")
    if profile and picture.mode in ("RGB", "L", "CMYK"):
        try:
            of_picture = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            picture = (
                ImageCms.profileToProfile(picture, of_picture, srgb, outputMode="RGB") or picture
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # it is damaged, or made for pictures of another kind
    picture = picture.convert("RGB")
    if alpha is not None:
        shown = np.asarray(picture) * alpha + 255 * (255 - alpha)
        picture = Image.fromarray(((shown + 127) // 255).astype(np.uint8))
    return picture


def keras_model(path: Path) -> Predict:
    """Return a function from pictures to probabilities, by Keras."""
    import keras

    model = keras.saving.load_model(path, compile=False)
    return lambda pictures: np.asarray(model.predict_on_batch(pictures), np.float32)


def saved_model(path: Path) -> Predict:
    """Return the same by TensorFlow."""
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    return lambda pictures: np.asarray(model.serve(tf.constant(pictures)))


def litert(path: Path) -> Predict:
    """Return the same by LiteRT; TensorFlow has an older copy of it."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow import lite

        # With its default delegate, XNNPACK, this copy gets some convolutions wrong.
        interpreter = lite.Interpreter(
            model_path=str(path),
            experimental_op_resolver_type=(
                lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            ),
        )
    else:
        interpreter = Interpreter(model_path=str(path))
    pixels, probabilities = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def predict(pictures: Pixels) -> Shares:
        interpreter.resize_tensor_input(pixels["index"], pictures.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(pixels["index"], pictures)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(probabilities["index"]))

    return predict


def onnx(path: Path) -> Predict:
    """Return the same by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pictures: np.asarray(session.run(None, {name: pictures})[0])


LOADERS = {"keras": keras_model, "saved_model": saved_model, "litert": litert, "onnx": onnx}


def main() -> int:
    """Print a line for each picture; return 1 if one of them could not be read."""
    parser = argparse.ArgumentParser(description="Predict the classes of pictures.")
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="JPEG, PNG, WebP ...")
    parser.add_argument("--top", type=int, default=3, help="how many classes of each (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    predict = LOADERS[MODEL["format"]](HERE / MODEL["model"])
    found: list[dict[str, Any]] = []
    is_bad = False
    for name in options.pictures:
        try:
            picture = pixels(name)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
            is_bad = True
            print(f"error: {name} cannot be read as a picture ({error})", file=sys.stderr)
            continue
        shares = predict(picture[None])[0]
        best = np.argsort(-shares, kind="stable")[: max(options.top, 1)]
        top = [{"class": CLASS_NAMES[row], "probability": float(shares[row])} for row in best]
        found.append({"picture": name, "top": top})
        if not options.json:
            classes = ", ".join(f"{each['class']} {each['probability']:.1%}" for each in top)
            print(f"{name}: {classes}")
    if options.json:
        print(json.dumps(found, indent=2))
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
