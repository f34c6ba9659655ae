"""What do proximal Langevin schemes sample, for f = (x − 1)²/2 and g = |x|?

x⁺ = prox_{γg}(x − γ∇f(x) + √(2γ) ξ) tends to e^{−f−g} with order 1 in γ; with a free threshold λ it does not. Its law
has an atom at the kink. MYULA with λ = γ does as well, with λ fixed it tends to e^{−f−g^λ}. The proximal sampler is
exact at any step. Invariant laws on the line come from the step itself, run at every node for every value of its noise.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _lasso import Lasso, gap

import verify as vf
from verify import claims, laws, observables, samplers
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian, Laplace, Separable

TARGET = Lasso()
SMOOTH, ROUGH = Gaussian(np.array([1.0]), np.eye(1)), Laplace()
STEPS = vf.Budgeted(smoke=(0.04, 0.02, 0.01), ci=(0.08, 0.04, 0.02, 0.01), full=(0.08, 0.04, 0.02, 0.01, 0.005))
PARTICLES = vf.Budgeted(smoke=10_000, ci=20_000, full=200_000)
# Kinks leave corrections O(√γ) to leading orders: √0.08 times a coefficient of one half
BENT = 0.2
DIGITS = 5e-7  # printed with six digits
FREE = 0.2  # λ that does not follow γ
# standard errors of x² − mean² at 10,000 draws are below 0.013
RESOLUTION = 0.1
# the plane: an ℓ¹ prior with two weights beside a correlated likelihood
PLANE = Gaussian(np.array([1.0, -0.5]), np.array([[1.0, 0.5], [0.5, 0.8]]))
PRIOR = Separable(Laplace(), np.zeros(2), np.array([1.0, 0.5]))


class FreeThreshold(samplers.ProximalLangevin):
    """The printed scheme: prox_{λg} with λ fixed."""

    def step(self, k, x, noise):
        """Return prox_{λg}(x − γ∇f(x) + √(2γ) ξ)."""
        h = self.step_size
        return self.penalty.prox(x + h * self.target.score(x) + math.sqrt(2 * h) * noise.normal(), FREE)


@dataclass(frozen=True, eq=False)
class At:
    """One step size."""

    step: float

    def chain(self, kind, **options):
        """The nodes' chain: kinks of a prox after the noise ask for many values of it, before it for nodes."""
        sampler = kind(SMOOTH, self.step, 1, penalty=ROUGH, **options)
        if kind is samplers.MYULA:
            return observables.LineChain(sampler, -6.0, 6.0, 1000, 150, place=dense_at_zero, chart=from_zero)
        return observables.LineChain(sampler, -8.0, 9.0, draws=2000)

    @cached_property
    def proximal(self):
        """Proximal Langevin."""
        return self.chain(samplers.ProximalLangevin)


def dense_at_zero(u):
    """x = sinh(u)/25: for 1,000 nodes on [−6, 6] they are 5e-4 apart at 0, and reach ±8."""
    return np.sinh(u) / 25


def from_zero(x):
    """The inverse."""
    return np.arcsinh(25 * x)


def variance_of(chain):
    mean = chain.expectation(lambda x: x)
    return chain.expectation(lambda x: (x - mean) ** 2)


def mean_bias(at, cell):
    """|E X − m|."""
    return abs(at.proximal.expectation(lambda x: x) - TARGET.closed_moments()[0])


def variance_bias(kind, **options):
    """Return the observable |Var X − v| of a sampler; options may depend on γ."""

    def measure(at, cell):
        given = {name: value(at.step) for name, value in options.items()}
        return abs(variance_of(at.chain(kind, **given)) - TARGET.closed_moments()[1])

    return measure


def atom(at, cell):
    """P(X = 0) = P(|pre-prox| ≤ γ), a smooth expectation of the state before."""
    h = at.step

    def caught(x):
        ends = (np.array([-h, h])[:, None] - (x - h * (x - 1))) / math.sqrt(2 * h)
        low, high = (np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in row]) for row in ends)
        return high - low

    return at.proximal.expectation(caught)


def closed(index):
    return lambda at, cell: TARGET.closed_moments()[index]


def exact(at, cell):
    """E(X − m)² − v of the proximal sampler after 8 steps of size 1 from exact draws."""
    n, (mean, variance) = PARTICLES[cell.budget], TARGET.closed_moments()
    start = laws.Particles(TARGET.sample(n, cell.rng), int(cell.rng.integers(2**31)))
    return gap((samplers.ProximalSampler(TARGET, 1.0, 8).run(start).points[:, 0] - mean) ** 2, variance)


def independent(at, cell):
    """The same of as many independent draws."""
    mean, variance = TARGET.closed_moments()
    return gap((TARGET.sample(PARTICLES[cell.budget], cell.rng)[:, 0] - mean) ** 2, variance)


def plane_truth():
    """E|X|² of the posterior in the plane, by the trapezoid rule on quadrants that meet at the kinks."""
    half = np.linspace(0.0, 8.0, 801)
    weights = np.full(half.size, half[1])
    weights[[0, -1]] *= 0.5
    total = second = 0.0
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        x = np.stack(np.meshgrid(signs[0] * half, signs[1] * half, indexing="ij"), axis=-1)
        p = np.exp(-PLANE.potential(x) - PRIOR.potential(x)) * np.outer(weights, weights)
        total, second = total + p.sum(), second + (p * (x**2).sum(axis=-1)).sum()
    return float(second / total)


def plane(kind):
    """Return E|X|² − truth in the plane after time 5 from N(0, I)."""

    def measure(at, cell):
        start = laws.Particles.standard(PARTICLES[cell.budget], 2, int(cell.rng.integers(2**31)))
        chain = kind(PLANE, at.step, math.ceil(5 / at.step), penalty=PRIOR)
        return gap((chain.run(start).points ** 2).sum(axis=1), plane_truth())

    return measure


LAST = {"step": 0.01}

STUDY = vf.Study(
    name="langevin/proximal",
    question="What do proximal Langevin schemes sample, for f = (x − 1)²/2 and g = |x|?",
    subject=At,
    sweep={"step": STEPS},
    observe={
        "mean": closed(0),
        "variance": closed(1),
        "quadrature_mean": lambda at, cell: TARGET.mean,
        "quadrature_variance": lambda at, cell: TARGET.variance,
        "mean_bias": mean_bias,
        "variance_bias": variance_bias(samplers.ProximalLangevin),
        "variance_bias_free": variance_bias(FreeThreshold),
        "variance_bias_myula": variance_bias(samplers.MYULA, smoothing=lambda h: h),
        "variance_bias_myula_fixed": variance_bias(samplers.MYULA, smoothing=lambda h: 2.5 * FREE),
        "atom": atom,
        "exact": exact,
        "independent": independent,
        "plane": plane(samplers.ProximalLangevin),
        "plane_free": plane(FreeThreshold),
    },
    claims={
        "S2-06": [
            claims.Identity("mean", 0.503223, DIGITS, statement="The mean is 0.503223, from error functions"),
            claims.Identity("variance", 0.558957, DIGITS, statement="The variance is 0.558957, from error functions"),
            claims.Identity("quadrature_mean", "mean", 1e-12, statement="Quadrature gives the same mean"),
            claims.Identity("quadrature_variance", "variance", 1e-12, statement="Quadrature gives the same variance"),
            claims.Rate("variance_bias", "step", 1.0, BENT, statement="prox_{γg} after the noise: variance of order 1"),
            claims.Rate("mean_bias", "step", 1.0, BENT, statement="prox_{γg} after the noise: mean of order 1"),
            claims.Rate("variance_bias_myula", "step", 1.0, BENT, statement="MYULA with λ = γ: variance of order 1"),
            claims.Rate("atom", "step", 1.0, BENT, statement="The mass at the kink goes as γ"),
            claims.NegativeControl(
                claims.Rate("variance_bias_free", "step", 1.0, BENT, statement="So does the bias of prox_{λg}, λ = 0.2")
            ),
            claims.NegativeControl(
                claims.Rate("variance_bias_myula_fixed", "step", 1.0, BENT, statement="So does that of MYULA, λ = 0.5")
            ),
            claims.Identity("exact", 0.0, RESOLUTION, statement="The proximal sampler keeps the law at η = 1"),
            claims.Identity("independent", 0.0, RESOLUTION, statement="Independent draws of the exact law: the null"),
            claims.Identity("plane", 0.0, RESOLUTION, where=LAST, statement="Two coordinates, correlated likelihood"),
            claims.NegativeControl(
                claims.Identity("plane_free", 0.0, RESOLUTION, where=LAST, statement="So does prox_{λg}, λ = 0.2")
            ),
        ],
    },
    figures=[
        figures.Lines(
            "step", ("variance_bias", "variance_bias_free", "variance_bias_myula", "variance_bias_myula_fixed")
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
