"""A scheme begun at q_T with the exact score, its distances to q_δ, and the claims on their orders in h."""

import functools
from dataclasses import dataclass

import verify as vf
from verify import claims, laws, scores
from verify.targets import GaussianMixture, gallery

TARGETS = {
    "gaussian": gallery.narrow(),
    "two modes": GaussianMixture((0.35, 0.65), (-1.3, 1.1), (0.35, 0.45)),
}
HORIZON, STOP = 1.6, 0.1  # above 0, where DDIM and DDPM with posterior variance have no logarithm
ACCURACY = {"width": 6.0, "tail": 1e-13}  # of a grid law: KL to 1e-10
# An error h^p(1 + ch + …) has the slope p + ch/(1 + ch): h is 0.1 at most in the middle, |c| up to 1.5 for TV and W2,
# twice that for KL
MARGIN = {"kl": 0.3, "tv": 0.15, "w2": 0.15}
WHERE = {"gaussian": "a Gaussian", "two modes": "two modes"}
NAMES = {"kl": "KL", "tv": "TV", "w2": "W2"}


@dataclass(frozen=True, eq=False)
class Chain:
    """A sampler and the laws at its end."""

    sampler: object

    @functools.cached_property
    def law(self):
        """The law of the last iterate."""
        if isinstance(self.sampler.target, GaussianMixture):
            return laws.GridDensity.of(self.sampler.start()).through(self.sampler, **ACCURACY)
        return self.sampler.run()

    @property
    def step(self):
        """h."""
        return float(self.sampler.grid.step_sizes[0])


def chain(kind, target, steps):
    """Return the scheme `kind`(score, grid, begin) with equal steps from q_T."""
    grid = vf.TimeGrid.uniform(HORIZON, steps, stop=STOP)
    return Chain(kind(scores.Exact(TARGETS[target]), grid, "marginal"))


def to_goal(divergence):
    """Return the observable divergence(q_δ, law)."""

    def measure(chain, cell):
        return divergence(chain.sampler.goal(), chain.law)

    return measure


OBSERVE = {"kl": to_goal(vf.kl), "tv": to_goal(vf.total_variation), "w2": to_goal(vf.wasserstein2)}


def orders(scheme, order, words=None):
    """Return the claims that TV and W2 of a scheme fall as h^order and KL as h^{2·order}, on each target."""
    return [order_of(name, scheme, order, target, words) for target in TARGETS for name in NAMES]


def order_of(column, scheme, order, target, words=None):
    """Return one of them."""
    power = 2 * order if column == "kl" else order
    shown = {1: "h", 2: "h²", 4: "h⁴"}[power]
    return claims.Rate(
        column,
        "steps",
        -float(power),
        MARGIN[column],
        where={"scheme": scheme, "target": target},
        statement=f"{NAMES[column]} of {words or scheme} falls as {shown} on {WHERE[target]}",
    )
