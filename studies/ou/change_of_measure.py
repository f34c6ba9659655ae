"""Which way round does Girsanov's exponential go, and what is its constant?

X is a Brownian motion and Y the same with drift u on [0, T]. Along X, M = exp(u X_T − ½u²T) is dLaw(Y)/dLaw(X): E[M
X_T] = uT. The printed exp(−u X_T − ½u²T) makes it −uT. And KL(Law(Y)‖Law(X)) = ½E∫|u|² = ½u²T. Everything by
Gauss–Hermite quadrature and by Monte Carlo, with paths in 16 steps so that the exponent is a true sum over increments.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
PATHS = vf.Budgeted(smoke=400_000, ci=1_000_000, full=5_000_000)


@dataclass(frozen=True)
class Drift:
    """Brownian motion on [0, time] against Brownian motion with a constant `drift`."""

    drift: float
    time: float


def subject(drift, time):
    return Drift(drift, time)


def weighted_mean(sign):
    """Return E[M X_T] with M = exp(sign·u X_T − ½u²T), by quadrature over X_T ~ N(0, T)."""

    def measure(model, cell):
        x, u = math.sqrt(model.time) * NODES, model.drift
        weight = np.exp(sign * u * x - 0.5 * u**2 * model.time)
        return vf.Estimate.exact(float(WEIGHTS @ (weight * x)) / math.sqrt(2 * math.pi), 1e-13, "quadrature")

    return measure


def simulated(model, cell):
    """E[M X_T] by Monte Carlo, the exponent summed over 16 increments of the path."""
    n, steps, u = PATHS[cell.budget], 16, model.drift
    end, exponent = np.zeros(n), np.zeros(n)
    for _ in range(steps):
        increment = math.sqrt(model.time / steps) * cell.rng.standard_normal(n)
        end += increment
        exponent += u * increment - 0.5 * u**2 * model.time / steps
    value = np.exp(exponent) * end
    mean, reach = float(value.mean()), float(norm.ppf(0.9995) * value.std(ddof=1) / math.sqrt(n))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")


def displaced(model, cell):
    """E Y_T = uT."""
    return model.drift * model.time


def endpoint_kl(model, cell):
    """KL between the laws of Y_T and X_T: equals the path KL, since X_T is sufficient for a constant drift."""
    spread = np.array([[model.time]])
    return vf.kl(laws.Gaussian(np.array([model.drift * model.time]), spread), laws.Gaussian(np.zeros(1), spread))


def energy(share):
    """Return the observable share·∫|u|² dt."""
    return lambda model, cell: share * model.drift**2 * model.time


STUDY = vf.Study(
    name="ou/change_of_measure",
    question="Which way round does Girsanov's exponential go, and what is its constant?",
    subject=subject,
    sweep={"drift": (-0.4, 0.3, 0.7), "time": (0.5, 1.0)},
    observe={
        "weighted": weighted_mean(1),
        "weighted_printed": weighted_mean(-1),
        "simulated": simulated,
        "displaced": displaced,
        "kl": endpoint_kl,
        "half_energy": energy(0.5),
        "quarter_energy": energy(0.25),
    },
    claims={
        "S3-14": [
            claims.Identity(
                "weighted", "displaced", 1e-10, statement="With M = exp(∫u·dB − ½∫|u|²) along X, E[M X_T] = uT"
            ),
            claims.Identity("simulated", "displaced", 0.02, statement="Simulated paths agree"),
            claims.NegativeControl(
                claims.Identity(
                    "weighted_printed",
                    "displaced",
                    1e-10,
                    statement="With the printed M = exp(−∫u·dB − ½∫|u|²), E[M X_T] = uT",
                )
            ),
        ],
        "S3-15": [
            claims.Identity("kl", "half_energy", 1e-12, statement="KL(Law Y‖Law X) = ½E∫|u|²"),
            claims.NegativeControl(
                claims.Identity("kl", "quarter_energy", 1e-12, statement="KL(Law Y‖Law X) = ¼E∫|u|²")
            ),
        ],
    },
    figures=[figures.Lines("drift", ("weighted", "weighted_printed", "displaced"), scale="linear", within="time")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
