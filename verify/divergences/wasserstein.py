"""Wasserstein distances: W2 of Gaussians in any dimension, W1 on the line; particles against a Gaussian law."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from scipy.special import erf

from verify.backend import Array
from verify.divergences import closed, line_common, line_transport, plug_in_transport, product, sliced, transport
from verify.divergences.difference import EPS, Difference, difference
from verify.errors import NotApplicable
from verify.estimate import Estimate

Way = Literal["plug-in", "sorted"]


def root_difference(variance: Array, change: Array, other: Array | None = None) -> Array:
    """Return √(variance + change) − √variance free of cancellation; `other` is variance + change where known better."""
    other = np.maximum(variance + change, 0.0) if other is None else other
    with np.errstate(invalid="ignore", divide="ignore"):
        step = change / (np.sqrt(other) + np.sqrt(variance))
    return np.where(change == 0, 0.0, step)


def wasserstein2_terms(variance: Array, shift: Array, change: Array, other: Array | None = None) -> Array:
    """Return W2² by coordinate, N(0, variance) to N(shift, variance + change); arrays (…, d), sum over the last."""
    return np.asarray(np.asarray(shift) ** 2 + root_difference(variance, change, other) ** 2)


def wasserstein2(p: Any, q: Any, *, estimator: Way = "plug-in", confidence: float = 0.95) -> Estimate:
    """Return W2(p, q), Gaussian laws or targets in any dimension; singular covariances are fine.

    .. math:: W_2^2 = |Δm|^2 + \\operatorname{tr}(Σ_p + Σ_q − 2(Σ_p^{1/2}Σ_qΣ_p^{1/2})^{1/2})

    (Dowson, Landau, 1982; Gelbrich, 1990), evaluated without cancellation: Σ c_i² + (√(λ_i + δ_i) − √λ_i)² where the
    covariances commute, else through a Sylvester equation for the difference of matrix roots.

    Particles on one side: `plug-in` fits a Gaussian to the cloud and removes the finite-n bias (any d); `sorted`
    (d = 1) takes the exact distance of the atoms, which has a floor: compare with its `null`.
    """
    if line_common.serves(p, q):
        return line_transport.wasserstein2(p, q)
    if product.serves(p, q):
        return product.euclidean(p, q, wasserstein2)
    if not closed.check("wasserstein2", p, q):
        if estimator == "sorted":
            return transport.wasserstein(2, p, q, confidence)
        return plug_in_transport.wasserstein2(p, q, confidence)
    seen = difference(p, q)
    return _commuting(seen) if seen.is_diagonal else _general(seen, *((q, p) if seen.swapped else (p, q)))


def _commuting(seen: Difference) -> Estimate:
    value = float(np.sqrt(wasserstein2_terms(seen.variance, seen.shift, seen.change, seen.other).sum()))
    least = np.sqrt(np.maximum(seen.other - seen.change_error, 0.0)) + np.sqrt(seen.variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        cov_error = np.where(seen.change_error > 0, seen.change_error / least, 0.0)
    # a tracked variance that is zero to rounding: its root is off by the root of the error
    cov_error = np.minimum(cov_error, np.sqrt(seen.change_error))
    error = float(np.sqrt((seen.shift_error**2).sum() + (cov_error**2).sum())) + 4 * EPS * value
    return Estimate.exact(value, error, least=0.0)


def _general(seen: Difference, base: Any, other: Any) -> Estimate:
    """Bures distance of A = diag(λ) and B = A + D: with R = (A^½BA^½)^½ − A, AR + R(A + R) = A^½DA^½ is linear in R.

    In the right singular basis V of B^½A^½ (singular values μ) it is solved entry by entry, so that
    Bures² = tr(R A⁻¹ R) = Σ_ij [(D A^½ V)_ij/(λ_i + μ_j)]², where nothing cancels and nothing is divided by λ.
    """
    lam, dim = seen.variance, seen.variance.size
    values, axes = other.eigenvalues, np.eye(dim) if other.eigenvectors is None else other.eigenvectors
    axes = axes if base.eigenvectors is None else base.eigenvectors.T @ axes
    half = (axes * np.sqrt(values)).T * np.sqrt(lam)
    left, mu, right = np.linalg.svd(half)
    sums = lam[:, None] + mu
    size = float(max(lam.max(), values.max()))
    blurred = float(sums.min()) <= dim * EPS * size
    if blurred:  # both nearly singular: the distance of the aligned roots, to an absolute rounding error of ε√size
        roots = np.sqrt(lam)[:, None] * right.T - (axes * np.sqrt(values)) @ left
        bures, error = float(np.linalg.norm(roots)), 8 * dim * EPS * math.sqrt(size)
    else:
        bures = float(np.linalg.norm((seen.change * np.sqrt(lam)) @ right.T / sums))
        error = 4 * dim * EPS * bures * size / float(sums.min())
    value = math.hypot(float(np.linalg.norm(seen.shift)), bures)
    tracked, least = float(seen.change_error.sum()), math.sqrt(float(lam.min()))
    root = math.sqrt(tracked)
    error += float(np.linalg.norm(seen.shift_error)) + (min(root, tracked / least) if least else root)
    return Estimate.exact(value, error, least=0.0)


def wasserstein1(p: Any, q: Any, *, confidence: float = 0.95) -> Estimate:
    """Return W1(p, q) = ∫|F_p − F_q| of Gaussian laws on the line, or of particles there against one.

    .. math:: Δσ\\sqrt{2/π}\\,e^{−Δm^2/2Δσ^2} + Δm\\,\\operatorname{erf}(Δm/(\\sqrt2 Δσ)) = E|Δm + Δσ Z|.

    Particles: the exact distance of the atoms, with its floor as `null`. NotApplicable for d > 1, where no closed form
    is known.
    """
    if line_common.serves(p, q):
        return line_transport.wasserstein1(p, q)
    gaussian = closed.check("wasserstein1", p, q)
    if p.dim != 1:
        raise NotApplicable(f"`wasserstein1` needs d = 1; got d = {p.dim}. Use wasserstein2 or sliced_wasserstein2.")
    if not gaussian:
        return transport.wasserstein(1, p, q, confidence)
    seen = difference(p, q)
    variance, change = seen.variance, seen.change.ravel()
    scale, shift = np.abs(root_difference(variance, change, seen.other)), np.abs(seen.shift)
    value = float(folded_mean(shift, scale)[0])
    commuting = Difference(variance, seen.other, seen.shift, change, seen.shift_error, seen.change_error, seen.swapped)
    w2 = _commuting(commuting)  # W1 ≤ W2 bounds what an error of the laws does to W1
    return Estimate.exact(value, (w2.high - w2.value) + 4 * EPS * value, least=0.0)


def folded_mean(shift: Array, scale: Array) -> Array:
    """Return E|shift + scale Z| for shift, scale ≥ 0, elementwise."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = np.where(scale > 0, shift / scale, np.inf)
        kink = scale * math.sqrt(2 / math.pi) * np.exp(-0.5 * ratio**2)
        return np.asarray(kink + shift * erf(ratio / math.sqrt(2)))


def sliced_wasserstein2(p: Any, q: Any, *, directions: int = 64, seed: int = 0, confidence: float = 0.95) -> Estimate:
    """Return the sliced distance SW2: the root mean square over the sphere of W2 between projections on lines.

    .. math:: SW_2^2 = ∫_{S^{d−1}} W_2^2(⟨θ, ·⟩_\\# p, ⟨θ, ·⟩_\\# q)\\,dσ(θ)

    (Rabin, Peyré, Delon, Bernot, 2011; Bonneel, Rabin, Peyré, Pfister, 2015). Particles against a known Gaussian law,
    `directions` drawn with `seed`; it has a floor: compare with its `null`. For Gaussian pairs the projections are
    Gaussian, and only the directions are sampled.
    """
    if closed.check("sliced_wasserstein2", p, q):
        return sliced.gaussians(p, q, directions, seed, confidence)
    return sliced.wasserstein2(p, q, directions, seed, confidence)
