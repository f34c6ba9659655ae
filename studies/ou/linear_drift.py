"""Is Langevin dynamics with a linear drift the OU process, and do fitted scores drive the error of its reversal?

Forward: X' = X − hX + √(2h) ξ is run to time t and compared with q_t; the error is of order h. Backward: the score of
a Gaussian fitted to n data drives the exact reverse transitions; the KL to the data's law is that of the fit, so it
falls as 1/n.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import verify as vf
from verify import claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ReverseSampler
from verify.targets import Gaussian, gallery

FINE = tuple(2.0**-k for k in range(4, 14))


@dataclass(frozen=True, eq=False)
class ForwardEuler(ReverseSampler):
    """Euler–Maruyama of the forward SDE on a grid read backwards: x_k lives at the OU time T − τ_k from the data."""

    pull: float = 1.0

    order: ClassVar[int] = 1

    def step(self, k, x, noise):
        """Return x_{k+1} = x_k − pull·h x_k + √(2h) ξ."""
        _, _, h = self.grid.interval(k, x)
        return x - self.pull * h * x + (2 * h) ** 0.5 * noise.normal()

    def goal(self):
        """Return q at the last time."""
        return self.marginal(self.steps)

    def marginal(self, k):
        """Return q at time T − τ_k."""
        return self.target.diffused(float(self.grid.horizon - self.grid.tau[k]))

    def marginal_moments(self, k):
        """Return its means and variances, each (K, d)."""
        t = (self.grid.horizon - self.grid.tau[k])[:, None]
        return self.target.mean_at(t), self.target.variances_at(t)


def subject(time, step):
    grid = vf.TimeGrid.uniform(horizon=time, step=step)
    return ForwardEuler(scores.Exact(gallery.correlated()), grid, "marginal")


def fitted_kl(sampler, cell):
    """KL(p‖p_T) when the reverse transitions use a Gaussian fitted to n = 16/h data; averaged over 32 fits."""
    n = round(16 / float(sampler.grid.step_sizes[0]))
    grid = vf.TimeGrid.uniform(horizon=6.0, steps=24)
    values = [_one_fit(sampler.target, n, grid, cell.rng).value for _ in range(32)]
    mean, reach = float(np.mean(values)), 3.3 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo", vf.Estimate.exact(0.0))


def _one_fit(target, n, grid, rng):
    data = target.sample(n, rng)
    fit = Gaussian(data.mean(axis=0), np.cov(data.T))
    return vf.kl(target, samplers.OptimalAncestral(scores.Exact(fit), grid).run())


def expected_kl(sampler, cell):
    """k/(2n) with k = d + d(d + 1)/2 parameters: the classical loss of maximum likelihood."""
    d, n = sampler.dim, round(16 / float(sampler.grid.step_sizes[0]))
    return (d + d * (d + 1) / 2) / (2 * n)


def w2_of_weak_pull(sampler, cell):
    """W2 for the drift −½x, to be refuted."""
    chain = ForwardEuler(sampler.score, sampler.grid, "marginal", 0.5)
    return vf.wasserstein2(observables.ideal(sampler), chain.run())


STUDY = vf.Study(
    name="ou/linear_drift",
    question="Is Langevin dynamics with a linear drift the OU process; how good is its reversal with fitted scores?",
    subject=subject,
    sweep={
        "time": (0.5, 2.0),
        "step": vf.Budgeted(
            smoke=tuple(2.0**-k for k in range(2, 9)),
            ci=tuple(2.0**-k for k in range(2, 11)),
            full=tuple(2.0**-k for k in range(2, 13)),
        ),
    },
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "w2_weak_pull": w2_of_weak_pull,
        "fitted_kl": fitted_kl,
        "expected_kl": expected_kl,
    },
    claims={
        "S0-18": [
            claims.Rate(
                "w2",
                "step",
                1.0,
                0.05,
                where={"step": FINE},
                statement="Langevin steps with the drift −x tend to the OU law at order one",
            ),
            claims.Identity(
                "fitted_kl",
                "expected_kl",
                1.0,
                relative=True,
                where={"step": FINE},
                statement="With scores fitted to n data the reversal ends k/(2n) from the law, within a factor of two",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2_weak_pull",
                    "step",
                    1.0,
                    0.05,
                    where={"step": FINE},
                    statement="Langevin steps with the drift −x/2 tend to the same law",
                )
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("step", errors=("w2", "fitted_kl"), bounds=("expected_kl",), within="time")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
