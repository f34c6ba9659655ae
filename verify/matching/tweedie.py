"""Tweedie's formula: the posterior mean of the data from the score; posteriors by quadrature, which need no score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.backend import AnyArray, Array
from verify.matching.average import rules
from verify.matching.kernel import Kernel

BLOCK = 1 << 20  # pairs of x and x̃ that are held at once

Function = Callable[[Array, Array], Array]  # of x and x̃


def tweedie(score: Callable[[AnyArray], AnyArray], kernel: Kernel, noised: AnyArray) -> AnyArray:
    """Return E[x | x̃] = (x̃ + σ²∇log p_σ(x̃))/a for x̃ = a x + σ z, (…, d) -> (…, d).

    `score` is ∇log p_σ (Robbins, 1956; Efron, 2011). For one step of a forward chain, a = √(1 − β), σ² = β:
    x̃ + β∇log p_β(x̃) = √(1 − β) E[x | x̃]. An estimate in place of the score gives the denoiser that goes with it.
    """
    return (noised + kernel.noise**2 * score(noised)) / kernel.scale


def posterior(g: Function, law: Any, kernel: Kernel, noised: Array) -> Array:
    """Return E[g(x, x̃) | x̃] at every x̃ of (n, 1), for x ~ `law` on the line: Bayes' rule by quadrature over x.

    g takes x (1, m, 1) and x̃ (n, 1, 1) to (n, m, 1); the result is (n, 1). Atoms are summed.
    """
    x, weights = rules(law, kernel.noise / kernel.scale)[0]
    keep = weights > 0
    places, logs, seen = x[keep][None, :, None], np.log(weights[keep]), np.asarray(noised, dtype=float)[:, None, :]
    rows = max(1, BLOCK // places.size)
    blocks = (seen[i : i + rows] for i in range(0, seen.shape[0], rows))
    return np.concatenate([_average(g, kernel, places, logs, block) for block in blocks])


def _average(g: Function, kernel: Kernel, places: Array, logs: Array, seen: Array) -> Array:
    """Return Σ r_j g(x_j, x̃)/Σ r_j with r_j = w_j p(x̃|x_j), w_j = e^{logs}."""
    logs = logs + kernel.log_density(seen, places)
    share = np.exp(logs - logs.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray((share[..., None] * g(places, seen)).sum(axis=1))


def posterior_mean(law: Any, kernel: Kernel, noised: Array) -> Array:
    """Return E[x | x̃], (n, 1) -> (n, 1), without use of any score."""
    return posterior(lambda x, _: x, law, kernel, noised)
