"""Is Langevin dynamics with a linear drift the OU process?

X' = X − hX + √(2h) ξ is run to time T and compared with q_T. Coupling both through the same noise gives
W2 ≤ T(h√M/2 + (2/3)√(2dh)), M = d ∨ m_2²: a bound of order ½, while the exact error is of order one. What happens when
the reversal is driven by scores estimated from data is the question of ou/fitted_score.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import verify as vf
from verify import claims, observables, scores
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ReverseSampler
from verify.targets import gallery

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


def mean_gap(sampler, cell):
    """Largest difference between the chain's mean and (1 − h)^N times the start's."""
    want = (1 - float(sampler.grid.step_sizes[0])) ** sampler.steps * sampler.target.mean
    return vf.Estimate.exact(float(np.abs(observables.output(sampler).mean - want).max()), 1e-13, least=0.0)


def coupling_bound(sampler, cell):
    """T(h√M/2 + (2/3)√(2dh)): N one-step errors of the drift, none of which the contraction enlarges."""
    h, moment = float(sampler.grid.step_sizes[0]), max(sampler.dim, float(sampler.process.second_moment(0.0)))
    return sampler.grid.horizon * (0.5 * h * moment**0.5 + (2 / 3) * (2 * sampler.dim * h) ** 0.5)


def w2_of_weak_pull(sampler, cell):
    """W2 for the drift −½x, to be refuted."""
    chain = ForwardEuler(sampler.score, sampler.grid, "marginal", 0.5)
    return vf.wasserstein2(observables.ideal(sampler), chain.run())


STUDY = vf.Study(
    name="ou/linear_drift",
    question="Is Langevin dynamics with a linear drift the OU process?",
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
        "mean_gap": mean_gap,
        "coupling": coupling_bound,
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
            claims.Identity("mean_gap", 0.0, 1e-12, statement="The chain's mean is (1 − h)^N times the start"),
            claims.UpperBound(
                "w2", by="coupling", axis="step", statement="W2 ≤ T(h√M/2 + (2/3)√(2dh)), by synchronous coupling"
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
    figures=[figures.ErrorAgainstBound("step", errors=("w2",), bounds=("coupling",), within="time")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
