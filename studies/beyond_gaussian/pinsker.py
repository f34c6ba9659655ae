"""Is Pinsker's constant ½ right beyond Gaussians, and where is it attained?

TV ≤ √(KL/2) over pairs on the line: shifted Laplace and logistic laws, a shifted mixture, a mixture of two far modes
with other weights, and pairs of unlike laws. For small differences p = q(1 + εg) the ratio of both sides tends to
E|g|/√E g²: one where |g| is constant, as for the Laplace law under a shift (g = ± 1) and for two even modes whose
weights change. A Gaussian shift has √(2/π). With √(KL/4) the inequality fails where the ratio is
above √½: for Laplace, logistic and reweighted laws, though not for the shift of this skewed mixture.
"""

import math
from dataclasses import dataclass

import numpy as np
from _mixtures import CASES, line

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian, Laplace, Logistic
from verify.targets.line import Line

SMALL = (0.01, 0.03, 0.1)
LIMIT = 0.01
# p's and q's Laplace densities are exact; sums over panels round to 1e-12, relative to TV² ~ 2e-5 at least
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Shifted(Line):
    """The law of X + δ for X of a law on the line."""

    law: Line
    shift: float

    @property
    def constants(self):
        """Those of the law, which no claim here needs."""
        return self.law.constants

    @property
    def kinks(self):
        """Those of the law, shifted."""
        return tuple(kink + self.shift for kink in self.law.kinks)

    @property
    def critical_points(self):
        """Those of the law, shifted."""
        return self.law.critical_points + self.shift

    def value(self, x):
        """Return V(x − δ)."""
        return self.law.value(x - self.shift)

    def slope(self, x):
        """Return V′(x − δ)."""
        return self.law.slope(x - self.shift)


def moved(size):
    """Return the pair of the skewed mixture and its shift."""
    q = CASES["uneven"]
    return q, line(q.weights, q.means[:, 0] + size, q.covs[:, 0, 0])


def weighted(size):
    """Return the pair of two even modes and the same with other weights."""
    return line((0.5, 0.5), (-6.0, 6.0), (1.0, 1.0)), line((0.5 + size / 4, 0.5 - size / 4), (-6.0, 6.0), (1.0, 1.0))


PAIRS = {
    "shifted laplace": lambda size: (Laplace(), Shifted(Laplace(), size)),
    "shifted logistic": lambda size: (Logistic(), Shifted(Logistic(), size)),
    "shifted mixture": moved,
    "weights": weighted,
    "mixture and logistic": lambda size: (CASES["apart"], Shifted(Logistic(), size)),
    "gaussian and mixture": lambda size: (Gaussian(np.array([size]), np.array([[1.0]])), CASES["uneven"]),
}
SHARP = ("shifted laplace", "weights")
CLOSE = (*SHARP, "shifted logistic", "shifted mixture")


def subject(pair, size):
    return PAIRS[pair](size)


def pinsker(share):
    """Return the observable √(share·KL(p‖q))."""
    return lambda pair, cell: vf.kl(*pair).map(lambda v: math.sqrt(share * max(v, 0.0)))


def tv(pair, cell):
    """TV(p, q)."""
    return vf.total_variation(*pair)


def share(pair, cell):
    """TV/√(KL/2), at most one."""
    bound = pinsker(0.5)(pair, cell)
    found = tv(pair, cell)
    return vf.Estimate(found.value / bound.value, found.low / bound.high, found.high / bound.low, 1.0, "quadrature")


def laplace_tv(pair, cell):
    """1 − e^{−δ/2}: TV of two Laplace laws δ apart."""
    return -math.expm1(-0.5 * cell.point["size"])


def laplace_kl_share(pair, cell):
    """√(KL/2) of two Laplace laws δ apart, KL = δ + e^{−δ} − 1."""
    size = cell.point["size"]
    return math.sqrt(0.5 * (size + math.expm1(-size)))  # off by ε/δ at most


def closed(name, truth, words):
    """Return the claim that a number is its closed form for the Laplace law."""
    where = {"pair": "shifted laplace"}
    return claims.Identity(name, truth, ROUNDING, relative=True, where=where, statement=words)


def attained(pair, words):
    """Return the claim that Pinsker's inequality is an equality for close laws: the ratio is 1 − O(δ)."""
    return claims.Identity("share", 1.0, LIMIT, where={"pair": pair, "size": SMALL[0]}, statement=words)


STUDY = vf.Study(
    name="beyond_gaussian/pinsker",
    question="Is Pinsker's constant ½ right beyond Gaussians, and where is it attained?",
    subject=subject,
    sweep={
        "pair": tuple(PAIRS),
        "size": vf.Budgeted(smoke=(*SMALL, 1.0), ci=(*SMALL, 0.3, 1.0), full=(0.001, *SMALL, 0.3, 1.0, 1.9)),
    },
    observe={
        "tv": tv,
        "pinsker": pinsker(0.5),
        "pinsker_quarter": pinsker(0.25),
        "share": share,
        "laplace_tv": laplace_tv,
        "laplace_pinsker": laplace_kl_share,
    },
    claims={
        "S3-12": [
            claims.UpperBound("tv", by="pinsker", statement="TV ≤ √(KL/2) for Laplace, logistic and mixture laws"),
            closed("tv", "laplace_tv", "TV of two Laplace laws δ apart is 1 − e^{−δ/2}"),
            closed("pinsker", "laplace_pinsker", "KL of two Laplace laws δ apart is δ + e^{−δ} − 1"),
            attained(
                "shifted laplace", "For the Laplace law under a small shift Pinsker is an equality to first order"
            ),
            attained(
                "weights",
                "For two far modes of equal weight whose weights change a little Pinsker is an equality to first order",
            ),
            claims.Rate(
                "tv", "size", 1.0, 0.05, where={"pair": CLOSE, "size": SMALL}, statement="TV of close laws is linear"
            ),
            claims.NegativeControl(
                attained(
                    "shifted logistic", "For the logistic law under a small shift Pinsker is an equality to first order"
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv", by="pinsker_quarter", where={"pair": CLOSE}, statement="TV ≤ √(KL/4) for close laws"
                )
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("size", errors=("tv",), bounds=("pinsker", "pinsker_quarter"), within="pair")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
