"""Is any explicit bound below the exact error on random Gaussian problems, and how close does each come?

ULA, ULA with noisy gradients, the diffusion itself and the proximal sampler, on targets with d ≤ 100, κ ≤ 200 and any
mean and basis, γ over six decades, from points and from spread laws. The exact side is the law of the running step;
means over its steps have the closed form of `_gaussian.Path`. A bound whose assumptions fail at a problem has no say
there. Where the largest ratio comes from the transient, the constant of the bias is not tested: looseness.py says how
far that is from the exact bias. Every bound has a control that must be refuted: L in place of m in its rate, or a
smaller constant.
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import _gaussian as gaussian
import numpy as np

import verify as vf
from verify import claims, samplers
from verify.bounds import langevin as bounds
from verify.bounds.langevin.chain import Planned
from verify.cli import main_study

# both sides of an equality are measured: a law 10⁻⁸ away from its target is known to 10⁻⁷ of that
ATTAINED = 1e-6
SCHEMES = ("ula", "noisy", "langevin", "proximal")
ROUNDING = 1e-9  # relative; bounds that are attained are equal to the exact error up to the rounding of both


@dataclass(frozen=True)
class Problem:
    """A target with the precisions L, m = L/κ and, from d = 3 on, others between; a start; a step size and how many."""

    dim: int
    kappa: float
    smoothness: float
    step: float
    steps: int
    start: str
    noise: float
    rng: Any
    offset: tuple[float, ...] = ()
    variance: float = 0.0

    def law(self):
        """Return the target and the start."""
        target = gaussian.target(self.rng, gaussian.spectrum(self.rng, self.dim, self.kappa, self.smoothness))
        if self.offset:
            return target, gaussian.isotropic(target, np.array(self.offset), self.variance)
        m = self.smoothness / self.kappa
        return target, gaussian.start(self.rng, self.start, target, m, self.smoothness)


def drawn(problem):
    """Return a random problem; γ is between 10⁻⁶ and 1 times 2/(m + L), at times beyond."""
    rng = np.random.default_rng([20260, problem])
    dim = round(10 ** rng.uniform(0, 2))
    kappa = 1.0 if dim == 1 else 10 ** rng.uniform(0, math.log10(200))
    smoothness = 10 ** rng.uniform(-1, 1)
    m = smoothness / kappa
    top = 2 / (m + smoothness)
    step, steps = top * 10 ** -rng.uniform(0, 6), int(10 ** rng.uniform(0, 3.5))
    if rng.uniform() < 0.1:
        step = top + rng.uniform(0, 0.99) * (2 / smoothness - top)
    noise = math.sqrt(smoothness) * 10 ** rng.uniform(-2, 1)
    start = "spread" if dim == 1 else gaussian.STARTS[problem % 4]  # in d = 1 a wide start is the target
    return Problem(dim, kappa, smoothness, step, steps, start, noise, rng)


def extreme(problem):
    """Return a problem at which some bounds are nearly attained, or wrong ones are seen to be wrong."""
    rng = np.random.default_rng([2026, problem])
    return (
        Problem(2, 50.0, 2.0, 0.002, 12500, "spread", 0.1, rng, (0.0, 100.0), 0.5),  # a far start, slow direction
        Problem(2, 50.0, 2.0, 0.99, 3, "point", 0.1, rng, (100.0, 0.0), 0.0),  # fast direction, γ > 2/(m + L)
        Problem(2, 1.0, 1.0, 1e-3, 2000, "spread", 0.1, rng, (10.0, 10.0), 1.0),  # κ = 1
        Problem(3, 3.0, 1.0, 0.04, 3000, "wide", 0.1, rng),  # N(x*, I/m), stationary
        Problem(2, 2.0, 1.0, 0.001, 5000, "narrow", 0.1, rng),  # N(x*, I/L)
        Problem(2, 20.0, 1.0, 0.1, 100, "spread", 10.0, rng, (0.0, 1.0), 1.0),  # χ² finite
        Problem(1, 1.0, 1.0, 0.5, 4000, "point", 0.1, rng, (0.0,), 0.0),  # stationary, a large step
        Problem(2, 2.0, 1.0, 1e-3, 1, "point", 0.1, rng, (0.0, 100.0), 0.0),  # one step
    )[problem]


EXTREMES = 8


def subject(scheme, problem):
    """Return the chain of a problem: the first eight are chosen, the others random; the schemes share them."""
    given = extreme(problem) if problem < EXTREMES else drawn(problem)
    target, begin = given.law()
    if scheme == "noisy":
        return samplers.SGLD(target, given.step, given.steps, begin, gradient_noise=given.noise)
    kind = {"ula": samplers.ULA, "langevin": samplers.ExactLangevin, "proximal": samplers.ProximalSampler}[scheme]
    slow = given.smoothness / (1.0 if given.start == "wide" else given.kappa)  # N(x*, I/m) has the slow variance
    most = math.ceil(10 / math.log1p(slow * given.step))  # then e^{−10}: above rounding
    return kind(target, given.step, given.steps if scheme == "ula" else min(given.steps, most), begin)


@functools.lru_cache(maxsize=2)
def law(sampler):
    return sampler.run()


def distance(divergence, *more):
    """Return the observable divergence(law of the last iterate, target)."""

    def measure(sampler, cell):
        return divergence(law(sampler), sampler.goal(), *more)

    return measure


def along(measure):
    """Return an observable of the path of ULA, infinite for other chains: no bound on it applies to them."""

    def measured(sampler, cell):
        return float(measure(gaussian.Path(sampler))) if type(sampler) is samplers.ULA else math.inf

    return measured


def mean_fisher(path):
    """Return the mean Fisher information; infinite from a point, as it is."""
    return path.fisher() if path.sampler.start().eigenvalues.all() else math.inf


def one_step(side):
    """2γKL(ν_k‖π) + W2²(ν_k, π), or its bound (1 − mγ)W2²(ν_{k−1}, π) + 2γ²Ld: free of the bound's cancellation."""

    def measure(sampler, cell):
        bound = bounds.Durmus2019OneStep()
        if bound.failed_assumptions(sampler):
            return 0.0 if side == "left" else math.inf
        q = bound.quantities(sampler)
        if side == "left":
            return 2 * q["step"] * vf.kl(law(sampler), sampler.goal()).value + q["after_w2"] ** 2
        drift = (1 - q["strong_convexity"] * q["step"]) * q["before_w2"] ** 2
        return drift + (2.0 if side == "right" else 0.1) * q["step"] ** 2 * q["smoothness"] * q["dim"]

    return measure


def with_fast_rate(bound):
    """Return the observable "the bound with L for m, α or 1/C_P in its first term"; no say where the bound has none."""

    def measure(sampler, cell):
        if bound.failed_assumptions(sampler):
            return math.inf
        q = bound.quantities(sampler)
        smooth = bounds.Dalalyan2017Theorem1().quantities(sampler)["smoothness"]
        fast = q | {name: smooth for name in ("strong_convexity", "log_sobolev") if name in q}
        fast |= {"poincare": 1 / smooth} if "poincare" in q else {}
        if smooth * sampler.step_size > 1 and isinstance(bound, Planned):  # past the sign of 1 − Lγ
            return math.inf
        terms, wrong = bound.terms(sampler), type(bound).formula(**fast)
        first = next(iter(terms))
        return type(bound).total(terms | {first: wrong[first]})

    return measure


def times(bound, factor):
    """Return the observable factor × bound; no say where the bound has none."""

    def measure(sampler, cell):
        return math.inf if bound.failed_assumptions(sampler) else factor * bound(sampler)

    return measure


@dataclass(frozen=True)
class Row:
    """A bound, what it bounds, its id, and its control: a constant that is too small, or None for a rate of L."""

    bound: Any
    error: str
    id: str
    factor: float | None = None
    slack: float = ROUNDING

    @property
    def column(self):
        return self.bound.name.replace("-", "_")


ROWS = (
    Row(bounds.Dalalyan2017Theorem1(), "w2", "B1"),
    Row(bounds.Dalalyan2017Theorem1b(), "w2", "B1b", 0.25),
    Row(bounds.Dalalyan2019Theorem1(), "w2", "B2"),
    Row(bounds.Dalalyan2019Theorem5(), "w2", "B2H"),
    Row(bounds.Durmus2019W2(), "w2", "B3"),
    Row(bounds.Durmus2019W2Hessian(), "w2", "B3H"),
    Row(bounds.Vempala2019Theorem1(), "kl", "B4"),
    Row(bounds.Durmus2019Last(), "w2", "B5a"),
    Row(bounds.Durmus2019Average(), "mean_kl", "B5b", 0.25),
    Row(bounds.Durmus2019BurnIn(), "late_kl", "B5c", 0.05),
    Row(bounds.Cheng2018KL(), "kl", "B6", 1e-6),
    Row(bounds.Dalalyan2017TV(), "tv", "B7", 0.1),
    Row(bounds.Balasubramanian2022Theorem4(), "mean_fisher", "B8", 0.25),
    Row(bounds.Guillin2009(), "tv", "B8'", 0.01),
    Row(bounds.Dalalyan2017Theorem3(), "w2", "B10"),
    Row(bounds.Dalalyan2019Theorem4(), "w2", "B10'"),
    Row(bounds.ULAOrderHalf(), "w2", "H1"),
    Row(bounds.ULAOrderOne(), "w2", "H2"),
    Row(bounds.ULAOrderOneLipschitz(), "w2", "H2L"),
    Row(bounds.DiffusionKL(), "kl", "C-KL"),
    Row(bounds.DiffusionKLConvex(), "kl", "C-KLm"),
    Row(bounds.DiffusionChi2(), "chi2", "C-chi2"),
    Row(bounds.DiffusionRenyi(), "renyi", "C-Renyi"),
    Row(bounds.DiffusionW2(), "w2", "C-W2"),
    Row(bounds.DiffusionLogHarnack(), "kl", "C-Harnack"),
    Row(bounds.Chen2022W2(), "w2", "P-W2"),
    Row(bounds.Chen2022KL(), "kl", "P-KL"),
    Row(bounds.Chen2022Chi2(), "chi2", "P-chi2"),
    Row(bounds.Chen2022Renyi(), "renyi", "P-Renyi"),
    Row(bounds.Chen2022Convex(), "kl", "P-convex", 0.02),
    Row(bounds.PinskerOutput(), "tv", "T-Pinsker", 0.5),
    Row(bounds.BretagnolleHuber(), "tv", "T-BH", 0.5),
    Row(bounds.TVChi2(), "tv", "T-chi2", 0.5),
    Row(bounds.Talagrand(), "w2", "T-T2", 0.9, ATTAINED),
    Row(bounds.LogSobolevConvex(), "kl", "T-LSI", 0.9, ATTAINED),
)


def claimed(row):
    """Return the claims on one bound: it holds, and its control is refuted."""
    wrong = "L in place of m in the rate" if row.factor is None else f"times {row.factor:g}"
    control = claims.UpperBound(row.error, by=f"{row.column}_wrong", statement=f"{row.bound.statement}, {wrong}")
    return [
        claims.UpperBound(row.error, by=row.column, slack=row.slack, statement=row.bound.statement),
        claims.NegativeControl(control),
    ]


def wrong(row):
    return with_fast_rate(row.bound) if row.factor is None else times(row.bound, row.factor)


STUDY = vf.Study(
    name="langevin/bounds",
    question="Is any explicit bound below the exact error, and how close does each come?",
    subject=subject,
    sweep={
        "scheme": SCHEMES,
        "problem": vf.Budgeted(smoke=tuple(range(32)), ci=tuple(range(600)), full=tuple(range(4000))),
    },
    only=lambda scheme, problem: scheme == "ula" or problem < EXTREMES or problem // 4 % 8 == SCHEMES.index(scheme),
    observe={
        "w2": distance(vf.wasserstein2),
        "kl": distance(vf.kl),
        "tv": distance(vf.total_variation),
        "chi2": distance(vf.chi2),
        "renyi": distance(vf.renyi, 2.0),
        "mean_kl": along(lambda path: path.kl()[1:].mean()),
        "late_kl": along(lambda path: path.kl()[1 + path.sampler.steps // 2 :].mean()),
        "mean_fisher": along(mean_fisher),
        "one_step_left": one_step("left"),
        "one_step_right": one_step("right"),
        "one_step_short": one_step("short"),
        **{row.column: row.bound for row in ROWS},
        **{f"{row.column}_wrong": wrong(row) for row in ROWS},
    },
    claims={
        "B5": [
            claims.UpperBound(
                "one_step_left",
                by="one_step_right",
                slack=1e-12,
                statement="2γKL(μR‖π) + W2²(μR, π) ≤ (1 − mγ)W2²(μ, π) + 2γ²Ld",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "one_step_left",
                    by="one_step_short",
                    statement="2γKL(μR‖π) + W2²(μR, π) ≤ (1 − mγ)W2²(μ, π) + 0.1γ²Ld",
                )
            ),
        ],
        **{row.id: claimed(row) for row in ROWS},
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
