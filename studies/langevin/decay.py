"""How fast does the Langevin diffusion of a Gaussian forget its start, in KL, χ², W2 and the Rényi divergence?

dX = −∇f(X) dt + √(2/β) dB with f quadratic and m = 1/λ_max has the exact law N(m(t), Σ(t)) at time t. Its divergences
from the stationary law are followed from two starts: one displaced along the slowest direction, for which the exponents
of KL and W2 are attained, and one that is also of another shape.
"""

import math

from _diffusion import CASES, ROUNDING, subject

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

LATE = (8.0, 10.0, 12.0)
ORDER = 3  # of the Rényi divergence


def distance(divergence):
    """Return the observable divergence(law at t, stationary law)."""
    return lambda at, cell: divergence(at.law(), at.stationary)


def contracted(divergence, rate):
    """Return the observable e^{−rate·m·t} divergence(start, stationary law)."""

    def measure(at, cell):
        return divergence(at.start, at.stationary).map(lambda d: math.exp(-rate * at.gap * at.time) * d)

    return measure


def regularised(share):
    """Return share·βm W2²(start, π_β)/(2(e^{2mt} − 1)): the bound of log-Harnack inequalities."""

    def measure(at, cell):
        scale = share * at.diffusion.inverse_temperature * at.gap / (2 * math.expm1(2 * at.gap * at.time))
        return vf.wasserstein2(at.start, at.stationary).map(lambda d: scale * d * d)

    return measure


def renyi(p, q):
    """Rényi divergence of order 3."""
    return vf.renyi(p, q, ORDER)


def decays(name, by, words, **options):
    """Return the claim that a divergence is below its contracted start."""
    return claims.UpperBound(name, by=by, slack=ROUNDING, statement=words, **options)


def exponent(name, slowest, words, start="shifted", margin=ROUNDING):
    """Return the claim that log(divergence) falls at `slowest` times m on one target."""
    gap = float(1 / gallery.correlated().eigenvalues.max())
    return claims.Rate(
        name,
        "time",
        -slowest * gap,
        margin,
        scale="linear",
        where={"time": LATE, "start": start, "target": "correlated"},
        statement=words,
    )


STUDY = vf.Study(
    name="langevin/decay",
    question="How fast does the Langevin diffusion of a Gaussian forget its start?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "inverse_temperature": vf.Budgeted(smoke=(1.0, 4.0), ci=(0.5, 1.0, 4.0), full=(0.1, 0.5, 1.0, 4.0, 100.0)),
        "start": ("shifted", "general"),
        "time": vf.Budgeted(
            smoke=(1e-3, 0.1, 0.5, 2.0, *LATE),
            ci=(1e-3, 0.01, 0.1, 0.3, 1.0, 3.0, *LATE),
            full=(1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, *LATE),
        ),
    },
    observe={
        "kl": distance(vf.kl),
        "chi2": distance(vf.chi2),
        "w2": distance(vf.wasserstein2),
        "renyi": distance(renyi),
        "kl_contracted": contracted(vf.kl, 2),
        "kl_contracted_twice": contracted(vf.kl, 4),
        "kl_regularised": regularised(1.0),
        "half_regularised": regularised(0.5),
        "chi2_contracted": contracted(vf.chi2, 2),
        "chi2_contracted_twice": contracted(vf.chi2, 4),
        "w2_contracted": contracted(vf.wasserstein2, 1),
        "w2_contracted_twice": contracted(vf.wasserstein2, 2),
        "renyi_contracted": contracted(renyi, 2 / ORDER),
    },
    claims={
        "S0-14": [
            decays("kl", "kl_contracted", "KL ≤ e^{−2mt}KL at the start, whatever β"),
            decays("chi2", "chi2_contracted", "χ² ≤ e^{−2mt}χ² at the start"),
            decays("w2", "w2_contracted", "W2 ≤ e^{−mt}W2 at the start"),
            decays("renyi", "renyi_contracted", "The Rényi divergence of order 3 is ≤ e^{−2mt/3} of that at the start"),
            decays("kl", "kl_regularised", "KL ≤ βm W2²/(2(e^{2mt} − 1)) with W2 at the start"),
            exponent("kl", 2.0, "From a start displaced along the slowest direction KL falls as e^{−2mt}: it is sharp"),
            exponent("w2", 1.0, "From there W2 falls as e^{−mt}: it is sharp"),
            claims.NegativeControl(decays("kl", "kl_contracted_twice", "KL ≤ e^{−4mt}KL at the start")),
            claims.NegativeControl(decays("chi2", "chi2_contracted_twice", "χ² ≤ e^{−4mt}χ² at the start")),
            claims.NegativeControl(decays("w2", "w2_contracted_twice", "W2 ≤ e^{−2mt}W2 at the start")),
            claims.NegativeControl(decays("kl", "half_regularised", "KL ≤ ½βm W2²/(2(e^{2mt} − 1))")),
            claims.NegativeControl(exponent("kl", 4.0, "From a displaced start KL falls as e^{−4mt}")),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "time",
            errors=("kl",),
            bounds=("kl_contracted", "kl_regularised", "kl_contracted_twice"),
            within="start",
            where={"target": "correlated", "inverse_temperature": 1.0},
        ),
        figures.Lines(
            "time",
            ("kl", "chi2", "w2", "renyi"),
            scale="semilog",
            within="start",
            where={"target": "correlated", "inverse_temperature": 1.0},
        ),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
