"""Denoising score matching: regression on the noise that was added."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.matching.average import expected_pair, sampled
from verify.matching.explicit import half_square
from verify.matching.field import Field
from verify.matching.hyvarinen import hyvarinen_constant
from verify.matching.kernel import Kernel

BLOCK = 1 << 16


def denoising(field: Field, law: Any, kernel: Kernel, scale: float | None = None) -> Estimate:
    """Return ½ E‖s(x̃) + z/σ‖², x̃ = a x + σ z, x ~ `law` on the line, z ~ N(0, 1): quadrature over both.

    .. math:: ½E‖s(x̃) + z/σ‖² = ½E_{p_σ}‖s − ∇\\log p_σ‖² + C_D, \\qquad
              C_D = ½E‖∇\\log p(x̃|x)‖² − ½E‖∇\\log p_σ(x̃)‖² = \\frac{d}{2σ²} − ½E‖∇\\log p_σ‖²

    (Vincent, 2011). The target is −z/σ = ∇log p(x̃|x): minus the noise. `scale` is a length over which s varies in x̃
    (None: σ, over which p_σ can vary).
    """
    length = kernel.noise if scale is None else scale
    _require_scale(length)

    def terms(x: Array, z: Array) -> Array:
        return denoising_terms(field, kernel, x, z)

    return expected_pair(terms, law, length / kernel.noise, length / kernel.scale)


def denoising_sampled(field: Field, points: Array, kernel: Kernel, rng: np.random.Generator) -> Estimate:
    """Return the same from independent draws `points` (n, d) of the law, each noised once, with its interval."""
    points = np.asarray(points, dtype=float)
    return sampled(denoising_terms(field, kernel, points, rng.standard_normal(points.shape)))


def denoising_terms(field: Field, kernel: Kernel, x: Array, z: Array) -> Array:
    """Return ½‖s(a x + σ z) + z/σ‖², (n, d) -> (n,), in blocks."""
    blocks = (slice(i, i + BLOCK) for i in range(0, x.shape[0], BLOCK))
    return np.concatenate([_terms(field, kernel, x[block], z[block]) for block in blocks])


def _terms(field: Field, kernel: Kernel, x: Array, z: Array) -> Array:
    return half_square(np.asarray(field(kernel.apply(x, z))) + z / kernel.noise)


def denoising_constant(law: Any, kernel: Kernel) -> Estimate:
    """Return C_D = d/(2σ²) − ½ E‖∇log p_σ‖², `law` a Gaussian, a mixture or atoms on the line."""
    information = hyvarinen_constant(kernel.noised(law))
    most = 0.5 * law.dim / kernel.noise**2
    error = information.high - information.low + 8 * np.finfo(float).eps * most
    return Estimate.exact(most - information.value, error, "quadrature")


def _require_scale(length: float) -> None:
    if not (0 < length < np.inf):
        raise InvalidInput(f"`scale` must be finite and > 0; got {length!r}.")
