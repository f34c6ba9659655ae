"""Which way round is Girsanov's exponential, and what is its constant, when the drift is that of two wells?

X is √2 times a Brownian motion, Y has the drift −V′ of a lopsided two-well potential as well, held over each of K steps
of length δ: Y is the unadjusted Langevin algorithm, run as it stands on a grid law. With u = −V′/√2 and the increments
ΔB = ΔX/√2 of X's own Brownian motion,

    M = exp(Σ uΔB − ½Σ u²δ) = dLaw(Y)/dLaw(X) along X.

No path integral is Gaussian here: E[M g(X_T)] is computed by carrying the weighted density of X from step to step on a
fixed grid, and by Monte Carlo. The printed exponential with the sign − in front of the first sum has mean one just as
well, and is right along Y with the increments of *its* Brownian motion: there it is dLaw(X)/dLaw(Y), the inverse of M.
The KL of the two path laws is ½E Σ u²δ along Y; in continuous time Dynkin's formula turns the mean of log M into that.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import claims, laws, samplers
from verify.cli import main_study
from verify.processes import LineSemigroup, Mixture
from verify.report import figures
from verify.targets import GaussianMixture

STEPS = 16
WEIGHTS, MEANS, DEVIATIONS = (0.3, 0.7), (-1.2, 1.0), (0.6, 0.5)
WELLS = GaussianMixture(WEIGHTS, np.array(MEANS), np.array(DEVIATIONS) ** 2)
START = laws.Gaussian(np.array([-0.4]), np.array([[0.16]]))
PATHS = vf.Budgeted(smoke=40_000, ci=200_000, full=2_000_000)
# The trapezoid rule on Gaussians: spacing 0.06 against a step's deviation √(2δ) ≥ 0.12 leaves e^{−2(π·0.12/0.06)²}; and
# beyond ±24 there is less than 1e-20, also with the printed sign, which spreads X by up to (1 + δ/0.25)^16 < 7 times.
# What is left is rounding of sums over 801 nodes and 16 steps.
NODES = np.linspace(-24.0, 24.0, 801)
ROUNDING = 1e-10
# M X_T has a standard deviation below 1.5 and log M one below 0.8 = √(2·KL) and some: half-width and error of the mean
# over n paths are each below z times that over √n, z = 5 for all intervals at 99.9 % jointly (Bonferroni).
RESOLUTION = {name: 2 * 5 * sd / math.sqrt(PATHS["smoke"]) for name, sd in (("x", 1.5), ("log", 0.8))}
FUNCTIONS = {"one": np.ones_like, "mean": lambda x: x, "side": np.tanh, "square": np.square}


@dataclass(frozen=True, eq=False)
class Chains:
    """X and Y on [0, time] in STEPS steps."""

    time: float

    @property
    def step(self):
        """δ."""
        return self.time / STEPS

    @property
    def langevin(self):
        """Y as a running sampler."""
        return samplers.ULA(WELLS, self.step, STEPS, begin=START)

    def field(self, x):
        """u(x) = −V′(x)/√2."""
        return WELLS.score(x[..., None])[..., 0] / math.sqrt(2)


def subject(time):
    return Chains(time)


def carried(chains, along, sign):
    """Return the density of the last iterate along X or Y, weighted with exp(sign·Σ uΔB − ½Σ u²δ), at the nodes."""
    u, delta = chains.field(NODES), chains.step
    drift = math.sqrt(2) * u * delta if along == "Y" else 0.0
    noise = (NODES[:, None] - (NODES + drift)) / math.sqrt(2)  # ΔB of the path's own Brownian motion, to × from
    logs = norm.logpdf(noise, scale=math.sqrt(delta)) + sign * u * noise - 0.5 * u * u * delta  # else factors overflow
    kernel = np.exp(logs) / math.sqrt(2)
    density = np.exp(START.log_density(NODES[:, None]))
    for _ in range(STEPS):
        density = kernel @ density * (NODES[1] - NODES[0])
    return density


def weighted(function, along="X", sign=1.0):
    """Return the observable E[M g(X_T)], with `sign` and `along` for others."""

    def measure(chains, cell):
        g = FUNCTIONS[function](NODES)
        return float((carried(chains, along, sign) * g).sum() * (NODES[1] - NODES[0]))

    return measure


def running(function):
    """Return the observable E g(Y_T) of the running sampler's grid law."""

    def measure(chains, cell):
        return laws.GridDensity.of(START).through(chains.langevin).expectation(FUNCTIONS[function])

    return measure


def free(function):
    """Return the observable E g(X_T), X_T Gaussian."""

    def measure(chains, cell):
        law = laws.Gaussian(START.mean, START.cov + 2 * chains.time)
        return laws.GridDensity.of(law).expectation(FUNCTIONS[function])

    return measure


def walk(chains, cell, along):
    """End-points and log M of simulated paths of X or Y."""
    n, delta = PATHS[cell.budget], chains.step
    x, exponent = START.sample(n, cell.rng)[:, 0], np.zeros(n)
    for _ in range(STEPS):
        u, noise = chains.field(x), math.sqrt(delta) * cell.rng.standard_normal(n)
        increment = noise + (u * delta if along == "Y" else 0.0)  # ΔX/√2
        exponent += u * increment - 0.5 * u * u * delta
        x = x + math.sqrt(2) * increment
    return x, exponent


def average(values):
    """Mean with its 99.9 % normal interval."""
    mean, reach = float(values.mean()), float(norm.ppf(0.9995) * values.std(ddof=1) / math.sqrt(values.size))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")


def simulated(chains, cell):
    """E[M X_T] by Monte Carlo along X."""
    x, exponent = walk(chains, cell, "X")
    return average(np.exp(exponent) * x)


def log_ratio(chains, cell):
    """E log M by Monte Carlo along Y: KL(Law Y‖Law X) by its definition."""
    return average(walk(chains, cell, "Y")[1])


def energy(share):
    """Return the observable share·Σ E u²(Y_k)δ, by the grid law of the running sampler after each step."""

    def measure(chains, cell):
        law, total = laws.GridDensity.of(START), 0.0
        once = samplers.ULA(WELLS, chains.step, 1, begin=START)
        for _ in range(STEPS):
            total += law.expectation(lambda x: chains.field(x) ** 2).value
            law = law.through(once)
        return share * chains.step * total

    return measure


def endpoint(chains, cell):
    """KL between the laws of Y_T and X_T, that of Y_T as E[M | X_T]."""
    spacing = NODES[1] - NODES[0]
    law, ratio = carried(chains, "X", 1.0), norm.logpdf(NODES, START.mean[0], math.sqrt(0.16 + 2 * chains.time))
    live = law > 0
    return float((law[live] * (np.log(law[live]) - ratio[live])).sum() * spacing)


def in_continuous_time(split):
    """Return ½E∫u² dt of the diffusion, or with `split` the mean of log M by Itô's formula; u = −V′/√2.

    log M = −½[V(Y_T) − V(Y_0)] + ½∫V″ dt − ¼∫V′² dt, whose mean is ¼∫E V′² dt by Dynkin's formula.
    """

    def measure(chains, cell):
        well = Mixture(WEIGHTS, MEANS, DEVIATIONS)
        flow = LineSemigroup(well, count=300)
        start = np.exp(START.log_density(flow.nodes[:, None]))
        nodes, shares = np.polynomial.legendre.leggauss(24)
        times = 0.5 * chains.time * (1 + nodes)
        path = [flow.law(start, float(t)) for t in times]
        shares = 0.5 * chains.time * shares
        square = shares @ [flow.integral(p * well.slope(flow.nodes) ** 2) for p in path]
        if not split:
            return 0.25 * float(square)
        bend = shares @ [flow.integral(p * well.curvature(flow.nodes)) for p in path]
        gain = flow.integral((flow.law(start, chains.time) - start) * well.value(flow.nodes))
        return float(-0.5 * gain + 0.5 * bend - 0.25 * square)

    return measure


def same(left, right, statement, tolerance=ROUNDING):
    """Return the claim that two observables are equal."""
    return claims.Identity(left, right, tolerance, statement=statement)


STUDY = vf.Study(
    name="girsanov/sign",
    question="Which way round is Girsanov's exponential, and what is its constant, when the drift has two wells?",
    subject=subject,
    sweep={"time": vf.Budgeted(smoke=(0.25, 0.5), ci=(0.125, 0.25, 0.5), full=(0.125, 0.25, 0.375, 0.5))},
    observe={
        "weighted_mean": weighted("mean"),
        "weighted_side": weighted("side"),
        "weighted_square": weighted("square"),
        "weighted_one": weighted("one"),
        "printed_one": weighted("one", sign=-1.0),
        "printed_mean": weighted("mean", sign=-1.0),
        "printed_along_y": weighted("mean", along="Y", sign=-1.0),
        "simulated": simulated,
        "running_mean": running("mean"),
        "running_side": running("side"),
        "running_square": running("square"),
        "free_mean": free("mean"),
        "log_ratio": log_ratio,
        "half_energy": energy(0.5),
        "quarter_energy": energy(0.25),
        "endpoint": endpoint,
        "dynkin": in_continuous_time(True),
        "continuous": in_continuous_time(False),
    },
    claims={
        "S3-14": [
            same("weighted_mean", "running_mean", "With two wells, E[M X_T] = E Y_T for the running Langevin chain Y"),
            same("weighted_side", "running_side", "With two wells, E[M tanh X_T] = E tanh Y_T"),
            same("weighted_square", "running_square", "With two wells, E[M X_T²] = E Y_T²"),
            same(
                "simulated", "running_mean", "With two wells, E[M X_T] = E Y_T along simulated paths", RESOLUTION["x"]
            ),
            same("weighted_one", 1.0, "exp(Σ uΔB − ½Σ u²δ) has mean one along X"),
            same("printed_one", 1.0, "exp(−Σ uΔB − ½Σ u²δ) has mean one along X, too: a mean cannot tell the sign"),
            same("printed_along_y", "free_mean", "Along Y the printed exp(−Σ uΔB − ½Σ u²δ) is dLaw(X)/dLaw(Y)"),
            claims.NegativeControl(
                same("printed_mean", "running_mean", "With two wells, exp(−Σ uΔB − ½Σ u²δ) along X gives E Y_T")
            ),
        ],
        "S3-15": [
            same(
                "log_ratio",
                "half_energy",
                "With two wells, E log M = ½E Σ u²δ along simulated paths of Y",
                RESOLUTION["log"],
            ),
            same("dynkin", "continuous", "With two wells, the mean of log M by Itô's formula is ½E∫u² dt", 1e-8),
            claims.UpperBound(
                "endpoint", by="half_energy", statement="With two wells, KL of the end-points ≤ ½E Σ u²δ"
            ),
            claims.NegativeControl(
                same("log_ratio", "quarter_energy", "With two wells, E log M = ¼E Σ u²δ", RESOLUTION["log"])
            ),
        ],
    },
    figures=[figures.Lines("time", ("weighted_mean", "running_mean", "printed_mean"), scale="linear")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
