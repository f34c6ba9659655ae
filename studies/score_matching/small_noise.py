"""How far is p_β, the law after one step x' = √(1 − β) x + √β z, from p, as β → 0?

W2(p_β, p)² ≤ (1 − √(1 − β))²E‖x‖² + βd: O(√β). Atoms, which noise must spread, attain √β; for smooth densities the
optimal plan moves no more than β (E‖x + ∇log p‖²)^½/2. So O(β) holds for some laws, not for all.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from _identity import MIXTURE, atoms, gaussian

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.report import figures
from verify.targets import Empirical, GaussianMixture

LAWS = {
    "point": Empirical(np.array([0.0])),
    "atoms": atoms(),
    "gaussian": gaussian(),
    "mixture": MIXTURE,
    "narrow mixture": GaussianMixture((0.5, 0.5), (-1.0, 2.0), (0.05, 0.2)),
}
SINGULAR, SMOOTH = ("point", "atoms"), ("gaussian", "mixture", "narrow mixture")
# W2² = β(1 + O(β)) for atoms; W2 = cβ(1 + O(β/v)) for smooth laws of least variance v, and β/v ≤ 0.02 here
BENT = 0.02
# probabilities are good to 1e-14, and what is taken across a gap of 1.5 adds that much to W2² ≥ 1e-6: relative 1e-8
CROSSED = 1e-7
SPEED = 0.02  # relative: O(β/v) again


@dataclass(frozen=True, eq=False)
class Step:
    """A law and one step of noise."""

    law: Any
    beta: float

    @property
    def kernel(self):
        return matching.Kernel.step(self.beta)


def subject(law, beta):
    return Step(LAWS[law], beta)


def w2(at, cell):
    """W2(p_β, p)."""
    return vf.wasserstein2(at.kernel.noised(at.law), at.law)


def coupled(at, cell):
    """√((1 − √(1 − β))²E x² + β): the cost of moving every x to its own x'."""
    square = float(np.trace(np.atleast_2d(at.law.cov))) + float(np.sum(np.square(at.law.mean)))
    return math.sqrt((at.beta / (1 + math.sqrt(1 - at.beta))) ** 2 * square + at.beta)


def printed(at, cell):
    """The same with noise β z."""
    square = float(np.trace(np.atleast_2d(at.law.cov))) + float(np.sum(np.square(at.law.mean)))
    return math.sqrt((at.beta / (1 + math.sqrt(1 - at.beta))) ** 2 * square + at.beta**2)


def speed(at, cell):
    """½β (E|x + ∇log p|²)^½: the flow −½(x + ∇log p) over a time β; of smooth laws, else the coupling's cost."""
    if at.law in (LAWS["point"], LAWS["atoms"]):
        return coupled(at, cell)
    field = matching.Formula(lambda x: -x, lambda x: -np.ones(np.shape(x)[:-1]))
    return matching.explicit(field, at.law).map(lambda half: 0.5 * at.beta * math.sqrt(2 * half))


def goes(exponent, words, **where):
    """Return the claim that W2 goes as a power of β."""
    return claims.Rate("w2", "beta", exponent, BENT, statement=words, where=where)


STUDY = vf.Study(
    name="score_matching/small_noise",
    question="How far is the law after one small step of noise from the data's?",
    subject=subject,
    sweep={
        "law": tuple(LAWS),
        "beta": vf.Budgeted(smoke=(1e-5, 1e-4, 1e-3), ci=(1e-6, 1e-5, 1e-4, 1e-3), full=(1e-6, 1e-5, 1e-4, 1e-3)),
    },
    observe={"w2": w2, "coupled": coupled, "printed": printed, "speed": speed},
    claims={
        "S1-04": [
            claims.UpperBound("w2", by="coupled", slack=CROSSED, statement="W2(p_β, p)² ≤ (1 − √(1 − β))²E‖x‖² + βd"),
            claims.Identity(
                "w2",
                "coupled",
                CROSSED,
                relative=True,
                where={"law": SINGULAR},
                statement="For atoms W2(p_β, p)² = (1 − √(1 − β))²E‖x‖² + βd",
            ),
            goes(0.5, "For atoms W2(p_β, p) goes as √β", law=SINGULAR),
            goes(1.0, "For smooth densities W2(p_β, p) goes as β", law=SMOOTH),
            claims.Identity(
                "w2",
                "speed",
                SPEED,
                relative=True,
                where={"law": SMOOTH},
                statement="For smooth densities W2(p_β, p) is ½β (E‖x + ∇log p‖²)^½ to first order",
            ),
            claims.NegativeControl(goes(1.0, "W2(p_β, p) goes as β for every law")),
            claims.NegativeControl(
                claims.UpperBound("w2", by="printed", statement="W2(p_β, p)² ≤ (1 − √(1 − β))²E‖x‖² + β²d")
            ),
        ]
    },
    figures=[figures.Lines("beta", ("w2", "coupled", "printed"), within="law")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
