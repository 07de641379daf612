"""What a network predicts: the features of its body by one compiled graph, and the head by NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import numpy.typing as npt

from augment.data.source import Progress
from augment.data.store.prepared import Split
from augment.engine.samples import Images
from augment.helper import Steps, finish
from augment.models.weights import HEAD
from augment.runs.evaluation import Predictions

_LEAST, _MOST = 16, 128
_PIXELS = 128 * 128 * 128
"""Pictures of a batch, and their pixels: more are no faster on a CPU, but take memory."""

Floats = npt.NDArray[np.float32]


def batch_of_a_step(size: int, pictures: int = 64) -> int:
    """Return how many pictures are predicted at once where others wait, for well under a second of work.

    What the body makes of a picture is the same, to the byte, in every batch of two or more.

    Args:
        size: Side of the pictures, in pixels.
        pictures: How many at 64 px.
    """
    return max(2, min(pictures, pictures * 64 * 64 // size**2))


class Predictor:
    """The predictions of a network whose last layer is a dense one with softmax, named "head".

    The body is traced once, for batches of one size, and is that of the network at each call. The head is
    computed in float32 from its features, so that no logarithm is taken of a probability that was rounded
    to 0.

    Args:
        network: The network, with one input.
        pictures: How many pictures are predicted at once, so that a batch need not be larger.
        multiple: A batch is a multiple of so many pictures, unless that is too large.

    Attributes:
        batch_size: Pictures in a batch; a smaller one is padded.
    """

    def __init__(self, network: keras.Model, *, pictures: int, multiple: int = 1) -> None:
        self._head = network.get_layer(HEAD)
        self._body = keras.Model(network.input, self._head.input)
        height, width = network.input_shape[1:3]
        most = min(_MOST, max(_LEAST, _PIXELS // (height * width)))
        self.batch_size = min(most // multiple * multiple or most, max(pictures, 1))

    def features(self, images: Images) -> Floats:
        """Return what the body makes of pictures, uint8 (N, S, S, 3): float32 (N, F)."""
        return np.concatenate(list(self._features(images)))

    @property
    def head(self) -> tuple[Floats, Floats]:
        """Kernel, float32 (F, K), and bias, float32 (K,), of the head."""
        kernel, bias = self._head.get_weights()
        return np.asarray(kernel, np.float32), np.asarray(bias, np.float32)

    @head.setter
    def head(self, weights: tuple[Floats, Floats]) -> None:
        self._head.set_weights(list(weights))

    def log_probabilities(self, features: Floats) -> Floats:
        """Return natural logarithms of what the head makes of features, (N, F): float32 (N, K).

        Those of a picture are the same to the byte whatever others are with it: each is a product of its
        own. In a product of many rows the sums of a row are rounded by where in it the row is.
        """
        kernel, bias = self.head
        logits: Floats = np.matmul(features[:, np.newaxis], kernel)[:, 0] + bias
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits

    def by_batches(self, images: Images) -> Iterator[Floats]:
        """Yield natural logarithms of the probabilities, float32 (n, K), a batch at a time."""
        for features in self._features(images):
            yield self.log_probabilities(features)

    def predictions(
        self, split: Split, features: Floats | None = None, progress: Progress | None = None
    ) -> Predictions:
        """Return the predictions for a split, without augmentation (`predicting`)."""
        return finish(self.predicting(split, features, progress))

    def predicting(
        self, split: Split, features: Floats | None = None, progress: Progress | None = None
    ) -> Steps[Predictions]:
        """Predict a split, without augmentation; steps aside after each batch.

        Args:
            split: The pictures.
            features: Those of the split, where they are known already.
            progress: Called after each batch with the pictures done, all of them, and what is being done.

        Returns:
            The predictions.
        """
        found: list[Floats] = []
        for part in self._features(split.images) if features is None else [features]:
            found.append(self.log_probabilities(part))
            if progress:
                progress(sum(map(len, found)), len(split), f"evaluating on {split.name}")
            yield
        return Predictions(
            ids=np.asarray(split.ids),
            labels=np.asarray(split.labels),
            log_probabilities=np.concatenate(found),
        )

    def _features(self, images: Images) -> Iterator[Floats]:
        for start in range(0, len(images), self.batch_size):
            rows = np.arange(start, start + self.batch_size)
            batch = images[np.minimum(rows, len(images) - 1)]  # the graph is traced for one size
            found = self._body.predict_on_batch(np.ascontiguousarray(batch))
            yield np.asarray(found, np.float32)[: len(images) - start]
