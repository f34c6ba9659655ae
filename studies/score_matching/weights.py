"""Does a score that fits two far modes know their weights?

p = ½N(−a, 1) + ½N(a, 1) and q with weights 0.9 and 0.1. The explicit loss L = ½E_p|∇log q − ∇log p|² sees the weights
only where both modes have mass: L ≈ 2aK e^{−a²/2}/√(2π), while TV tends to 0.4. A second form of L, with u = ax,

    2a e^{−a²/2}/√(2π) ∫ cosh u [σ(2u) − σ(2u + ℓ)]² e^{−u²/2a²} du,    σ logistic, ℓ = log(w/(1 − w)),

keeps its digits at any a. The scores of the diffused laws are not blind: ∫ E_{p_t}|∇log q_t − ∇log p_t|² dt = KL(p‖q).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit, ndtr

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.laws.panels import Panels
from verify.report import figures
from verify.scores.l2_error import squared_error
from verify.targets import GaussianMixture

EVEN, UNEVEN = (0.5, 0.5), (0.9, 0.1)
FAR = (16.0, 36.0, 64.0)  # a² from which on the leading term is followed
LEFT = 8e-5  # of TV: 0.8Φ(−a), a = 4 at the least, is 2.6e-5
# K depends on a through e^{−u²/2a²}: its logarithm bends the slope in a² by E u²/2a⁴, E u² < 1 under the integrand
BENT = 0.5 / FAR[0] ** 2
# of an integral whose terms have one sign, by quadrature on either side
ACCURACY = 1e-10
LEAST = 1e-5  # of a e^{−t}: from there on E|∇log q_t − ∇log p_t|² < (2ae^{−t})², which leaves 2e-10 of the integral
INTEGRATED = 1e-9
WIDEST = 1.5  # panel in log b


@dataclass(frozen=True)
class Pair:
    """Two mixtures on ±a that differ in their weights."""

    separation: float

    def law(self, weights):
        """The mixture on ±a with `weights`."""
        return GaussianMixture(weights, (-self.separation, self.separation), (1.0, 1.0))

    @property
    def laws(self):
        """(p, q)."""
        return self.law(EVEN), self.law(UNEVEN)


def subject(square):
    return Pair(math.sqrt(square))


def fisher(separation):
    """E_p|∇log q − ∇log p|² of the pair at ±separation."""
    p, q = Pair(separation).laws
    return squared_error(q.score, p)


def loss(pair, cell):
    """L."""
    return fisher(pair.separation).map(lambda value: 0.5 * value)


def loss_by_separation(pair, cell):
    """L/a."""
    return fisher(pair.separation).map(lambda value: 0.5 * value / pair.separation)


def second_form(squeeze):
    """Return L in its second form with e^{−squeeze·a²}; the trapezoid rule in u is exact to rounding."""

    def measure(pair, cell):
        a, odds = pair.separation, math.log(UNEVEN[1] / UNEVEN[0])
        u, spacing = np.linspace(-40, 40, 4001, retstep=True)
        gap = expit(2 * u) * expit(-2 * u - odds) * np.expm1(odds)  # σ(2u + ℓ) − σ(2u) without cancellation
        whole = float((np.cosh(u) * gap**2 * np.exp(-0.5 * (u / a) ** 2)).sum() * spacing)
        return 2 * a * math.exp(-squeeze * a * a) / math.sqrt(2 * math.pi) * whole

    return measure


def variation(pair, cell):
    """TV(p, q)."""
    return vf.total_variation(*pair.laws)


def variation_closed(pair, cell):
    """0.4·(2Φ(a) − 1), as p and q cross at 0 only."""
    return (UNEVEN[0] - EVEN[0]) * (2 * float(ndtr(pair.separation)) - 1)


def divergence(pair, cell):
    """KL(p‖q)."""
    return vf.kl(*pair.laws)


def half_fisher(pair, cell):
    """½E_p|∇log q − ∇log p|², the bound of KL(p‖q) under a log-Sobolev constant of one."""
    return loss(pair, cell)


def along_the_diffusion(share):
    """Return share·∫ E|∇log q_t − ∇log p_t|² dt."""

    def measure(pair, cell):
        return share * gathered(pair.separation)

    return measure


@cache
def gathered(separation):
    """∫ E|∇log q_t − ∇log p_t|² dt: by t the modes stand at ±b, b = a e^{−t}, dt = −d log b; Gauss panels in log b."""
    low, high = math.log(LEAST), math.log(separation)
    panels = Panels(np.linspace(low, high, math.ceil((high - low) / WIDEST) + 1))
    values = [fisher(float(b)).value for b in np.exp(panels.nodes).ravel()]
    return panels.integral(np.reshape(values, panels.nodes.shape))


def falls(exponent, words):
    """Return the claim that L/a falls as e^{exponent·a²}."""
    return claims.Rate(
        "loss_by_separation", "square", exponent, BENT, scale="linear", where={"square": FAR}, statement=words
    )


STUDY = vf.Study(
    name="score_matching/weights",
    question="Does a score that fits two far modes know their weights?",
    subject=subject,
    sweep={
        "square": vf.Budgeted(
            smoke=(4.0, *FAR), ci=(1.0, 4.0, 9.0, *FAR, 144.0), full=(1.0, 2.0, 4.0, 9.0, *FAR, 144.0, 400.0)
        )
    },
    observe={
        "loss": loss,
        "loss_by_separation": loss_by_separation,
        "loss_second_form": second_form(0.5),
        "loss_second_form_fast": second_form(1.0),
        "tv": variation,
        "tv_closed": variation_closed,
        "hundredth": lambda pair, cell: variation(pair, cell).map(lambda value: 1e-2 * value),
        "kl": divergence,
        "half_fisher": half_fisher,
        "integrated": along_the_diffusion(1.0),
        "integrated_half": along_the_diffusion(0.5),
    },
    claims={
        "S2-12": [
            claims.Identity(
                "loss",
                "loss_second_form",
                ACCURACY,
                relative=True,
                statement="The loss between weights ½/½ and 0.9/0.1 of modes at ±a is its integral in u = ax",
            ),
            falls(-0.5, "The loss between mixtures with weights ½/½ and 0.9/0.1 at ±a falls as a·e^{−a²/2}"),
            claims.Identity(
                "tv",
                "tv_closed",
                ACCURACY,
                statement="The TV between weights ½/½ and 0.9/0.1 of modes at ±a is 0.4·(2Φ(a) − 1)",
            ),
            claims.NegativeControl(
                falls(-1.0, "The loss between mixtures with weights ½/½ and 0.9/0.1 at ±a falls as a·e^{−a²}")
            ),
            claims.NegativeControl(
                claims.Identity(
                    "loss",
                    "loss_second_form_fast",
                    ACCURACY,
                    relative=True,
                    statement="The loss between weights ½/½ and 0.9/0.1 of modes at ±a has the factor e^{−a²}",
                )
            ),
        ],
        "S4-18": [
            claims.Identity(
                "tv",
                UNEVEN[0] - EVEN[0],
                LEFT,
                where={"square": FAR},
                statement="From a = 4 on the TV between weights ½/½ and 0.9/0.1 of modes at ±a is 0.4",
            ),
            claims.UpperBound(
                "loss",
                by="hundredth",
                where={"square": FAR},
                statement="From a = 4 on the wrong weights 0.9/0.1 for ½/½ cost less than a hundredth of their TV",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "loss",
                    by="hundredth",
                    where={"square": 4.0},
                    statement="At a = 2 the wrong weights 0.9/0.1 for ½/½ cost less than a hundredth of their TV",
                )
            ),
            claims.Identity(
                "integrated",
                "kl",
                INTEGRATED,
                relative=True,
                statement="∫E|∇log q_t − ∇log p_t|² dt = KL(p‖q): diffused scores tell the weights",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "integrated_half",
                    "kl",
                    INTEGRATED,
                    relative=True,
                    statement="½∫E|∇log q_t − ∇log p_t|² dt = KL(p‖q) for mixtures that differ in their weights",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "kl",
                    by="half_fisher",
                    statement="KL(p‖q) ≤ ½E|∇log p/q|² for mixtures of far modes that differ in their weights",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "square",
            ("loss", "tv", "kl"),
            scale="semilog",
            measured="loss, TV and KL between the weights ½/½ and 0.9/0.1",
            labels={"square": "a² for modes at ±a", "loss": "score-matching loss"},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
