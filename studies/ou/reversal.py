"""Does the reverse SDE carry q_T back to the data, and what happens with the sign printed in lecture notes?

With the clock of the sampler, dY = (Y + 2∇log q_{T−t}(Y)) dt + √2 dB has Law(Y_t) = q_{T−t} (Anderson, 1982). Printed
as f − g²∇log π and run forward it drifts by −Y − 2∇log q and explodes. The exact law of every fine chain decides.
"""

import math
from typing import ClassVar

import verify as vf
from verify import claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

CASES = {"correlated": gallery.correlated, "narrow": gallery.narrow, "skewed": gallery.skewed}
FINE = tuple(2.0**-k for k in range(5, 14))


class Printed(samplers.ReverseSampler):
    """Euler–Maruyama for dY = (−Y − 2∇log q_{T−t}(Y)) dt + √2 dB: f − g²∇log π with the clock of the sampler."""

    order: ClassVar[int] = 0

    def step(self, k, x, noise):
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        return x + h * (-x - 2 * self.score(x, tau)) + math.sqrt(2 * float(self.grid.step_sizes[0])) * noise.normal()


def subject(target, stop, step):
    grid = vf.TimeGrid.uniform(horizon=3.0, step=step, stop=stop)
    return samplers.EulerMaruyama(scores.Exact(CASES[target]()), grid, "marginal")


def of_printed(divergence):
    """Return the observable `divergence` of the printed sampler; infinite where its law leaves float64."""

    def measure(sampler, cell):
        chain = Printed(sampler.score, sampler.grid, "marginal")
        try:
            return divergence(observables.ideal(sampler), chain.run())
        except vf.errors.Diverged:
            return math.inf

    return measure


def w2_exponential(sampler, cell):
    """W2 of the exponential integrator on the same grid."""
    chain = samplers.ExponentialIntegrator(sampler.score, sampler.grid, "marginal")
    return vf.wasserstein2(observables.ideal(sampler), chain.run())


STUDY = vf.Study(
    name="ou/reversal",
    question="Does the reverse SDE carry q_T back to q_δ, and does the printed sign?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "stop": (0.0, 0.5, 1.5),
        "step": vf.Budgeted(
            smoke=tuple(2.0**-k for k in range(3, 9)),
            ci=tuple(2.0**-k for k in range(3, 11)),
            full=tuple(2.0**-k for k in range(3, 14)),
        ),
    },
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "kl": observables.SamplingError(vf.kl),
        "w2_exponential": w2_exponential,
        "w2_printed": of_printed(vf.wasserstein2),
    },
    claims={
        "S3-05": [
            claims.Rate(
                "w2",
                "step",
                1.0,
                0.1,
                where={"step": FINE},
                statement="The Euler–Maruyama chain tends to Law(Y_t) = q_{T−t} at every time, at order one",
            ),
            claims.Rate(
                "w2_exponential",
                "step",
                1.0,
                0.1,
                where={"step": FINE},
                statement="The exponential integrator tends to q_{T−t} at every time, at order one",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2_printed",
                    "step",
                    1.0,
                    0.1,
                    where={"step": FINE},
                    statement="The chain of the printed drift tends to q_{T−t}",
                )
            ),
        ],
        "S0-17": [
            claims.UpperBound(
                "w2",
                by=0.1,
                where={"step": FINE},
                statement="Run forward, the drift x + 2∇log q ends within 0.1 of the target",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "w2_printed",
                    by=0.1,
                    where={"step": FINE},
                    statement="Run forward, the printed drift ends within 0.1 of the target",
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "step", errors=("w2", "w2_exponential", "w2_printed"), within="target", where={"stop": 0.0}
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
