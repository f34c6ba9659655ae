"""Which step is best for MALA and the random walk in d dimensions, and how far off is the limit of optimal scaling?

On N(0, I_d) acceptance and expected squared jump are incomplete beta functions, so that the step with the largest jump
is the root of a known function for every d, up to a million. As d → ∞ the limits of Roberts and Rosenthal, and of
Roberts, Gelman and Gilks, appear: h ~ d^{−1/3} at acceptance 0.574, σ ~ d^{−1/2} at 0.234. At practical d the best
MALA accepts 0.54 to 0.57.
"""

import math
from dataclasses import dataclass

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.metropolis import (
    isotropic_acceptance,
    isotropic_squared_jump,
    mala_limit,
    optimum,
    random_walk_limit,
)
from verify.report import figures

LIMITS = {"mala": mala_limit(), "random walk": random_walk_limit()}
LARGE = {"dim": (10_000, 100_000, 1_000_000)}
SMALL = {"chain": "mala", "dim": (10, 100)}
# MALA's corrections are powers of d^{−1/3} with factors of about one: 0.05 at d = 1e4, 0.01 at 1e6, so 0.04/log 100 in
# a slope; those of the shortfall, itself of order d^{−1/3}, have the same order and are let be thrice as large
BENT = 0.01
SHORTFALL = 0.03
FINITE = {1: 0.6994, 10: 0.5412, 100: 0.5412, 1_000: 0.5564, 10_000: 0.5655, 1_000_000: 0.5723}
# Incomplete beta functions of large parameters lose ε·√d·10 at most; the optimum is flat
ROUNDING = 1e-10


@dataclass(frozen=True)
class Chain:
    """MALA or the random walk on N(0, I_d)."""

    chain: str
    dim: int

    @property
    def best(self):
        """The step with the largest squared jump."""
        return optimum(self.dim, self.chain)

    def asymmetry(self, step):
        """k."""
        return math.sqrt(step**3 / 8) if self.chain == "mala" else step / 2

    def jump(self, step):
        """Expected squared jump."""
        proposed = step * (2 + step) if self.chain == "mala" else step**2
        return isotropic_squared_jump(self.dim, self.asymmetry(step), proposed)

    def scale(self, step):
        """l of the limit: 2h = l²d^{−1/3}, σ = l d^{−1/2}."""
        return math.sqrt(2 * step * self.dim ** (1 / 3)) if self.chain == "mala" else step * math.sqrt(self.dim)


def subject(chain, dim):
    return Chain(chain, dim)


def step(model, cell):
    """The best step."""
    return model.best.step


def acceptance(model, cell):
    """Acceptance at the best step."""
    return model.best.acceptance


def squared_jump(model, cell):
    """Expected squared jump at the best step."""
    return model.best.squared_jump


def squared_jump_beside(factor):
    """Return the expected squared jump at a multiple of the best step."""
    return lambda model, cell: model.jump(factor * model.best.step)


def limit_at_step(model, cell):
    """2Φ(−Kl³/2) or 2Φ(−l/2) at the best step: the limit's acceptance there, a lower bound."""
    return LIMITS[model.chain].acceptance(model.scale(model.best.step))


def limit(model, cell):
    """Acceptance at the optimum of the limit."""
    return LIMITS[model.chain].optimal_acceptance


def shortfall(model, cell):
    """|acceptance at the best step − that of the limit|."""
    return abs(model.best.acceptance - LIMITS[model.chain].optimal_acceptance)


def scale(model, cell):
    """l = √(2h d^{1/3}) or σ√d at the best step."""
    return model.scale(model.best.step)


def limit_scale(model, cell):
    """l at the optimum of the limit."""
    return LIMITS[model.chain].optimal_scale


def at_limit_step(power):
    """Return the acceptance of a step that goes as d^{−power} from the limit's at d = 1000."""

    def measure(model, cell):
        best = LIMITS[model.chain].optimal_scale
        here = 0.5 * best**2 * 1000 ** (-1 / 3) if model.chain == "mala" else best / math.sqrt(1000)
        return isotropic_acceptance(model.dim, model.asymmetry(here * (model.dim / 1000) ** -power))

    return measure


def known(model, cell):
    """Acceptance at MALA's best step, four digits, from a search on the F-distribution form; else what is found."""
    return FINITE.get(model.dim, model.best.acceptance) if model.chain == "mala" else model.best.acceptance


def goes_as(column, exponent, words, chain, margin=BENT, where=LARGE):
    """Return the claim that a column is a power of d."""
    return claims.Rate(column, "dim", exponent, margin, where={"chain": chain, **where}, statement=words)


STUDY = vf.Study(
    name="langevin/scaling",
    question="Which step is best for MALA and the random walk in d dimensions, and how far off is the limit?",
    subject=subject,
    sweep={
        "chain": tuple(LIMITS),
        "dim": vf.Budgeted(
            smoke=(1, 10, 100, *LARGE["dim"]),
            ci=(1, 2, 5, 10, 30, 100, 300, 1_000, *LARGE["dim"]),
            full=(1, 2, 3, 5, 10, 20, 30, 50, 100, 300, 1_000, 3_000, *LARGE["dim"]),
        ),
    },
    observe={
        "step": step,
        "acceptance": acceptance,
        "squared_jump": squared_jump,
        "squared_jump_below": squared_jump_beside(0.99),
        "squared_jump_above": squared_jump_beside(1.01),
        "limit_at_step": limit_at_step,
        "limit": limit,
        "shortfall": shortfall,
        "scale": scale,
        "limit_scale": limit_scale,
        "acceptance_third": at_limit_step(1 / 3),
        "acceptance_half": at_limit_step(1 / 2),
        "acceptance_quarter": at_limit_step(1 / 4),
        "known": known,
    },
    claims={
        "S4-02": [
            claims.UpperBound("squared_jump_below", by="squared_jump", statement="A step 1 % shorter jumps less"),
            claims.UpperBound("squared_jump_above", by="squared_jump", statement="A step 1 % longer jumps less"),
            claims.UpperBound(
                "limit_at_step",
                by="acceptance",
                slack=ROUNDING,
                statement="At every d the acceptance is at least 2Φ(−Kl³/2), for the random walk 2Φ(−l/2)",
            ),
            claims.Identity(
                "acceptance",
                "known",
                5e-5,
                where={"chain": "mala"},
                statement="MALA's best accepts 0.699 (d = 1), 0.541 (10, 100), 0.556 (10³), 0.566 (10⁴), 0.572 (10⁶)",
            ),
            goes_as("step", -1 / 3, "MALA's best step goes as d^{−1/3}", "mala"),
            goes_as("step", -1 / 2, "The random walk's best step goes as d^{−1/2}", "random walk"),
            goes_as("squared_jump", 2 / 3, "MALA's squared jump grows as d^{2/3}", "mala"),
            goes_as("squared_jump", 0.0, "The random walk's squared jump stays bounded", "random walk"),
            goes_as("shortfall", -1 / 3, "MALA's optimal acceptance reaches 0.574 as d^{−1/3}", "mala", SHORTFALL),
            goes_as("shortfall", -1.0, "The random walk's reaches 0.234 as 1/d", "random walk", SHORTFALL),
            claims.Identity(
                "scale",
                "limit_scale",
                0.01,
                relative=True,
                where={"dim": 1_000_000},
                statement="At d = 10⁶ the best scale is the limit's, 1.650 and 2.381",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "acceptance", "limit", 0.02, where=SMALL, statement="At d = 10, 100 MALA's best is 0.574"
                )
            ),
            claims.NegativeControl(goes_as("step", -1 / 2, "MALA's best step goes as d^{−1/2}", "mala")),
            claims.NegativeControl(goes_as("step", -1 / 4, "MALA's best step goes as d^{−1/4}", "mala")),
        ],
        "S4-03": [
            goes_as("acceptance_third", 0.0, "With h ~ d^{−1/3} MALA's acceptance neither falls nor rises", "mala"),
            claims.NegativeControl(
                goes_as("acceptance_quarter", 0.0, "With h ~ d^{−1/4} it neither falls nor rises", "mala")
            ),
            claims.NegativeControl(
                goes_as("acceptance_third", 0.0, "With σ ~ d^{−1/3} the random walk's does not fall", "random walk")
            ),
        ],
    },
    figures=[
        figures.Lines("dim", ("step", "squared_jump"), within="chain"),
        figures.Lines("dim", ("acceptance", "limit", "limit_at_step"), within="chain"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
