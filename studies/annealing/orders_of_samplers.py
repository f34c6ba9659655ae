"""At which orders in h do DDPM and the exponential integrator converge on two modes, and what tells a wrong end point?

From q_T to q_δ, δ = 0.1, with equal steps and the exact score. KL falls as h² where TV and W2 fall as h: two laws near
each other. Taking the score at the near end of the step, τ_{k+1} for τ_k, leaves all orders as they are, so that no
order can tell. The leading error can: on N(m, λ) the variance is off by h ∫_δ^T ℓ W² dτ, λ_τ = 1 + (λ − 1)e^{−2τ} and
W² = e^{−2(τ−δ)}(λ_δ/λ_τ)², with ℓ = 4/λ_τ − 2 at the far end and 6 − 4/λ_τ at the near end.
"""

import math

from _orders import HORIZON, OBSERVE, STOP, TARGETS, chain, order_of, orders

import verify as vf
from verify import claims, observables, samplers
from verify.cli import main_study
from verify.report import figures


def near_end(score, grid, begin):
    """The exponential integrator with the score at the near end of the step."""
    return samplers.Perturbed(score, grid, begin, lag=1.0)


SCHEMES = {
    "DDPM": samplers.DDPM,
    "DDPM with posterior variance": samplers.DDPMPosterior,
    "the exponential integrator": samplers.ExponentialIntegrator,
    "the near end": near_end,
}
PRIMITIVES = {  # of ℓ/λ², as functions of λ
    "far": lambda v: 2 / v - 2 / v**2,
    "near": lambda v: 2 / v**2 - 6 / v,
}
# What Richardson's step leaves, h² times numbers of order one at the finest step of all budgets, h = 1.5/64
LIMIT = 5e-3


def subject(target, scheme, steps):
    return chain(SCHEMES[scheme], target, steps)


def bias(subject, cell):
    """(variance − λ_δ)/h as h → 0, on the Gaussian."""
    if cell.point["target"] != "gaussian":
        return 0.0
    return observables.VarianceBias(0)(subject.sampler, cell)


def limit(end):
    """Return the observable ∫ ℓ W² dτ, in closed form."""

    def measure(subject, cell):
        lam = float(TARGETS["gaussian"].eigenvalues[0])
        last, first = (1 + (lam - 1) * math.exp(-2 * t) for t in (STOP, HORIZON))
        total = PRIMITIVES[end](last) - PRIMITIVES[end](first)
        return math.exp(2 * STOP) * last**2 * total / (2 * (lam - 1))

    return measure


def leading(scheme, end, words):
    """Return the claim that the leading error of a scheme is that of the score at one end."""
    where = {"scheme": scheme, "target": "gaussian", "steps": 64}
    return claims.Identity("bias", f"limit_{end}", LIMIT, where=where, statement=words)


RIGHT, WRONG = "the exponential integrator", "the near end"
STUDY = vf.Study(
    name="annealing/orders_of_samplers",
    question="At which orders in h do DDPM and the exponential integrator converge on two modes?",
    subject=subject,
    sweep={
        "target": tuple(TARGETS),
        "scheme": tuple(SCHEMES),
        "steps": vf.Budgeted(smoke=(16, 32, 64), ci=(16, 32, 64, 128), full=(16, 32, 64, 128, 256)),
    },
    observe=OBSERVE | {"bias": bias, "limit_far": limit("far"), "limit_near": limit("near")},
    claims={
        "G-orders": [
            *(claim for scheme in SCHEMES if scheme != WRONG for claim in orders(scheme, 1)),
            *orders(WRONG, 1, "the exponential integrator with the score at the near end"),
            leading(RIGHT, "far", "The exponential integrator's variance is off by h∫(4/λ_τ − 2)W² dτ"),
            leading(WRONG, "near", "With the score at the near end it is off by h∫(6 − 4/λ_τ)W² dτ"),
            claims.NegativeControl(leading(WRONG, "far", "With the score at the near end its leading error is that")),
            claims.NegativeControl(order_of("tv", "DDPM", 2, "two modes")),
            claims.NegativeControl(order_of("kl", "DDPM", 2, "two modes")),
            claims.NegativeControl(order_of("w2", "DDPM", 2, "two modes")),
        ],
    },
    figures=[figures.Lines("steps", ("kl", "tv", "w2"), within="scheme", where={"target": "two modes"})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
