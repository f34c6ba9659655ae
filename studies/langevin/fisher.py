"""Without log-concavity, what becomes small first: relative Fisher information, TV, or the score itself?

dX = −V′(X) dt + √2 dB with V = −log of ½N(±a, 1), started in one mode. As d/dt KL(p_t‖π) = −FI(p_t‖π) and FI is convex,
the law averaged over [0, T] has FI(p̄_T‖π) ≤ KL(p_0‖π)/T, convex V or not. FI is small long before the other mode is
found: TV² ≤ 4·FI/λ₁ with a spectral gap λ₁ ~ e^{−a²/2} allows that. The score does not vanish: E_π|∇log π|² = E_π V″,
near 1 for separated modes. Laws are moved by the collocated semigroup; the laws of ULA by its transition kernel.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.processes import LineSemigroup, Mixture, spectral_gap
from verify.report import figures

WIDTH = 0.8  # of the start, a normal law at the mode −a: KL and FI are finite
LONG = (10.0, 20.0, 40.0)
STEP = 0.05
# The collocated laws are right to 1e-12 of their largest value, their logarithms where they are 1e-9 of it to 1e-3; FI
# sums up what weighs more, 1e-6 in all. Sixth-order differences on a spacing of 0.06: 0.06⁶.
DEFECT = 1e-5
BELOW = 1e-13  # of the largest density: left out of integrals of log p
STENCIL = np.array([1, -9, 45, 0, -45, 9, -1]) / 60


@dataclass(frozen=True, eq=False)
class Run:
    """The diffusion between the modes ±a, to the time T."""

    flow: LineSemigroup
    apart: float
    time: float

    @property
    def start(self):
        """A normal density at −a, at the nodes."""
        return norm.pdf(self.flow.nodes, -self.apart, WIDTH)

    def average(self):
        """Law averaged over [0, T]: e^{−tλ} in the eigenbasis becomes (1 − e^{−λT})/(λT)."""
        values, vectors = self.flow.spectrum
        root = np.sqrt(self.flow.stationary)
        rate = np.maximum(values, 1e-12) * self.time
        return root * (vectors @ (-np.expm1(-rate) / rate * (vectors.T @ (self.start / root))))

    def fisher(self, p):
        """FI(p‖π) = ∫ p ((log p/π)′)² = 4∫ π((√(p/π))′)²."""
        pi = self.flow.stationary
        inside = p > BELOW * p.max()
        slope = np.zeros_like(p)
        log = np.log(np.where(inside, p, 1.0)) - np.log(pi)
        slope[3:-3] = np.convolve(log, STENCIL, mode="valid") / self.flow.spacing
        whole = np.convolve(inside, np.ones(7), mode="same") > 6.5  # all of the stencil is inside
        return self.flow.integral(np.where(whole, p * slope**2, 0.0))

    def kl(self, p):
        """KL(p‖π)."""
        inside = p > BELOW * p.max()
        ratio = np.where(inside, p, 1.0) / np.where(inside, self.flow.stationary, 1.0)
        return self.flow.integral(np.where(inside, p * np.log(ratio), 0.0))


def subject(apart, time):
    return Run(LineSemigroup(Mixture((0.5, 0.5), (-apart, apart), (1.0, 1.0)), count=400), apart, time)


def fisher(run, cell):
    """FI(p_T‖π)."""
    return run.fisher(run.flow.law(run.start, run.time))


def fisher_average(run, cell):
    """FI of the law averaged over [0, T]."""
    return run.fisher(run.average())


def budget(share):
    """Return share·KL(p_0‖π)/T."""
    return lambda run, cell: share * run.kl(run.start) / run.time


def dissipated(run, cell):
    """(KL(p_0‖π) − KL(p_T‖π))/T: the mean of FI over [0, T]."""
    return (run.kl(run.start) - run.kl(run.flow.law(run.start, run.time))) / run.time


def fisher_mean(run, cell):
    """Mean of FI(p_t‖π) over [0, T], by a Gauss–Legendre rule in √t."""
    x, w = np.polynomial.legendre.leggauss(40)
    root = 0.5 * math.sqrt(run.time) * (x + 1)
    values = [run.fisher(run.flow.law(run.start, t)) if t > 0 else 0.0 for t in root**2]
    return float((w * 0.5 * math.sqrt(run.time) * 2 * root) @ values) / run.time


def tv(run, cell):
    """TV(p_T, π)."""
    return 0.5 * run.flow.integral(np.abs(run.flow.law(run.start, run.time) - run.flow.stationary))


def tv_bound(run, cell):
    """√(4·FI(p_T‖π)/λ₁)."""
    return math.sqrt(4 * fisher(run, cell) / float(spectral_gap(run.flow.potential)))


def score_average(run, cell):
    """E|∇log π|² under the law averaged over [0, T]."""
    return run.flow.integral(run.average() * run.flow.potential.slope(run.flow.nodes) ** 2)


def score_size(run, cell):
    """E_π|∇log π|²."""
    return run.flow.integral(run.flow.stationary * run.flow.potential.slope(run.flow.nodes) ** 2)


def curvature(run, cell):
    """E_π V″."""
    return run.flow.integral(run.flow.stationary * run.flow.potential.curvature(run.flow.nodes))


def ula_fisher_average(run, cell):
    """FI of the average of the laws of ULA's iterates, one n from each nγ ≤ T, by its transition kernel."""
    x = run.flow.nodes
    kernel = norm.pdf(x[None, :], (x - STEP * run.flow.potential.slope(x))[:, None], math.sqrt(2 * STEP))
    kernel *= run.flow.spacing
    law, total, steps = run.start, np.zeros_like(x), round(run.time / STEP)
    for _ in range(steps):
        law = law @ kernel
        total = total + law
    return run.fisher(total / steps)


def ula_bound(run, cell):
    """2·KL(p_0‖π)/T + 8L²γ with L = max(1, a² − 1): the Lipschitz constant of V′ (Balasubramanian et al., 2022)."""
    return 2 * run.kl(run.start) / run.time + 8 * max(1.0, run.apart**2 - 1) ** 2 * STEP


STUDY = vf.Study(
    name="langevin/fisher",
    question="Without log-concavity, what becomes small first: relative Fisher information, TV, or the score itself?",
    subject=subject,
    sweep={
        "apart": vf.Budgeted(smoke=(1.0, 2.0, 3.0), ci=(1.0, 2.0, 3.0, 4.0), full=(1.0, 2.0, 3.0, 4.0)),
        "time": vf.Budgeted(smoke=(1.0, *LONG), ci=(0.3, 1.0, 3.0, *LONG), full=(0.1, 0.3, 1.0, 2.0, 3.0, 5.0, *LONG)),
    },
    observe={
        "fisher": fisher,
        "fisher_mean": fisher_mean,
        "fisher_average": fisher_average,
        "dissipated": dissipated,
        "budget": budget(1.0),
        "budget_tenth": budget(0.1),
        "tv": tv,
        "tv_bound": tv_bound,
        "score_average": score_average,
        "score_size": score_size,
        "curvature": curvature,
        "ula_fisher_average": ula_fisher_average,
        "ula_bound": ula_bound,
    },
    claims={
        "S2-15": [
            claims.Identity(
                "fisher_mean", "dissipated", 1e-4, statement="The mean of FI over [0, T] is what KL has lost over T"
            ),
            claims.UpperBound(
                "fisher_average", by="budget", statement="The averaged law has FI ≤ KL(p_0‖π)/T, two modes or one"
            ),
            claims.UpperBound(
                "ula_fisher_average", by="ula_bound", statement="ULA's averaged law has FI ≤ 2KL_0/(nγ) + 8L²γ"
            ),
            claims.UpperBound("tv", by="tv_bound", statement="TV² ≤ 4·FI/λ₁"),
            claims.Identity("score_size", "curvature", DEFECT, statement="E_π|∇log π|² = E_π V″: not small"),
            claims.NegativeControl(
                claims.UpperBound(
                    "score_average",
                    by="budget",
                    statement="The score almost vanishes under the averaged law: E|∇log π|² ≤ KL(p_0‖π)/T",
                )
            ),
            claims.NegativeControl(
                claims.Identity("score_size", 0.0, 0.1, statement="The score almost vanishes: E_π|∇log π|² = 0")
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv",
                    by="fisher",
                    where={"apart": 3.0},
                    statement="Where FI is small TV is as small: TV ≤ FI",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "fisher_average", by="budget_tenth", statement="The averaged law has FI ≤ KL(p_0‖π)/10T"
                )
            ),
        ],
    },
    figures=[
        figures.Lines("time", ("fisher_average", "budget", "score_average", "tv"), within="apart"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
