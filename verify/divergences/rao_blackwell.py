"""KL and total variation between a known law and a KernelMixture, in any dimension: two-sided, with interval and null.

q̂ = mean of n kernels is an unbiased estimate of q at every point, but a divergence of q̂ is biased: convex in q, it
comes out too large. With the kernels in G blocks, b one block and a the mean of the others, b is independent of a and

    D(p, q) = ∫ φ(p, q):   E ∫ φ(p, a) ≥ D(p, q) ≥ E ∫ [φ(p, a) + ∂_qφ(p, a)(b − a)],

by Jensen's inequality above and the tangent of a convex function below, for every n. Both are averaged over the blocks;
their midpoint is free of the bias to first order in 1/n (it is that of a delta-method correction), and the interval runs
from the lower one to the upper one, each with t times its standard error. That is the root of two variances: one of the
places, conditionally on the particles; one of the particles, by the jackknife that leaves out each block in turn (Efron,
Stein, 1981), lower and upper one recomputed.

The integrals are means over places drawn in equal shares from p and from q̂, with the weight 1/ρ, ρ = ½(p + q̂) (Hesterberg,
1995): p/ρ and q̂/ρ are at most 2, and φ, written so that it vanishes with p − q, has a small variance for close laws.
The null is the same computation with the first half of the cloud for the known law and the second half for the cloud.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import t as student

from verify.backend import Array
from verify.errors import InvalidInput, NoDensity, NotApplicable
from verify.estimate import Estimate
from verify.laws.kernel_mixture import KernelMixture

METHOD = "monte carlo, Rao–Blackwell"
BLOCKS = 20
LEAST = 10  # kernels in a block
PAIRS = 1 << 26  # of a place and a kernel: as many places as that allows
FEWEST, MOST = 1024, 4096  # places
STEEPEST = 5.0  # the slope log(p/a) of a tangent is cut here: any slope gives a bound, this one a bounded one
TINY = 1e-300
DEVIATIONS = 8.0  # by which the mass of p may seem to differ from one

Integrand = Callable[[Array, Array, Array], tuple[Array, Array]]  # logs of p/ρ, a/ρ, b/ρ -> upper, lower


def serves(p: Any, q: Any) -> bool:
    """True where one side is a KernelMixture."""
    return isinstance(p, KernelMixture) or isinstance(q, KernelMixture)


def kl(p: Any, q: Any, confidence: float) -> Estimate:
    """Return KL(p‖q), one of the two a KernelMixture."""
    return _estimate("kl", p, q, _to_mixture if isinstance(q, KernelMixture) else _from_mixture, confidence)


def total_variation(p: Any, q: Any, confidence: float) -> Estimate:
    """Return TV(p, q), one of the two a KernelMixture."""
    found = _estimate("total_variation", p, q, _variation, confidence)
    low, value, high = (min(end, 1.0) for end in (found.low, found.value, found.high))
    return Estimate(value, low, high, confidence, METHOD, found.null)


def _to_mixture(p: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """φ = p log(p/q) − p + q, and p T − b(e^T − 1) with T = log(p/a) cut at STEEPEST."""
    slope = np.minimum(p - a, STEEPEST)
    share = np.exp(p)
    return share * (p - a) - share + np.exp(a), share * slope - np.exp(b) * np.expm1(slope)


def _from_mixture(p: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """φ = q log(q/p) − q + p, and b T − p(e^T − 1) with T = log(a/p) cut at STEEPEST."""
    slope = np.minimum(a - p, STEEPEST)
    share = np.exp(a)
    return share * (a - p) - share + np.exp(p), np.exp(b) * slope - np.exp(p) * np.expm1(slope)


def _variation(p: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """φ = ½|p − q|, and ½ sign(p − a)(p − b)."""
    share = np.exp(p)
    return 0.5 * np.abs(share - np.exp(a)), 0.5 * np.sign(p - a) * (share - np.exp(b))


def _estimate(name: str, p: Any, q: Any, integrand: Integrand, confidence: float) -> Estimate:
    mixture, law = (q, p) if isinstance(q, KernelMixture) else (p, q)
    if isinstance(law, KernelMixture) or not (hasattr(law, "log_density") and hasattr(law, "sample")):
        raise NotApplicable(f"`{name}` of a KernelMixture needs a law with a known density; got {type(law).__name__}.")
    if law.dim != mixture.dim:
        raise InvalidInput(f"`{name}` needs laws of one dimension; got {p.dim} and {q.dim}.")
    if mixture.n < BLOCKS * LEAST:
        raise InvalidInput(f"`{name}` of a KernelMixture needs n >= {BLOCKS * LEAST}; got {mixture.n}.")
    if not 0 < confidence < 1:
        raise InvalidInput(f"`confidence` must lie in (0, 1); got {confidence}.")
    x = _places(law, mixture)
    known, blocks, sizes = _log_density(law, x), mixture.log_blocks(x, BLOCKS), mixture.sizes(BLOCKS)
    base = np.logaddexp(known, _pooled(blocks, sizes)) - math.log(2)
    known, blocks = known - base, blocks - base[:, None]
    _check_mass(np.exp(known), law)
    half = BLOCKS // 2
    itself = _pooled(blocks[:, :half], sizes[:half])
    null = _interval(itself, blocks[:, half:], sizes[half:], integrand, confidence)
    return _interval(known, blocks, sizes, integrand, confidence, null)


def _places(law: Any, mixture: KernelMixture) -> Array:
    """Return as many draws of the law as of the mixture, (m, d)."""
    m = int(np.clip(PAIRS // mixture.n, FEWEST, MOST)) // 2
    rng = np.random.default_rng(np.random.SeedSequence(mixture.seed, spawn_key=(mixture.stage, 0)))
    return np.concatenate([np.asarray(law.sample(m, rng), dtype=float), mixture.sample(m, rng)])


def _log_density(law: Any, x: Array) -> Array:
    found = np.asarray(law.log_density(x))
    if found.shape != x.shape[:1] or np.isnan(found).any():
        raise NoDensity(f"this {type(law).__name__} has no density at {x[0]}.")
    return found


def _check_mass(weights: Array, law: Any) -> None:
    """Refuse a density whose mean weight p/ρ says that it does not integrate to one."""
    mean, error = _mean(weights)
    if abs(float(mean) - 1) > DEVIATIONS * float(error):
        raise InvalidInput(f"the density of this {type(law).__name__} integrates to about {float(mean):.4g}, not to 1.")


def _pooled(blocks: Array, sizes: Array) -> Array:
    """Return the log of the mean over all kernels from the logs of that over blocks, (m, G) -> (m,)."""
    return np.asarray(logsumexp(blocks + np.log(sizes / sizes.sum()), axis=-1))


def _mean(values: Array) -> tuple[Array, Array]:
    """Return mean and standard error of values (m, …) at places of which each half was drawn from one law."""
    halves = np.stack(np.split(values, 2))
    return halves.mean(axis=(0, 1)), np.sqrt((halves.var(axis=1, ddof=1) / halves.shape[1]).sum(axis=0)) / 2


def _sides(known: Array, blocks: Array, sizes: Array, integrand: Integrand) -> Array:
    """Return the upper and the lower integrand, averaged over the blocks left out, (2, m)."""
    top = blocks.max(axis=1, keepdims=True)
    parts = np.exp(blocks - top) * sizes
    before, after = np.zeros_like(parts), np.zeros_like(parts)  # sums that leave out a block, without subtraction
    before[:, 1:] = np.cumsum(parts[:, :-1], axis=1)
    after[:, :-1] = np.cumsum(parts[:, :0:-1], axis=1)[:, ::-1]
    others = np.log(np.maximum(before + after, TINY) / (sizes.sum() - sizes)) + top
    return np.stack(integrand(known[:, None], others, blocks)) @ (sizes / sizes.sum())


def _interval(
    known: Array, blocks: Array, sizes: Array, integrand: Integrand, confidence: float, null: Estimate | None = None
) -> Estimate:
    ends, of_places = _mean(_sides(known, blocks, sizes, integrand).T)
    count = sizes.size
    left_out = [
        _sides(known, np.delete(blocks, g, axis=1), np.delete(sizes, g), integrand).mean(axis=1) for g in range(count)
    ]
    of_particles = (count - 1) / count * ((np.array(left_out) - np.mean(left_out, axis=0)) ** 2).sum(axis=0)
    reach = float(student.ppf(0.5 + confidence / 2, count - 1)) * np.sqrt(of_places**2 + of_particles)
    high = max(float(ends[0] + reach[0]), 0.0)
    low = min(max(float(ends[1] - reach[1]), 0.0), high)
    value = min(max(float(ends.mean()), low), high)
    return Estimate(value, low, high, confidence, METHOD, null)
