"""Is maximum likelihood the projection of the data in KL, and does it miss the truth by k/(2n)?

N(μ, Σ) in d dimensions, k = d + ½d(d + 1) parameters, n draws: mean m̂ and Σ̂ = n⁻¹Σ(x_i − m̂)(x_i − m̂)^T. By the moments
of Wishart matrices (Muirhead, 1982)

    E KL(ν‖N(m̂, Σ̂)) = ½[(n + 1)d/(n − d − 2) − d + Σ_{i≤d} ψ(½(n − i)) + d log(2/n)] = k/(2n) + O(n⁻²),

which fits to drawn data must meet, and with the divisor n − 1 they meet another number. That the fit is the projection
is checked where KL from the data is finite: for counts and the Poisson family KL(ν_n‖μ_θ) is the mean of −log μ_θ minus
the entropy of ν_n, and its minimum, searched for, is the mean; and for N(μ, Σ) by a search along random lines.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln, rel_entr, xlogy
from scipy.stats import norm

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.divergences import kl_terms
from verify.report import figures

FITS = vf.Budgeted(smoke=100_000, ci=200_000, full=2_000_000)  # at n = 16, and times (16/n)² at others
FEW, LARGE = 16, (100, 200, 400, 800)
# n·(2/k)·E KL = 1 + c/n + O(n⁻²) by the expansion of the digammas: c = 61/12 for d = 1, below 9 for d ≤ 3, n ≥ 100
NEXT = 9.0
# Half-width and error of a mean are each z·σ/√(number of fits), z = 5 jointly for some 50 intervals. nKL is ½χ²_k up to
# factors 1 + O(1/n): σ over the mean is √(2/k) ≤ 1, and at n = 16 below 1.5.
RESOLUTION = 2 * 5 * 1.5 / math.sqrt(FITS["smoke"])
SEARCH = 1e-7  # relative, of a minimum that is searched for: √ε, times ten
SLOPE = 1e-9  # of a difference quotient over r = 10⁻³, extrapolated: r⁴, and rounding of the loss over r, 10ε/r


@dataclass(frozen=True, eq=False)
class At:
    """Normal laws on R^dim and samples of size n."""

    dim: int
    n: int

    @property
    def parameters(self):
        """k."""
        return self.dim + self.dim * (self.dim + 1) // 2

    def stream(self):
        """Return the random stream of what is fitted once."""
        return np.random.default_rng([self.dim, self.n])

    @cached_property
    def counts(self):
        """n draws of a mixture of two Poisson laws."""
        rng = self.stream()
        return rng.poisson(np.where(rng.random(self.n) < 0.3, 1.0, 5.0))


def expected(divisor=0):
    """Return E KL(ν‖fit) in closed form, Σ̂ with the divisor n − `divisor`."""

    def measure(at, cell):
        n, d = at.n, at.dim
        scale = (n - divisor) / n
        trace = scale * n * d * (1 + 1 / n) / (n - d - 2)
        log_det = digamma((n - np.arange(1, d + 1)) / 2).sum() + d * math.log(2 / (n - divisor))
        return 0.5 * (trace - d + float(log_det))

    return measure


def fitted(divisor=0):
    """Return the mean of KL(ν‖fit) over fits to drawn data, Σ̂ with the divisor n − `divisor`."""

    def measure(at, cell):
        values = [
            fits(at, cell.rng, size, divisor) for size in batches(at, round(FITS[cell.budget] * (FEW / at.n) ** 2))
        ]
        value = np.concatenate(values)
        mean = float(value.mean())
        reach = float(norm.ppf(0.9995) * value.std(ddof=1) / math.sqrt(value.size))
        return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")

    return measure


def batches(at, count):
    """Return how many fits are drawn at a time: about a million numbers."""
    size = max(1, 1_000_000 // (at.n * at.dim))
    return [min(size, count - start) for start in range(0, count, size)]


def fits(at, rng, count, divisor):
    """Return KL(ν‖fit) of `count` fits, ν = N(0, I): KL and the fit are affine invariant."""
    x = rng.standard_normal((count, at.n, at.dim))
    mean = x.mean(axis=1)
    off = x - mean[:, None]
    cov = np.einsum("rni,rnj->rij", off, off) / (at.n - divisor)
    values, vectors = np.linalg.eigh(cov)
    return kl_terms(np.einsum("rij,ri->rj", vectors, mean), values - 1, values).sum(axis=-1)


def leading(share):
    """Return share·k/(2n)."""
    return lambda at, cell: share * at.parameters / (2 * at.n)


def count_defect(divisor):
    """Return |argmin_θ KL(ν_n‖Poisson(θ)) − Σx_i/(n − divisor)|/θ, the minimum by search."""

    def measure(at, cell):
        places, number = np.unique(at.counts, return_counts=True)
        share = number / at.n

        def divergence(theta):
            log = places * math.log(theta) - theta - gammaln(places + 1)
            return float((xlogy(share, share) - share * log).sum())

        best = minimize_scalar(divergence, bracket=(0.5, 3.0, 20.0), tol=1e-12).x
        return abs(best - at.counts.sum() / (at.n - divisor)) / best

    return measure


def count_kl_defect(at, cell):
    """|KL(ν_n‖Poisson(4)) + E_n log μ + entropy|: the likelihood up to what does not depend on θ."""
    places, number = np.unique(at.counts, return_counts=True)
    share = number / at.n
    log = at.counts * math.log(4.0) - 4.0 - gammaln(at.counts + 1)
    divergence = float(rel_entr(share, np.exp(places * math.log(4.0) - 4.0 - gammaln(places + 1))).sum())
    return abs(divergence + float(log.mean()) - float(xlogy(share, share).sum()))


def gradient_defect(divisor):
    """Return the largest directional derivative of −E_n log N(m, S) at the fit, over random symmetric directions."""

    def measure(at, cell):
        rng = at.stream()
        x = rng.standard_normal((at.n, at.dim)) @ rng.standard_normal((at.dim, at.dim)) + 2.0
        mean = x.mean(axis=0)
        cov = (x - mean).T @ (x - mean) / (at.n - divisor)

        def loss(m, s):
            off = x - m
            inner = np.einsum("ni,ij,nj->n", off, np.linalg.inv(s), off).mean()
            return 0.5 * (inner + np.linalg.slogdet(s)[1])

        slopes = []
        root = np.linalg.cholesky(cov)
        for _ in range(4):
            a, b = rng.standard_normal(at.dim), rng.standard_normal((at.dim, at.dim))
            a, b = root @ a, root @ (b + b.T) @ root.T / np.linalg.norm(b + b.T)
            wide, narrow = (
                (loss(mean + r * a, cov + r * b) - loss(mean - r * a, cov - r * b)) / (2 * r) for r in (1e-3, 5e-4)
            )
            slopes.append(abs((4 * narrow - wide) / 3))
        return float(max(slopes))

    return measure


def close(left, right, tolerance, words, **where):
    """Return the claim that two columns agree relatively."""
    return claims.Identity(left, right, tolerance, relative=True, statement=words, where=where)


def vanishes(name, tolerance, words):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words)


STUDY = vf.Study(
    name="divergences/maximum_likelihood",
    question="Is maximum likelihood the projection of the data in KL, and does it miss the truth by k/(2n)?",
    subject=At,
    sweep={
        "dim": (1, 2, 3),
        "n": vf.Budgeted(smoke=(FEW, *LARGE), ci=(FEW, 24, 50, *LARGE), full=(FEW, 24, 50, *LARGE)),
    },
    observe={
        "fitted": fitted(),
        "fitted_unbiased": fitted(1),
        "expected": expected(),
        "leading": leading(1.0),
        "leading_twice": leading(2.0),
        "count_defect": count_defect(0),
        "count_defect_wrong": count_defect(1),
        "count_kl_defect": count_kl_defect,
        "gradient_defect": gradient_defect(0),
        "gradient_defect_unbiased": gradient_defect(1),
    },
    claims={
        "S0-02": [
            vanishes("count_kl_defect", 1e-12, "KL(ν_n‖μ_θ) = −E_n log μ_θ − entropy of ν_n, for counts"),
            vanishes(
                "count_defect",
                SEARCH,
                "For counts and Poisson laws KL(ν_n‖μ_θ) is least at the maximum of likelihood, the mean",
            ),
            vanishes("gradient_defect", SLOPE, "At the normal fit with divisor n the likelihood has no slope"),
            close("fitted", "expected", RESOLUTION, "Fits to n draws miss ν by the closed form of E KL", n=FEW),
            claims.Rate(
                "expected",
                "n",
                -1.0,
                NEXT / LARGE[0],
                where={"n": LARGE},
                statement="E KL(ν‖μ_θ̂) falls as 1/n",
            ),
            close("expected", "leading", NEXT / LARGE[-1], "E KL(ν‖μ_θ̂) = k/(2n) up to 9/n of it", n=LARGE[-1]),
            claims.NegativeControl(
                close(
                    "fitted_unbiased",
                    "expected",
                    RESOLUTION,
                    "Fits with the divisor n − 1 miss ν by the closed form of E KL for the divisor n",
                    n=FEW,
                )
            ),
            claims.NegativeControl(
                vanishes("gradient_defect_unbiased", SLOPE, "At the fit with divisor n − 1 the likelihood has no slope")
            ),
            claims.NegativeControl(
                vanishes(
                    "count_defect_wrong",
                    SEARCH,
                    "For counts and Poisson laws the minimum of KL(ν_n‖μ_θ) is at Σx_i/(n − 1)",
                )
            ),
            claims.NegativeControl(close("expected", "leading_twice", NEXT / LARGE[-1], "E KL = k/n", n=LARGE[-1])),
        ],
    },
    figures=[figures.ErrorAgainstBound("n", errors=("fitted", "expected"), bounds=("leading",), within="dim")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
