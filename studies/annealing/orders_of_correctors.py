"""What do Langevin correctors do to the order in h of a reverse sampler?

After each step of the predictor one Langevin step of size γ at the time that it has reached. γ = h/2 costs nothing in
order after a first-order predictor; after Heun's method it brings its own bias, O(γ²) a step, O(h) in all, and the
second order is lost. With γ = h²/2 that is O(h³), and it is kept. Fault: a corrector that goes down log q.
"""

from _orders import OBSERVE, TARGETS, chain, order_of, orders

import verify as vf
from verify import claims, samplers
from verify.cli import main_study
from verify.report import figures


class Downhill(samplers.PredictorCorrector):
    """Correctors with the sign −."""

    def _corrected(self, i, x, noise):
        _, after, _ = self.grid.interval(i, x)
        return super()._corrected(i, x, noise) - 2 * self._sizes[0] * self.score(x, after)


def corrected(kind, power, chain=samplers.PredictorCorrector):
    """Return the maker of a predictor–corrector chain with γ = h^power/2."""

    def make(score, grid, begin):
        return chain(kind(score, grid, begin), 0.5 * float(grid.step_sizes[0]) ** power)

    return make


SCHEMES = {
    "DDPM, γ = h/2": corrected(samplers.DDPM, 1.0),
    "the flow by Heun's method, γ = h/2": corrected(samplers.FlowHeun, 1.0),
    "the flow by Heun's method, γ = h²/2": corrected(samplers.FlowHeun, 2.0),
    "correctors with the other sign": corrected(samplers.DDPM, 1.0, Downhill),
}
FIRST, LONG, SHORT, WRONG = SCHEMES


def subject(target, scheme, steps):
    return chain(SCHEMES[scheme], target, steps)


STUDY = vf.Study(
    name="annealing/orders_of_correctors",
    question="What do Langevin correctors do to the order in h of a reverse sampler?",
    subject=subject,
    sweep={
        "target": tuple(TARGETS),
        "scheme": tuple(SCHEMES),
        "steps": vf.Budgeted(smoke=(16, 32, 64), ci=(16, 32, 64, 128), full=(16, 32, 64, 128, 256)),
    },
    only=lambda target, scheme, steps: target == "gaussian" or scheme in (FIRST, SHORT),
    observe=OBSERVE,
    claims={
        "G-orders": [
            *orders(FIRST, 1),
            *(order_of(name, LONG, 1, "gaussian") for name in OBSERVE),
            *orders(SHORT, 2),
            claims.NegativeControl(order_of("tv", LONG, 2, "gaussian")),
            claims.NegativeControl(order_of("kl", LONG, 2, "gaussian")),
            claims.NegativeControl(order_of("w2", LONG, 2, "gaussian")),
            claims.NegativeControl(order_of("w2", WRONG, 1, "gaussian")),
        ],
    },
    figures=[figures.Lines("steps", ("kl", "tv", "w2"), within="scheme", where={"target": "two modes"})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
