"""Predict the classes of pictures: python predict.py PICTURE...

It needs NumPy, Pillow and what README.txt names, and nothing else of the program that trained the model.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
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


def pixels(path):
    """Return a picture as the training had it: uint8, RGB, (SIZE, SIZE, 3)."""
    with Image.open(path) as picture:
        picture.draft(None, (SIZE, SIZE))  # a JPEG is decoded at a half, a quarter or an eighth
        picture.load()
        shrink = max(1, min(picture.size) // SIZE)
        upright = ImageOps.exif_transpose(rgb(picture).reduce(shrink))
    width, height = upright.size
    left = top = 0.0
    if MODEL["fit"] == "crop":  # the middle square; else the whole picture is stretched
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, width - left, height - top)
    return np.asarray(upright.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=box))


def rgb(picture):
    """Return a picture in sRGB, what is transparent on white; it keeps its orientation."""
    orientation, profile = picture.getexif(), picture.info.get("icc_profile")
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    if profile and picture.mode in ("RGB", "L", "CMYK"):
        try:
            of_picture = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            picture = ImageCms.profileToProfile(picture, of_picture, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # it is damaged, or made for pictures of another kind
    picture = picture.convert("RGB")
    picture.getexif().update(orientation)
    return picture


def keras_model(path):
    """Return a function from pictures to probabilities, by Keras."""
    import keras

    model = keras.saving.load_model(path, compile=False)
    return lambda pictures: np.asarray(model.predict_on_batch(pictures), np.float32)


def saved_model(path):
    """Return the same by TensorFlow."""
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    return lambda pictures: model.serve(tf.constant(pictures)).numpy()


def litert(path):
    """Return the same by LiteRT; TensorFlow has an older copy of it."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite import Interpreter

    interpreter = Interpreter(model_path=str(path))
    pixels, probabilities = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def predict(pictures):
        interpreter.resize_tensor_input(pixels["index"], pictures.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(pixels["index"], pictures)
        interpreter.invoke()
        return interpreter.get_tensor(probabilities["index"])

    return predict


def onnx(path):
    """Return the same by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pictures: session.run(None, {name: pictures})[0]


LOADERS = {"keras": keras_model, "saved_model": saved_model, "litert": litert, "onnx": onnx}


def main():
    """Print a line for each picture; return 1 if one of them could not be read."""
    parser = argparse.ArgumentParser(description="Predict the classes of pictures.")
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="JPEG, PNG, WebP ...")
    parser.add_argument("--top", type=int, default=3, help="how many classes of each (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    predict = LOADERS[MODEL["format"]](HERE / MODEL["model"])
    found, is_bad = [], False
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
