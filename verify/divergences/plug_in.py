"""Gaussian plug-in divergences of a cloud from a known Gaussian law: bias removed, with interval and null.

A Gaussian is fitted to the n points (mean m̂, unbiased covariance Ŝ), and the divergence is that of the *fitted* law.
Everything is computed on the assumption that the points are n independent Gaussian draws; for others the target of
the estimate is still the KL or W2 of the Gaussian with the cloud's moments, the interval is then approximate.

KL, whitened by the known law, so that Ŝ = S^½ W S^½/(n−1) with W Wishart: E tr Ŝ = tr S,
E log|Ŝ| = log|S| + B with B = Σ_i ψ((n−i)/2) − d log((n−1)/2), E Ŝ⁻¹ = S⁻¹(n−1)/(n−d−2) (Muirhead, 1982, ch. 3).
Hence, *exactly* unbiased for every Gaussian cloud, with c = (n−d−2)/(n−1):

    KL(fit‖known): ½[(1 − 1/n) tr Ŝ − d − log|Ŝ| + B + |m̂|²]
    KL(known‖fit): ½[c tr Ŝ⁻¹ + c m̂ᵀŜ⁻¹m̂ − d − d/n + log|Ŝ| − B]

(W2 in `plug_in_transport`.)

Interval: the statistic is modelled as a(χ'²_ν(K/a) − ν), a noncentral χ² whose mean is the true K, whose variance is
exact at K = 0 (fixing ν) and that of the delta method far away (fixing a); inverting it in K gives the interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import chi2 as chi2_law
from scipy.stats import ncx2, norm

from verify.backend import Array, like, namespace, to_host
from verify.divergences.closed import is_cloud
from verify.errors import InvalidInput, NoDensity
from verify.estimate import Estimate
from verify.laws import CloudMoments

METHOD = "monte carlo, Gaussian plug-in"
LEAST_NU = 1e-6  # a known law without noise of its own (a point) has none


@dataclass(frozen=True, eq=False)
class Fit:
    """Moments of a cloud: n, d, mean (d,) and unbiased covariance (d, d), in the basis asked for."""

    n: int
    dim: int
    mean: Array
    cov: Array

    @classmethod
    def of(cls, cloud: Any, law: Any, least: int, name: str) -> Fit:
        """Fit the cloud in the eigenbasis of `law`, relative to its mean; at least `least` points."""
        n, dim = cloud.n, cloud.dim
        if n < least:
            raise InvalidInput(f"`{name}` of {n} particles in d = {dim} needs n >= {least}; draw more particles.")
        if isinstance(cloud, CloudMoments):
            basis = np.eye(dim) if law.eigenvectors is None else law.eigenvectors
            return cls(n, dim, basis.T @ (cloud.mean - law.mean), basis.T @ cloud.cov @ basis)
        xp = namespace(cloud.points)  # sums where the points are: only moments leave the device
        moved = xp.astype(cloud.points, xp.float64)
        moved = moved - like(law.mean, moved)
        moved = moved if law.eigenvectors is None else moved @ like(law.eigenvectors, moved)
        mean = xp.mean(moved, axis=0)
        moved -= mean
        fit = cls(n, dim, to_host(mean), to_host(moved.T @ moved) / (n - 1))
        if not np.isfinite(fit.cov).all():
            raise InvalidInput("the cloud has points that are not finite; take smaller steps.")
        return fit


def model(value: float, scale: float, variance: float, null: tuple[float, float], confidence: float) -> Estimate:
    """Return the interval of K from an unbiased statistic ~ a(χ'²_ν(K/a) − ν), a = `scale`, 2a²ν = `variance`.

    `null` holds mean and variance of the statistic before its bias is removed, where K = 0.
    """
    tail = 0.5 * (1 - confidence)
    nu = max(variance / (2 * scale**2), LEAST_NU)
    ends = [max(0.0, scale * _noncentrality(value / scale + nu, nu, level)) for level in (1 - tail, tail)]
    own = null[1] / (2 * null[0]) if null[0] > 0 else 0.0
    spread = own * chi2_law.ppf([tail, 1 - tail], null[0] / own) - null[0] if own else np.zeros(2)
    floor = Estimate(0.0, float(spread[0]), float(spread[1]), confidence, METHOD)
    return Estimate(value, min(ends[0], value), max(ends[1], value), confidence, METHOD, floor)


def _noncentrality(x: float, nu: float, level: float) -> float:
    """Return λ ≥ 0 with P(χ'²_ν(λ) ≤ x) = level; 0 where even λ = 0 gives less."""
    if x <= 0 or chi2_law.cdf(x, nu) <= level:
        return 0.0
    wide = 10 * math.sqrt(2 * nu + 4 * max(x - nu, 0.0)) + 40
    top = max(x - nu, 0.0) + wide
    if top + nu > 1e5:  # beyond, the χ'² is normal to 1e-3 and its distribution function slow
        z = float(norm.ppf(level))
        root = math.sqrt(2 * nu + 4 * max(x - nu, 0.0) + 4 * z**2)
        return max(0.0, x - nu + 2 * z**2 - z * root)
    return float(brentq(lambda lam: ncx2.cdf(x, nu, lam) - level if lam > 0 else chi2_law.cdf(x, nu) - level, 0.0, top))


def kl(p: Any, q: Any, confidence: float) -> Estimate:
    """Return the bias-free KL between a known law and the Gaussian fitted to a cloud, in the order of the arguments."""
    forward = is_cloud(q)  # KL(known‖fit)
    law, cloud = (p, q) if forward else (q, p)
    if not law.eigenvalues.all():
        raise NoDensity("the plug-in `kl` needs a known law with a non-singular covariance; use wasserstein2.")
    fit = Fit.of(cloud, law, law.dim + (5 if forward else 2), "kl")
    root = np.sqrt(law.eigenvalues)
    mean, cov = fit.mean / root, fit.cov / np.outer(root, root)
    values, axes = np.linalg.eigh(cov)
    if not values[0] > 0:
        raise NoDensity("the cloud's covariance is singular, so the fitted Gaussian has no density; use wasserstein2.")
    return (_known_to_fit if forward else _fit_to_known)(fit, values, axes.T @ mean, confidence)


def _log_det_bias(n: int, d: int) -> float:
    return float(digamma((n - np.arange(1, d + 1)) / 2).sum() - d * math.log((n - 1) / 2))


def _fit_to_known(fit: Fit, s: Array, m: Array, confidence: float) -> Estimate:
    n, d = fit.n, fit.dim
    excess = s - 1 - np.log(s)
    square = float(m @ m)
    plain = 0.5 * (float(excess.sum()) + square)
    value = plain + 0.5 * (_log_det_bias(n, d) - float(s.sum()) / n)
    slope = (0.5 * float(((s - 1) ** 2).sum()) + float(m @ (s * m))) / n / plain
    log_det = float(polygamma(1, (n - np.arange(1, d + 1)) / 2).sum())
    trace = 2 * d / (n - 1)
    shrink = 1 - 1 / n
    variance = 0.25 * (shrink**2 * trace - 2 * shrink * trace + log_det + 2 * d / n**2)
    return model(value, slope / 4, variance, (0.5 * (d / n - _log_det_bias(n, d)), variance), confidence)


def _known_to_fit(fit: Fit, s: Array, m: Array, confidence: float) -> Estimate:
    n, d, dof = fit.n, fit.dim, fit.n - 1
    push = float((m**2 / s).sum())
    plain = 0.5 * (float((1 / s - 1 + np.log(s)).sum()) + push)
    c = (n - d - 2) / dof
    value = 0.5 * (c * (float((1 / s).sum()) + push) - d - d / n + float(np.log(s).sum()) - _log_det_bias(n, d))
    inner = np.diag((1 - s) / s) + np.outer(m / np.sqrt(s), m / np.sqrt(s))
    slope = (0.5 * float((inner**2).sum()) + float((m**2 / s).sum())) / n / plain
    variance = _null_variance(n, d)
    mean = 0.5 * (d * (1 + 1 / n) / c - d + _log_det_bias(n, d))
    return model(value, slope / 4, variance, (mean, variance), confidence)


def _null_variance(n: int, d: int) -> float:
    """Return the exact variance at S = I, m = 0, from the moments of W⁻¹ (von Rosen, 1988) with ν = n − 1."""
    nu = n - 1
    gap = nu - d - 1
    own, cross = 2 / (gap**2 * (gap - 2)), 2 / ((gap + 1) * gap**2 * (gap - 2))
    off = gap / ((gap + 1) * gap**2 * (gap - 2))
    trace = d * own + d * (d - 1) * cross  # Var tr W⁻¹
    square = d * (own + 1 / gap**2) + d * (d - 1) * off  # E tr W⁻²
    log_det = float(polygamma(1, (n - np.arange(1, d + 1)) / 2).sum())
    covariance = -2 * d / gap**2  # Cov(tr W⁻¹, log|W|) = 2 ∂_ν E tr W⁻¹
    k = float(gap)  # c (n−1) = n − d − 2
    both = 1 + 1 / n  # m̂ᵀŜ⁻¹m̂ = zᵀW⁻¹z (n−1)/n has conditional mean tr W⁻¹ (n−1)/n
    variance = (both * k) ** 2 * trace + (k / n) ** 2 * 2 * square
    return 0.25 * (variance + log_det + 2 * both * k * covariance)
