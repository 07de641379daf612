"""What travels between the server and the process of keras_cv, and how.

A message is a frame of JSON, then a frame of pictures and one of labels as they lie in memory. Nothing
that is read is ever run: the recipe travels as a recipe and is turned into layers where they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels
from augment.errors import AugmentError

MAX_PICTURES = 64
MAX_BYTES = 32 * 1024 * 1024
"""Of the pictures as uint8. The layers hold several copies as float32, four times as large each."""

_MAX_HEAD = 1024 * 1024

Channel: TypeAlias = "Connection[Any, Any]"

Stage = Literal["starting", "building", "rendering"]
"""What the process does for a request: load TensorFlow, make the layers, apply them."""


class KerasCVError(AugmentError):
    """The layers of keras_cv gave no result: one sentence says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A batch to render.

    Attributes:
        recipe: What may happen.
        images: uint8 (B, H, W, 3).
        labels: float32 (B, K).
    """

    recipe: Recipe
    images: Images
    labels: Labels


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What became of a batch.

    Attributes:
        images: uint8 (B, H, W, 3).
        labels: float32 (B, K).
        seconds: What the layers alone took, once warm.
        building: Seconds of making the layers and tracing them; 0 where they were there.
        starting: Seconds of loading TensorFlow and keras_cv; 0 where they were there.
    """

    images: Images
    labels: Labels
    seconds: float
    building: float
    starting: float = 0.0


def send_request(channel: Channel, request: Request) -> None:
    """Send a batch to the process."""
    head = {"recipe": request.recipe.to_dict()}
    _send(channel, head, request.images, request.labels)


def receive_request(channel: Channel) -> Request:
    """Wait for a batch; EOFError when the server is gone."""
    head = json.loads(channel.recv_bytes(_MAX_HEAD))
    images, labels = _receive_arrays(channel, head)
    recipe = Recipe.from_dict(head["recipe"])
    return Request(recipe=recipe, images=images, labels=labels)


def send_stage(channel: Channel, stage: Stage) -> None:
    """Send what the process does next for the request; the answer comes after it."""
    channel.send_bytes(json.dumps({"stage": stage}).encode())


def send_answer(channel: Channel, answer: Answer) -> None:
    """Send what became of a batch."""
    times = {name: getattr(answer, name) for name in ("seconds", "building", "starting")}
    _send(channel, {"times": times}, answer.images, answer.labels)


def send_failure(channel: Channel, sentence: str) -> None:
    """Say why there is no result."""
    channel.send_bytes(json.dumps({"failed": sentence}).encode())


def receive_answer(channel: Channel, tell: Callable[[Stage], None]) -> Answer | str:
    """Wait for the result, or the sentence that says why there is none; EOFError when it ended."""
    head = json.loads(channel.recv_bytes(_MAX_HEAD))
    while "stage" in head:
        tell(head["stage"])
        head = json.loads(channel.recv_bytes(_MAX_HEAD))
    if "failed" in head:
        return str(head["failed"])
    images, labels = _receive_arrays(channel, head)
    return Answer(images=images, labels=labels, **head["times"])


def _send(channel: Channel, head: dict[str, Any], images: Images, labels: Labels) -> None:
    shapes = {"images": images.shape, "labels": labels.shape}
    channel.send_bytes(json.dumps({**head, **shapes}).encode())
    for array in (images, labels):
        channel.send_bytes(_in_bytes(array))


def _receive_arrays(channel: Channel, head: dict[str, Any]) -> tuple[Images, Labels]:
    images = np.empty(head["images"], np.uint8)
    labels = np.empty(head["labels"], np.float32)
    for array in (images, labels):
        if channel.recv_bytes_into(_in_bytes(array)) != array.nbytes:
            raise EOFError
    return images, labels


def _in_bytes(array: npt.NDArray[Any]) -> memoryview:
    """Return the array's own memory, or that of a copy where it does not lie row by row."""
    return array.reshape(-1).view(np.uint8).data  # a frame is counted in items of the first axis
