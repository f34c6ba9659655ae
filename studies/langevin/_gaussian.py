"""Langevin chains on random Gaussian problems, and their laws at every step in closed form."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify import laws, samplers
from verify.laws.gaussian import Deviation
from verify.targets import Gaussian

STARTS = ("point", "spread", "wide", "narrow")


def spectrum(rng, dim, kappa, smoothness):
    """Return precisions with both ends, m = L/κ and L, present and the others log-uniform between them."""
    inner = smoothness * kappa ** -rng.uniform(0, 1, dim)
    inner[0] = smoothness
    if dim > 1:
        inner[1] = smoothness / kappa
    return inner


def target(rng, precisions):
    """Return a shifted Gaussian with the given precisions, in a random basis up to d = 20."""
    dim = len(precisions)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0] if 1 < dim <= 20 else None
    return Gaussian.from_spectrum(rng.standard_normal(dim), 1 / precisions, basis)


def shift(rng, dim, m):
    """Return an offset of size 10^±2/√m in the eigenbasis: in all directions, along the slow or along the fast one."""
    offset = rng.standard_normal(dim) * 10 ** rng.uniform(-2, 2) / math.sqrt(m)
    kept = rng.choice(["all", "slow", "fast"], p=(0.5, 0.25, 0.25))
    if kept != "all":
        offset *= np.arange(dim) == (min(1, dim - 1) if kept == "slow" else 0)
    return offset


def start(rng, kind, goal, m, smoothness):
    """Return a law with a multiple of I for covariance: a point, a shifted spread one, N(x*, I/m) or N(x*, I/L)."""
    offset, spread = shift(rng, goal.dim, m), 10 ** rng.uniform(-0.5, 1) / smoothness
    variance = {"point": 0.0, "spread": spread, "wide": 1 / m, "narrow": 1 / smoothness}[kind]
    return isotropic(goal, offset if kind in ("point", "spread") else 0 * offset, variance)


def isotropic(goal, offset, variance):
    """Return N(m + U·offset, variance·I), U the eigenbasis of `goal`, as a law that knows its deviation from it."""
    change, blur = variance - goal.eigenvalues, np.finfo(float).eps
    errors = blur * np.abs(offset), blur * (variance + goal.eigenvalues)
    return laws.Gaussian.deviating(Deviation(goal, offset, change, *errors))


@dataclass(frozen=True)
class Path:
    """ULA from N(u, vI) in the eigenbasis of the target: every law ν_k, k = 0 … n, is N(m + δ_k, diag v_k)."""

    sampler: samplers.ULA

    @cached_property
    def precisions(self):
        return 1 / self.sampler.ideal.eigenvalues

    @cached_property
    def steps(self):
        return np.arange(self.sampler.steps + 1)[:, None]

    @cached_property
    def offsets(self):
        """δ_k = (1 − γλ)^k δ_0, (n + 1, d)."""
        goal, begin = self.sampler.ideal, self.sampler.start()
        first = begin.mean - goal.mean
        if goal.eigenvectors is not None:
            first = goal.eigenvectors.T @ first
        return (1 - self.sampler.step_size * self.precisions) ** self.steps * first

    @cached_property
    def variances(self):
        """v_k = s + (1 − γλ)^{2k}(v_0 − s), s = 1/(λ(1 − γλ/2)), (n + 1, d)."""
        push = self.sampler.step_size * self.precisions
        limit = 1 / (self.precisions * (1 - push / 2))
        return limit + (1 - push) ** (2 * self.steps) * (self.sampler.start().eigenvalues[0] - limit)

    def kl(self):
        """KL(ν_k‖π), k = 0 … n."""
        return kl(self.precisions, self.offsets, self.variances)

    def fisher(self):
        """(1/nγ)∫FI(μ_t‖π)dt of the interpolated laws, by Gauss's rule on every step."""
        nodes, weights = np.polynomial.legendre.leggauss(5)
        total = 0.0
        for node, weight in zip(nodes, weights, strict=True):
            time = self.sampler.step_size * (1 + node) / 2
            gain = 1 - time * self.precisions
            total += (
                weight
                / 2
                * fisher(self.precisions, gain * self.offsets[:-1], gain**2 * self.variances[:-1] + 2 * time).mean()
            )
        return total


def kl(precisions, offsets, variances):
    """½Σ[e − log(1 + e) + λδ²], e = λv − 1."""
    excess = precisions * variances - 1
    with np.errstate(divide="ignore"):
        return 0.5 * (excess - np.log1p(excess) + precisions * offsets**2).sum(axis=-1)


def fisher(precisions, offsets, variances):
    """Σ[λe²/(1 + e) + λ²δ²]."""
    excess = precisions * variances - 1
    return (precisions * excess**2 / (1 + excess) + (precisions * offsets) ** 2).sum(axis=-1)
