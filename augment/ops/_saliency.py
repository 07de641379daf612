"""Which parts of a picture stand out: the spectral residual, which needs no model and replays.

Hou and Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import fft

from augment.engine.colour import Image

# The paper's: what stands out is a matter of the scale looked at, and details do not.
SIDE = 64
_BLUR_PX = 2.5
# About what rounding to whole levels puts into each frequency: what is weaker is not in the picture.
_NOISE = 0.25 * 2.0 * SIDE


def thumbnail(image: Image) -> Image:
    """Return a picture, uint8 (H, W, 3) of any size, squeezed to uint8 (64, 64, 3)."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def spectral_residual(small: Image) -> npt.NDArray[np.float64]:
    """Return how much each pixel of a thumbnail stands out, float64 (64, 64), at least 0.

    What the logarithm of the amplitudes departs by from its mean over 3 x 3 frequencies goes back to
    the picture with its phases, is squared, and blurred (a Gaussian of 2.5 px). As one formula: the
    spectrum divided by the geometric mean of the amplitudes around.

    Unlike in the paper the spectrum is that of the cosine transform, which is the Fourier transform of
    the picture and its mirror images: with that of the picture alone, whose opposite sides meet, what
    stands out most in a photograph is often its border. The mean level does not count, so in a
    flat picture nothing stands out.

    Args:
        small: uint8 (64, 64, 3).
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    spectrum = fft.dctn(grey.astype(np.float64))
    logarithm = np.log(np.abs(spectrum) + _NOISE)
    around = cv2.blur(logarithm, (3, 3), borderType=cv2.BORDER_REFLECT_101)
    spectrum[0, 0] = 0.0
    residual = fft.idctn(spectrum / np.exp(around))
    blurred = cv2.GaussianBlur(residual**2, (0, 0), _BLUR_PX, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)
