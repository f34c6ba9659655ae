"""Multi-scale denoising: one denoising loss a noise level, weighted and added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.matching.average import sampled
from verify.matching.denoising import denoising, denoising_terms
from verify.matching.field import Field
from verify.matching.kernel import Kernel


def multi_scale(
    fields: Sequence[Field],
    law: Any,
    kernels: Sequence[Kernel],
    weights: Sequence[float],
    scale: float | None = None,
) -> Estimate:
    """Return Σ λ_i ½ E‖s_i(x̃_i) + z/σ_i‖², x̃_i = a_i x + σ_i z, on the line (Song, Ermon, 2019, equation 6).

    It is Σ λ_i ½ E‖s_i − ∇log p_{σ_i}‖² + Σ λ_i C_D(σ_i). The weights λ_i = σ_i² turn it into Σ ½ E‖σ_i s_i + z‖²,
    in which the noise to be predicted has one size, d/2, at every level.
    """
    return total(per_level(fields, law, kernels, weights, scale))


def per_level(
    fields: Sequence[Field],
    law: Any,
    kernels: Sequence[Kernel],
    weights: Sequence[float],
    scale: float | None = None,
) -> tuple[Estimate, ...]:
    """Return the terms λ_i ½ E‖s_i(x̃_i) + z/σ_i‖², on the line; `scale` as for `denoising`."""
    levels = zip(fields, kernels, _weights(fields, kernels, weights), strict=True)
    return tuple(_times(denoising(field, law, kernel, scale), weight) for field, kernel, weight in levels)


def multi_scale_sampled(
    fields: Sequence[Field],
    points: Array,
    kernels: Sequence[Kernel],
    weights: Sequence[float],
    rng: np.random.Generator,
) -> Estimate:
    """Return the same from draws `points` (n, d), each noised once a level, with its interval."""
    points = np.asarray(points, dtype=float)
    values = np.zeros(points.shape[0])
    for field, kernel, weight in zip(fields, kernels, _weights(fields, kernels, weights), strict=True):
        values += weight * denoising_terms(field, kernel, points, rng.standard_normal(points.shape))
    return sampled(values)


def total(parts: Sequence[Estimate]) -> Estimate:
    """Return the sum of estimates that are enclosures."""
    value, low, high = (sum(getattr(part, end) for part in parts) for end in ("value", "low", "high"))
    return Estimate(value, min(low, value), max(high, value), 1.0, "quadrature")


def _times(part: Estimate, weight: float) -> Estimate:
    return part.map(lambda value: weight * value)


def _weights(fields: Sequence[Field], kernels: Sequence[Kernel], weights: Sequence[float]) -> Sequence[float]:
    if not (len(fields) == len(kernels) == len(weights) >= 1):
        raise InvalidInput(
            f"every level needs a field, a kernel and a weight; got {len(fields)}, {len(kernels)} and {len(weights)}."
        )
    if not all(np.isfinite(weight) and weight >= 0 for weight in weights):
        raise InvalidInput(f"`weights` must be finite and >= 0; got {min(weights)}.")
    return weights
