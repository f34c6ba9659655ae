"""Does the ladder true KL ≤ path KL ≤ explicit bound stand beyond Gaussian data, and how far apart are its rungs?

Data from mixtures on the line, whose output law is a density on a grid, exact to rounding; the chains start at q_T, so
that discretisation is all there is. The path KL comes from the martingale e^t∇log q_{T−t}(Y_t), in closed form over
time by de Bruijn's identity; quadrature in time and Monte Carlo along forward paths are two other opinions. The true KL
falls as h² and the path KL as h: the end-points forget most of what the paths have seen, and not because data are
Gaussian.
"""

import numpy as np

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

HORIZON = 1.0
CASES = {
    "two wells": GaussianMixture([0.5, 0.5], [-2.0, 2.0], [0.25, 0.25]),
    "lopsided": GaussianMixture([0.2, 0.8], [-1.5, 1.0], [0.2, 0.5]),
}
PATHS = vf.Budgeted(smoke=4000, ci=20_000, full=200_000)
# A path's share of the path KL has a standard deviation below 1.5 times its mean here: half-width and error of the mean
# over n are each below z·1.5/√n of it, z = 5 for all intervals at 99.9 % jointly (Bonferroni).
RESOLUTION = 2 * 5 * 1.5 / np.sqrt(PATHS["smoke"])
# Next orders bend a slope in h: KL = ah² + bh³ with |bh/a| up to 0.4 at the largest step, halved over the fit.
BENT = 0.2
ROUNDING = 1e-9  # of a path KL relative to itself: its quadrature is good to 1e-12 of moments ten times larger


def subject(target, step):
    grid = vf.TimeGrid.uniform(horizon=HORIZON, step=step)
    return samplers.ExponentialIntegrator(scores.Exact(CASES[target]), grid, begin="marginal")


def discretisation(sampler, cell):
    """LdhT·min{L + h/3, 1/T + 2 + h/3}: the explicit bound of the path KL with the exact score."""
    return bounds.Chen2023Explicit().terms(sampler)["discretisation"]


def pinsker(sampler, cell):
    """√(path KL/2)."""
    return float(np.sqrt(0.5 * observables.PathKL()(sampler, cell).value))


def half_path(sampler, cell):
    """Half of the path KL: the factor of a unit diffusion, to be refuted."""
    return 0.5 * observables.PathKL()(sampler, cell).value


def in_steps(sampler, cell):
    """The path KL by Gauss–Legendre in time over its pointwise rate: the same integral, not integrated by parts."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    rates = [bounds.path_kl.path_kl_rate(sampler, 0.5 * float(1 + node)) for node in nodes]
    return float(0.5 * weights @ np.array(rates) @ sampler.grid.step_sizes)


STUDY = vf.Study(
    name="girsanov/ladder",
    question="Does the ladder true KL ≤ path KL ≤ explicit bound stand beyond Gaussians, how far apart are its rungs?",
    subject=subject,
    sweep={
        "target": vf.Budgeted(smoke=("lopsided",), ci=tuple(CASES), full=tuple(CASES)),
        "step": vf.Budgeted(
            smoke=(1 / 16, 1 / 32, 1 / 64),
            ci=(1 / 16, 1 / 32, 1 / 64),
            full=(1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256),
        ),
    },
    observe={
        "kl": observables.SamplingError(vf.kl),
        "tv": observables.SamplingError(vf.total_variation),
        "path": observables.PathKL(),
        "path_in_time": in_steps,
        "path_mc": observables.PathKLMonteCarlo(PATHS, confidence=0.999),
        "half_path": half_path,
        "infidelity": lambda sampler, cell: bounds.assumptions.infidelity(sampler),
        "rung": bounds.PathKL(),
        "pinsker": pinsker,
        "explicit": discretisation,
    },
    claims={
        "S3-18": [
            claims.Identity(
                "infidelity",
                0.0,
                1e-12,  # a few operations on numbers of order one
                statement="The running step is that of the reverse SDE with the score frozen at its beginning",
            ),
            claims.Identity(
                "path_in_time",
                "path",
                ROUNDING,
                relative=True,
                statement="Integrated by de Bruijn's identity or by quadrature in time, the path KL is the same",
            ),
            claims.Identity(
                "path_mc",
                "path",
                RESOLUTION,
                relative=True,
                statement="Monte Carlo along forward paths gives the path KL of mixtures, factor one",
            ),
            claims.UpperBound("kl", by="rung", statement="On mixtures, KL(p‖p_T) ≤ path KL from q_T"),
            claims.UpperBound("tv", by="pinsker", statement="On mixtures, TV ≤ √(path KL/2) from q_T"),
            claims.UpperBound(
                "path", by="explicit", axis="step", statement="The path KL is below LdhT·min{L + h/3, 1/T + 2 + h/3}"
            ),
            claims.Rate("path", "step", 1.0, BENT, statement="On mixtures the path KL falls as h"),
            claims.Rate("kl", "step", 2.0, BENT, statement="On mixtures the true KL falls as h²"),
            claims.Rate("tv", "step", 1.0, BENT, statement="On mixtures the true TV falls as h"),
            claims.NegativeControl(
                claims.Identity(
                    "path_mc",
                    "half_path",
                    RESOLUTION,
                    relative=True,
                    statement="On mixtures, the path KL carries the factor ½",
                )
            ),
            claims.NegativeControl(
                claims.Rate("kl", "step", 1.0, BENT, statement="On mixtures the true KL falls as h only")
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("step", errors=("kl", "path", "path_mc"), bounds=("rung",), within="target")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
