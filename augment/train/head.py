"""The head alone: softmax regression on the features of a frozen body."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float32]

_L2 = 1e-3
_ITERATIONS = 100


def fit(features: Floats, labels: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the kernel and the bias that minimise the mean cross-entropy and an L2 penalty.

    The result depends on the arguments alone.

    Args:
        features: float32 (N, F).
        labels: float32 (N, K), shares that sum to 1 in each row.
        weights: float32 (N,), how much each row counts.

    Returns:
        float32 (F, K) and float32 (K,).
    """
    mean, scale = features.mean(axis=0), features.std() + 1e-6
    inputs = (features - mean) / scale
    (rows, columns), classes = inputs.shape, labels.shape[1]

    def cost(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        parameters = flat.reshape(columns + 1, classes).astype(np.float32)
        kernel, bias = parameters[:-1], parameters[-1]
        logits = inputs @ kernel + bias
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        errors = (np.exp(logs) - labels) * (weights / rows)[:, None]
        loss = -float((weights * (labels * logs).sum(axis=1)).mean())
        gradient = np.vstack([inputs.T @ errors + _L2 * kernel, errors.sum(axis=0)])
        penalty = 0.5 * _L2 * float((kernel**2).sum())
        return loss + penalty, gradient.ravel().astype(np.float64)

    found = minimize(
        cost,
        np.zeros((columns + 1) * classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS},
    )
    parameters = found.x.reshape(columns + 1, classes)
    kernel = parameters[:-1] / scale
    return kernel.astype(np.float32), (parameters[-1] - mean @ kernel).astype(np.float32)
