"""Shared maths of the ops that look at the three channels together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

# ITU-R BT.601 luma, as in tf.image.rgb_to_grayscale, Pillow and OpenCV.
GREY_WEIGHTS = np.array((0.299, 0.587, 0.114))
GREY_WEIGHTS.flags.writeable = False
