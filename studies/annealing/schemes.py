"""At which orders in h do reverse samplers converge on two modes, in KL, TV and W2?
"""

from dataclasses import dataclass, replace

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.samplers import PredictorCorrector
from verify.targets import GaussianMixture, gallery

TARGETS = {
    "gaussian": gallery.narrow(),
    "mixture": GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5)),
}
HORIZON, STOP = 2.0, 0.1
ACCURACY = {"width": 4.0, "tail": 1e-14}


class OneEnded(samplers.FlowHeun):
    """Heun's method with both slopes taken at the near end of the step."""

    def step(self, k, x, noise):
        _, after, h = self.grid.interval(k, x)
        first = x + self.score(x, after)
        predicted = x + h * first
        return x + 0.5 * h * (first + predicted + self.score(predicted, after))


def corrected(kind, power):
    """Return the maker of a predictor–corrector chain with a corrector step of h^power."""

    def make(score, grid, begin):
        predictor = kind(score, grid, begin)
        return PredictorCorrector(predictor, 0.5 * float(grid.step_sizes[0]) ** power)

    return make


def lagging(score, grid, begin):
    """The exponential integrator with the score at the near end of the step."""
    return samplers.Perturbed(score, grid, begin, lag=1.0)


SCHEMES = {
    "DDPM": samplers.DDPM,
    "DDPM posterior": samplers.DDPMPosterior,
    "exponential": samplers.ExponentialIntegrator,
    "Euler–Maruyama": samplers.EulerMaruyama,
    "DDIM": samplers.DDIM,
    "flow Euler": samplers.FlowEuler,
    "flow exponential": samplers.FlowExponential,
    "flow Heun": samplers.FlowHeun,
    "DDPM corrected": corrected(samplers.DDPM, 1.0),
    "flow Euler corrected": corrected(samplers.FlowEuler, 1.0),
    "flow Heun corrected": corrected(samplers.FlowHeun, 1.5),
    "flow Heun corrected long": corrected(samplers.FlowHeun, 1.0),
    "one-ended Heun": OneEnded,
    "near end": lagging,
}


@dataclass(frozen=True, eq=False)
class Chain:
    """A sampler begun at q_T with the exact score."""

    sampler: object

    @property
    def goal(self):
        """q_δ."""
        return self.sampler.goal()

    @property
    def law(self):
        """The law of the last iterate."""
        if isinstance(self.sampler.target, GaussianMixture):
            return laws.GridDensity.of(self.sampler.start()).through(self.sampler, **ACCURACY)
        return self.sampler.run()


def subject(target, scheme, steps):
    grid = vf.TimeGrid.uniform(HORIZON, steps, stop=STOP)
    return Chain(SCHEMES[scheme](scores.Exact(TARGETS[target]), grid, "marginal"))
