"""At which orders in h do DDIM and the probability flow by Euler's, an exponential and Heun's method converge?

From q_T to q_δ, δ = 0.1, with equal steps and the exact score, on a Gaussian and on two modes: the density goes through
the deterministic maps. Faults: Heun's method with both slopes at the near end of the step, which is of order one, and
twice the score in Euler's, the drift of the reverse SDE without its noise.
"""

from _orders import OBSERVE, TARGETS, chain, order_of, orders

import verify as vf
from verify import claims, samplers
from verify.cli import main_study
from verify.report import figures


class OneEnded(samplers.FlowHeun):
    """Heun's method with both slopes at the near end of the step."""

    def step(self, k, x, noise):
        _, after, h = self.grid.interval(k, x)
        first = x + self.score(x, after)
        predicted = x + h * first
        return x + 0.5 * h * (first + predicted + self.score(predicted, after))


class Noiseless(samplers.FlowEuler):
    """Euler's method for the drift of the reverse SDE, its noise left out."""

    def step(self, k, x, noise):
        tau, _, h = self.grid.interval(k, x)
        return x + h * (x + 2 * self.score(x, tau))


SCHEMES = {
    "DDIM": samplers.DDIM,
    "the flow by Euler's method": samplers.FlowEuler,
    "the flow by an exponential method": samplers.FlowExponential,
    "the flow by Heun's method": samplers.FlowHeun,
    "Heun's method with one end": OneEnded,
    "the drift without noise": Noiseless,
}
HEUN, ONE = "the flow by Heun's method", "Heun's method with one end"


def subject(target, scheme, steps):
    return chain(SCHEMES[scheme], target, steps)


STUDY = vf.Study(
    name="annealing/orders_of_flows",
    question="At which orders in h do DDIM and methods for the probability flow converge on two modes?",
    subject=subject,
    sweep={
        "target": tuple(TARGETS),
        "scheme": tuple(SCHEMES),
        "steps": vf.Budgeted(smoke=(8, 16, 32), ci=(8, 16, 32, 64), full=(8, 16, 32, 64, 128)),
    },
    only=lambda target, scheme, steps: target == "gaussian" or scheme in tuple(SCHEMES)[:4],
    observe=OBSERVE,
    claims={
        "G-orders": [
            *(claim for scheme in tuple(SCHEMES)[:3] for claim in orders(scheme, 1)),
            *orders(HEUN, 2),
            claims.NegativeControl(order_of("tv", ONE, 2, "gaussian")),
            claims.NegativeControl(order_of("kl", ONE, 2, "gaussian")),
            claims.NegativeControl(order_of("w2", ONE, 2, "gaussian")),
            claims.NegativeControl(order_of("tv", HEUN, 1, "two modes")),
            claims.NegativeControl(order_of("w2", "the drift without noise", 1, "gaussian")),
        ],
    },
    figures=[figures.Lines("steps", ("kl", "tv", "w2"), within="scheme", where={"target": "two modes"})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
