"""Which way round does Girsanov's exponential go, and what is its constant?

X is a Brownian motion on [0, T] from 0, Y the same with the drift u(y) = a − θy, held over each of 16 steps of length
δ: two Gaussian chains, so that Girsanov's exponential is an exact likelihood ratio. Along X,

    M = exp(Σ u(X_k)(X_{k+1} − X_k) − ½Σ u(X_k)²δ) = dLaw(Y)/dLaw(X),

hence E[M X_T] = E Y_T and E[M X_T²] = E Y_T²; the printed exp(−Σ …) turns the drift round. For θ = 0 the sum
telescopes to uX_T; for θ = 0.8 it does not, and u must be taken at the start of each step (Itô). log M is quadratic in
the path, so the left sides are Gaussian integrals over R^16; they are measured by Monte Carlo too, and the moments of Y
come from their own recursion. And KL(Law Y‖Law X) = ½E Σ u(Y_k)²δ: the KL of two path laws in R^16, the recursion and
Monte Carlo of log M along Y agree. The end-points keep all of it for a constant drift and less for a linear one.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures

STEPS = 16
PATHS = vf.Budgeted(smoke=100_000, ci=400_000, full=4_000_000)
# Standard deviations are largest for a constant u = 0.7, T = 1: 2.1 of M X_T and 5.4 of M X_T², by
# E(M X_T^p)² = e^{u²}E(2u + Z)^{2p}, and u√T of log M. The half-width and the error of a mean over n paths are each
# below z times that over √n, z = 5 for 54 intervals at 99.9 % jointly (Bonferroni).
RESOLUTION = {name: 2 * 5 * sd / math.sqrt(PATHS["smoke"]) for name, sd in (("x", 2.2), ("x²", 5.4), ("log", 0.75))}
# KL of laws in R^16 is enclosed to about d²ε times the condition number, here at most 4·16².
ROUNDING = 2 * STEPS**2 * 4 * STEPS**2 * np.finfo(float).eps


@dataclass(frozen=True)
class Chains:
    """Brownian motion on [0, time] against the same with the drift `push` − `pull`·y held over each step."""

    push: float
    pull: float
    time: float

    @property
    def step(self):
        """δ."""
        return self.time / STEPS

    def drift(self, y):
        """u(y)."""
        return self.push - self.pull * y

    def moments(self):
        """Mean and variance of Y_0, …, Y_K by recursion, each of shape (K + 1,)."""
        mean, variance = np.zeros(STEPS + 1), np.zeros(STEPS + 1)
        for k in range(STEPS):
            mean[k + 1] = mean[k] + self.drift(mean[k]) * self.step
            variance[k + 1] = (1 - self.pull * self.step) ** 2 * variance[k] + self.step
        return mean, variance

    def path_law(self):
        """Law of (Y_1, …, Y_K): (D + θδS) y = aδ + √δ ξ with differences D and the shift S by one step."""
        solve = np.linalg.inv(DIFFERENCE + self.pull * self.step * EARLIER)
        cov = self.step * solve @ solve.T
        return laws.Gaussian(solve.sum(axis=1) * self.push * self.step, 0.5 * (cov + cov.T))


EARLIER = np.eye(STEPS, k=-1)  # (x_1, …, x_K) to (0, x_1, …, x_{K−1})
DIFFERENCE = np.eye(STEPS) - EARLIER
ONES = np.ones(STEPS)


def subject(push, pull, time):
    return Chains(push, pull, time)


def weighted(power, sign=1, place=EARLIER):
    """Return E[M X_T^power], M = exp(sign Σ u ΔX − ½Σ u²δ) with u at `place`: an exact Gaussian integral over paths."""

    def measure(model, cell):
        a, theta, step = model.push, model.pull, model.step
        free = DIFFERENCE.T @ DIFFERENCE / step
        cross = place.T @ DIFFERENCE
        precision = free + sign * theta * (cross + cross.T) + step * theta**2 * place.T @ place
        linear = sign * a * DIFFERENCE.T @ ONES + step * a * theta * place.T @ ONES
        cov = np.linalg.inv(precision)
        mean = cov @ linear
        log = 0.5 * linear @ mean - 0.5 * a**2 * model.time
        log += 0.5 * (np.linalg.slogdet(free)[1] - np.linalg.slogdet(precision)[1])
        moment = mean[-1] if power == 1 else mean[-1] ** 2 + cov[-1, -1]
        return math.exp(log) * float(moment)

    return measure


def walk(model, cell, drifted):
    """End-points and log M of simulated paths, those of Y where `drifted`, else those of X."""
    n, step = PATHS[cell.budget], model.step
    x, exponent = np.zeros(n), np.zeros(n)
    for _ in range(STEPS):
        u = model.drift(x)
        increment = math.sqrt(step) * cell.rng.standard_normal(n)
        if drifted:
            increment += u * step
        exponent += u * (increment - 0.5 * step * u)
        x += increment
    return x, exponent


def average(value):
    """Mean with its 99.9 % normal interval."""
    mean, reach = float(value.mean()), float(norm.ppf(0.9995) * value.std(ddof=1) / math.sqrt(value.size))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")


def simulated(power):
    """Return E[M X_T^power] by Monte Carlo along X."""

    def measure(model, cell):
        x, exponent = walk(model, cell, drifted=False)
        return average(np.exp(exponent) * x**power)

    return measure


def log_ratio(model, cell):
    """E log M along Y by Monte Carlo: KL(Law Y‖Law X) by its definition."""
    return average(walk(model, cell, drifted=True)[1])


def moment(power):
    """Return E Y_T^power by recursion."""

    def measure(model, cell):
        mean, variance = (part[-1] for part in model.moments())
        return float(mean if power == 1 else mean**2 + variance)

    return measure


def path_kl(model, cell):
    """KL between the laws of the two paths in R^16."""
    return vf.kl(model.path_law(), Chains(0.0, 0.0, model.time).path_law())


def endpoint_kl(model, cell):
    """KL between the laws of Y_T and X_T."""
    mean, variance = (part[-1:] for part in model.moments())
    return vf.kl(laws.Gaussian(mean, np.diag(variance)), laws.Gaussian(np.zeros(1), np.array([[model.time]])))


def energy(share):
    """Return the observable share·E Σ u(Y_k)²δ by recursion."""

    def measure(model, cell):
        mean, variance = (part[:-1] for part in model.moments())
        return share * model.step * float((model.drift(mean) ** 2 + model.pull**2 * variance).sum())

    return measure


def changes(left, power, tolerance=ROUNDING, words="With M = exp(Σu ΔX − ½Σu²δ) along X", **where):
    """Return the claim that E[M X_T^power], measured as `left`, is E Y_T^power."""
    name, symbol = ("displaced", "") if power == 1 else ("square", "²")
    statement = f"{words}, E[M X_T{symbol}] = E Y_T{symbol}"
    return claims.Identity(left, name, tolerance, where=where, statement=statement)


def same_kl(left, right, statement, tolerance=ROUNDING, **where):
    """Return the claim that two expressions of the KL are equal."""
    return claims.Identity(left, right, tolerance, where=where, statement=statement)


LINEAR, CONSTANT = {"pull": 0.8}, {"pull": 0.0}

STUDY = vf.Study(
    name="ou/change_of_measure",
    question="Which way round does Girsanov's exponential go, and what is its constant?",
    subject=subject,
    sweep={"push": (-0.4, 0.3, 0.7), "pull": (0.0, 0.8), "time": (0.25, 0.5, 1.0)},
    observe={
        "weighted": weighted(1),
        "weighted_square": weighted(2),
        "weighted_printed": weighted(1, sign=-1),
        "weighted_late": weighted(2, place=np.eye(STEPS)),
        "simulated": simulated(1),
        "simulated_square": simulated(2),
        "displaced": moment(1),
        "square": moment(2),
        "kl": path_kl,
        "endpoint": endpoint_kl,
        "log_ratio": log_ratio,
        "half_energy": energy(0.5),
        "quarter_energy": energy(0.25),
    },
    claims={
        "S3-14": [
            changes("weighted", 1),
            changes("weighted_square", 2),
            changes("simulated", 1, RESOLUTION["x"], "Along simulated paths"),
            changes("simulated_square", 2, RESOLUTION["x²"], "Along simulated paths"),
            claims.NegativeControl(
                changes("weighted_printed", 1, words="With the printed M = exp(−Σu ΔX − ½Σu²δ), u constant", **CONSTANT)
            ),
            claims.NegativeControl(
                changes("weighted_printed", 1, words="With the printed M = exp(−Σu ΔX − ½Σu²δ), u linear", **LINEAR)
            ),
            claims.NegativeControl(
                changes("weighted_late", 2, words="With a linear u at the end of each step", **LINEAR)
            ),
        ],
        "S3-15": [
            same_kl("kl", "half_energy", "KL(Law Y‖Law X) = ½E Σ|u|²δ"),
            same_kl("log_ratio", "half_energy", "Along simulated paths of Y, E log M = ½E Σ|u|²δ", RESOLUTION["log"]),
            claims.UpperBound(
                "endpoint", by="kl", slack=ROUNDING, statement="The end-points' KL is at most that of the paths"
            ),
            same_kl(
                "endpoint", "kl", "For a constant drift the end-point is sufficient: the two are equal", **CONSTANT
            ),
            claims.Rate(
                "kl",
                "time",
                1.0,
                ROUNDING,
                where=CONSTANT,
                statement="For a constant drift KL(Law Y‖Law X) grows linearly in T",
            ),
            claims.NegativeControl(same_kl("kl", "quarter_energy", "KL(Law Y‖Law X) = ¼E Σ|u|²δ")),
            claims.NegativeControl(
                same_kl("endpoint", "kl", "For a linear drift, too, the end-point is sufficient", **LINEAR)
            ),
        ],
    },
    figures=[
        figures.Lines(
            "push",
            ("weighted", "weighted_printed", "displaced"),
            scale="linear",
            within="time",
            where=LINEAR,
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
