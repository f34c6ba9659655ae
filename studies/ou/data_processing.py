"""Do divergences shrink when both laws pass through one kernel, and does Pinsker's inequality have the right constant?

Pairs of Gaussians go through a common affine Gaussian kernel x ↦ Ax + √(noise)·ξ; KL, TV, Rényi and Hellinger must
not grow. Through two different kernels they may. Pinsker, TV ≤ √(KL/2), is nearly attained by close shifts; with ¼
for ½ it fails.
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures


@dataclass(frozen=True, eq=False)
class Pair:
    """Two Gaussians and the kernel that both pass through."""

    p: laws.Gaussian
    q: laws.Gaussian
    matrix: np.ndarray
    noise: float

    def pushed(self, law, matrix=None):
        """Return the law of Ax + √noise ξ for x from `law`."""
        a = self.matrix if matrix is None else matrix
        return laws.Gaussian(a @ law.mean, a @ law.cov @ a.T + self.noise * np.eye(law.dim))


def subject(shift, spread, noise):
    p = laws.Gaussian(np.array([0.3, -0.2]), np.array([[1.0, 0.4], [0.4, 0.7]]))
    q = laws.Gaussian(p.mean + shift * np.array([0.8, -0.6]), spread * p.cov + 0.05 * shift * np.eye(2))
    return Pair(p, q, np.array([[0.9, -0.3], [0.2, 0.6]]), noise)


def before(divergence):
    """Return the observable divergence(p, q)."""
    return lambda pair, cell: divergence(pair.p, pair.q)


def after(divergence):
    """Return the observable divergence of the two pushed laws."""
    return lambda pair, cell: divergence(pair.pushed(pair.p), pair.pushed(pair.q))


def after_different(pair, cell):
    """TV after two different kernels: nothing bounds it by the TV before."""
    return vf.total_variation(pair.pushed(pair.p), pair.pushed(pair.q, -pair.matrix))


def renyi2(p, q):
    """Rényi divergence of order 2."""
    return vf.renyi(p, q, 2.0)


def pinsker(share):
    """Return the observable √(share·KL)."""
    return lambda pair, cell: vf.kl(pair.p, pair.q).map(lambda v: math.sqrt(share * max(v, 0.0)))


STUDY = vf.Study(
    name="ou/data_processing",
    question="Do divergences shrink through a common kernel, and is Pinsker's constant ½?",
    subject=subject,
    sweep={
        "shift": vf.Budgeted(
            smoke=(0.001, 0.1, 1.0, 4.0),
            ci=(0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 4.0),
            full=(0.001, 0.01, 0.1, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0),
        ),
        "spread": (0.5, 1.0, 1.5),
        "noise": (0.0, 0.1, 1.0),
    },
    observe={
        "kl": before(vf.kl),
        "kl_after": after(vf.kl),
        "tv": before(vf.total_variation),
        "tv_after": after(vf.total_variation),
        "renyi": before(renyi2),
        "renyi_after": after(renyi2),
        "hellinger": before(vf.hellinger),
        "hellinger_after": after(vf.hellinger),
        "tv_after_different": after_different,
        "pinsker": pinsker(0.5),
        "pinsker_quarter": pinsker(0.25),
    },
    claims={
        "S3-11": [
            claims.UpperBound("kl_after", by="kl", slack=1e-9, statement="KL does not grow through a common kernel"),
            claims.UpperBound("tv_after", by="tv", slack=1e-9, statement="TV does not grow through a common kernel"),
            claims.UpperBound(
                "renyi_after",
                by="renyi",
                slack=1e-9,
                statement="The Rényi divergence of order 2 does not grow through a common kernel",
            ),
            claims.UpperBound(
                "hellinger_after",
                by="hellinger",
                slack=1e-9,
                statement="Hellinger does not grow through a common kernel",
            ),
            claims.Identity(
                "kl_after",
                "kl",
                1e-9,
                relative=True,
                where={"noise": 0.0},
                statement="Through an invertible map nothing is lost: KL is unchanged",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv_after_different",
                    by="tv",
                    slack=1e-9,
                    statement="TV does not grow through two different kernels",
                )
            ),
        ],
        "S3-12": [
            claims.UpperBound("tv", by="pinsker", statement="TV ≤ √(KL/2)"),
            claims.NegativeControl(claims.UpperBound("tv", by="pinsker_quarter", statement="TV ≤ √(KL/4)")),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "shift",
            errors=("tv", "tv_after"),
            bounds=("pinsker", "pinsker_quarter"),
            within="noise",
            where={"spread": 1.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
