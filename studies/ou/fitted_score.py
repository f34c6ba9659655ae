"""With scores estimated from data, does the end-to-end error split into start, discretisation and estimation?

A Gaussian is fitted to n data; the score of its diffusion drives the reversal. Its L²(q_t) error is exact for every
fit: ‖s_t − v_t‖² = tr((P̂ − P)Σ_t(P̂ − P)) + ‖P̂(m̂_t − m_t)‖², P = Σ_t⁻¹. With exact transitions the KL to the
data's law is that of the fit, k/(2n) for k parameters; with the exponential integrator it stays below the explicit
theorem fed with that error.
"""

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import bounds, claims, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian, gallery

GRID = vf.TimeGrid.uniform(horizon=6.0, step=2.0**-5)
FITS = vf.Budgeted(smoke=500, ci=1_000, full=10_000)
FEWER_FITS = vf.Budgeted(smoke=50, ci=100, full=1_000)


class Sample:
    """n data from a target, to be drawn and fitted anew by every observable."""

    def __init__(self, target, n):
        self.target, self.n = target, n

    def fit(self, rng, inflation=1.0):
        """Return the Gaussian with the sample's mean and (unbiased) covariance, the latter times `inflation`."""
        data = self.target.sample(self.n, rng)
        return Gaussian(data.mean(axis=0), inflation * np.cov(data.T))


def subject(n):
    return Sample(gallery.correlated(), n)


def mean_of(values):
    """Return the mean with its 99.9 % normal interval."""
    mean, reach = float(np.mean(values)), float(norm.ppf(0.9995) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo", vf.Estimate.exact(0.0))


def mean_kl(scheme, inflation=1.0):
    """Return the observable E KL(p‖output) of a scheme driven by the score of a fit."""

    def measure(sample, cell):
        fits = (sample.fit(cell.rng, inflation) for _ in range(FITS[cell.budget]))
        return mean_of([vf.kl(sample.target, scheme(scores.Exact(fit), GRID).run()).value for fit in fits])

    return measure


def discretisation_floor(sample, cell):
    """KL(p‖output) of the exponential integrator with the exact score: what no amount of data removes."""
    return vf.kl(sample.target, samplers.ExponentialIntegrator(scores.Exact(sample.target), GRID).run())


def expected(sample, cell):
    """k/(2n), k = d + d(d + 1)/2."""
    d = sample.target.dim
    return (d + d * (d + 1) / 2) / (2 * sample.n)


def worst_against_theorem(sample, cell):
    """Largest KL(p‖output)/bound over fits, the bound fed with the exact ε = max_k ‖s_{τ_k} − v_{τ_k}‖ of each fit."""
    clean = samplers.ExponentialIntegrator(scores.Exact(sample.target), GRID)
    quantities = dict(bounds.Chen2023Explicit().quantities(clean))
    worst = 0.0
    for _ in range(FEWER_FITS[cell.budget]):
        fit = sample.fit(cell.rng)
        error = max(score_error(sample.target, fit, tau) for tau in GRID.tau[:-1])
        terms = bounds.Chen2023Explicit.formula(**(quantities | {"score_error": error}))
        output = samplers.ExponentialIntegrator(scores.Exact(fit), GRID).run()
        worst = max(worst, vf.kl(sample.target, output).value / sum(terms.values()))
    return worst


def score_error(target, fit, tau):
    """Exact L²(q_τ) distance between the scores of two Gaussians diffused to τ."""
    true, wrong = target.diffused(float(tau)), fit.diffused(float(tau))
    precision = np.linalg.inv(wrong.cov)
    gap, shift = precision - np.linalg.inv(true.cov), precision @ (wrong.mean - true.mean)
    return float(np.sqrt(np.trace(gap @ true.cov @ gap) + shift @ shift))


def mean_square_error(sample, cell):
    """E ‖s_τ − v_τ‖² at the last used time, over fits."""
    tau = GRID.tau[-2]
    return mean_of([score_error(sample.target, sample.fit(cell.rng), tau) ** 2 for _ in range(FITS[cell.budget])])


STUDY = vf.Study(
    name="ou/fitted_score",
    question="With scores estimated from data, does the end-to-end error split into its three parts?",
    subject=subject,
    sweep={"n": vf.Budgeted(smoke=(100, 400, 1600), ci=(100, 200, 400, 800, 1600), full=(100, 400, 1600, 6400))},
    observe={
        "kl": mean_kl(samplers.OptimalAncestral),
        "kl_integrator": mean_kl(samplers.ExponentialIntegrator),
        "kl_inflated": mean_kl(samplers.OptimalAncestral, 1.5),
        "floor": discretisation_floor,
        "expected": expected,
        "error2": mean_square_error,
        "worst": worst_against_theorem,
    },
    claims={
        "S0-18": [
            claims.Identity(
                "kl",
                "expected",
                0.3,
                relative=True,
                statement="With exact transitions the reversal ends k/(2n) from the data's law",
            ),
            claims.Rate("kl", "n", -1.0, 0.15, statement="The KL due to estimation falls as 1/n"),
            claims.Rate(
                "error2", "n", -1.0, 0.15, statement="The squared L²(q_t) error of the fitted score falls as 1/n"
            ),
            claims.UpperBound(
                "worst", by=1.0, statement="The exponential integrator with any fitted score obeys the explicit theorem"
            ),
            claims.UpperBound(
                "floor",
                by="kl_integrator",
                slack=0.05,
                statement="The exponential integrator keeps its discretisation error, however many data",
            ),
            claims.NegativeControl(
                claims.Rate("kl", "n", -0.5, 0.15, statement="The KL due to estimation falls as 1/√n")
            ),
            claims.NegativeControl(
                claims.Identity(
                    "kl_inflated",
                    "expected",
                    0.3,
                    relative=True,
                    statement="So it ends with the covariance inflated by half",
                )
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("n", errors=("kl", "kl_integrator", "error2"), bounds=("expected",))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
