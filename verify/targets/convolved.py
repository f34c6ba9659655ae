"""p * N(0, σ²I): a target blurred by noise of standard deviation σ that does not shrink it (variance-exploding)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.errors import InvalidInput
from verify.targets.gaussian import Gaussian
from verify.targets.gaussian_mixture import GaussianMixture


def convolved(target: Any, sigma: float) -> Any:
    """Return the law of X + σZ as a target, X of the law `target`: a Gaussian, a mixture or an empirical law, σ ≥ 0.

    It is the OU law at the time t with e^{2t} = 1 + σ², stretched by e^t.
    """
    if isinstance(sigma, bool) or not isinstance(sigma, (int, float, np.number)) or not 0 <= sigma < math.inf:
        raise InvalidInput(f"`sigma` must be finite and >= 0; got {sigma!r}.")
    if sigma == 0:
        return target
    if isinstance(target, Gaussian):
        return Gaussian.from_spectrum(target.mean, target.eigenvalues + sigma**2, target.eigenvectors)
    if isinstance(target, GaussianMixture):
        return GaussianMixture(target.weights, target.means, target.covs + sigma**2 * np.eye(target.dim))
    if not hasattr(target, "diffused"):
        raise InvalidInput(f"`target` must have diffused(t); got {type(target).__name__}.")
    law = target.diffused(0.5 * math.log1p(sigma**2))
    return GaussianMixture(law.weights, math.hypot(1, sigma) * law.means, (1 + sigma**2) * law.covs)
