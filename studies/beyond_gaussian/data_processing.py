"""Do divergences shrink when two laws that are not Gaussian pass through one kernel that is not Gaussian either?

Laws on the line, light and heavy tailed, with one mode or two, go through one step of ULA, of MALA or of the
exponential integrator, all towards a mixture, so that the kernels are not affine; MALA's keeps what it rejects. KL, TV,
Hellinger, χ² and the Rényi divergences of order ½ and 2 must not grow, the unbounded ones between laws whose tails are
alike. Through the map of a step of the probability-flow ODE, which is one to one, they must stay. Through two different
kernels they may grow. Densities are exact to about 1e-10, behind MALA's kinks to 1e-5.
"""

import functools
from dataclasses import dataclass

import numpy as np
from _mixtures import CASES, line

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian, Laplace, Logistic

TARGET = CASES["uneven"]
LAWS = {
    "two modes": line((0.4, 0.6), (-2.0, 1.5), (1.2, 1.4)),
    "gaussian": Gaussian(np.array([-0.2]), np.array([[1.6]])),
    "logistic": Logistic(),
    "laplace": Laplace(),
    "own": TARGET,
}
# log(p/q) is bounded by a parabola that both densities integrate, so that χ² is finite, and a grid says so
ALIKE = ("two modes | gaussian", "gaussian | two modes", "logistic | laplace", "laplace | logistic")
UNLIKE = ("laplace | two modes", "gaussian | logistic")
SHORT = vf.TimeGrid(np.array([0.8, 0.6]))
KERNELS = {
    "ula": samplers.ULA(TARGET, 0.3, 1),
    "mala": samplers.MALA(TARGET, 0.8, 1),
    "exponential": samplers.ExponentialIntegrator(scores.Exact(TARGET), SHORT),
    "flow": samplers.FlowEuler(scores.Exact(TARGET), SHORT),
}
NOISY = ("ula", "mala", "exponential")
OTHER = samplers.ULA(line((1.0,), (4.0,), (1.0,)), 0.3, 1)
# Nodes moved by a map keep their masses; the densities before and after are interpolated to common panels, to 1e-12 of
# their largest values. Divergences of the pool are 0.01 and more.
ROUNDING = 1e-8


ACCURACY = {"width": 4.0}


@dataclass(frozen=True, eq=False)
class Pair:
    """Two laws by their names, "p | q", and the kernel that both pass through."""

    pair: str
    kernel: str

    @property
    def names(self):
        """The names of p and q."""
        return self.pair.split(" | ")

    @property
    def before(self):
        """p and q."""
        return tuple(LAWS[name] for name in self.names)

    @property
    def after(self):
        """p and q behind the kernel."""
        return tuple(pushed(name, self.kernel) for name in self.names)


@functools.lru_cache(maxsize=32)
def pushed(law, kernel):
    """Return a law of the pool behind a kernel."""
    return laws.GridDensity.of(LAWS[law]).through(KERNELS[kernel], **ACCURACY)


def renyi(order):
    """Return the Rényi divergence of an order."""
    return lambda p, q: vf.renyi(p, q, order)


DIVERGENCES = {
    "kl": (vf.kl, "KL"),
    "tv": (vf.total_variation, "TV"),
    "hellinger": (vf.hellinger, "Hellinger"),
    "renyi_half": (renyi(0.5), "The Rényi divergence of order ½"),
    "renyi": (renyi(2.0), "The Rényi divergence of order 2"),
    "chi2": (vf.chi2, "χ²"),
}

BOUNDED = ("tv", "hellinger")  # finite for all pairs
# ∫ p²/q asks for relative accuracy far out, which MALA's kernel with its kinks does not have
SQUARED, SMOOTH = ("renyi", "chi2"), ("ula", "exponential", "flow")


def before(divergence):
    """Return the observable divergence(p, q)."""
    return lambda pair, cell: divergence(*pair.before)


def after(divergence):
    """Return the observable divergence of p and q behind the kernel."""
    return lambda pair, cell: divergence(*pair.after)


def after_different(pair, cell):
    """TV after q has passed through a step of ULA towards another target."""
    return vf.total_variation(pair.after[0], laws.GridDensity.of(pair.before[1]).through(OTHER))


def moved(pair, cell):
    """max |p'/p − 1| at places, p' the law of MALA's own target p behind its kernel."""
    x = np.linspace(-2.5, 4.0, 53)[:, None]
    return float(np.abs(np.exp(pushed("own", "mala").log_density(x) - TARGET.log_density(x)) - 1).max())


def shrinks(name):
    """Return the claim that a divergence does not grow."""
    words = f"{DIVERGENCES[name][1]} of laws that are not Gaussian does not grow through a common kernel"
    where = {} if name in BOUNDED else {"pair": ALIKE}
    if name in SQUARED:
        where = where | {"kernel": SMOOTH}
    return claims.UpperBound(f"{name}_after", by=name, slack=ROUNDING, where=where, statement=words)


def unchanged(name, kernel, words):
    """Return the claim that a divergence is the same behind a kernel."""
    words = f"{DIVERGENCES[name][1]} is unchanged through {words}"
    where = {"kernel": kernel} | ({} if name in BOUNDED else {"pair": ALIKE})
    return claims.Identity(f"{name}_after", name, ROUNDING, relative=True, where=where, statement=words)


STUDY = vf.Study(
    name="beyond_gaussian/data_processing",
    question="Do divergences of laws that are not Gaussian shrink through a common kernel?",
    subject=Pair,
    sweep={
        "pair": vf.Budgeted(smoke=ALIKE[:2], ci=(*ALIKE, *UNLIKE), full=(*ALIKE, *UNLIKE)),
        "kernel": tuple(KERNELS),
    },
    observe={
        **{name: before(divergence) for name, (divergence, _) in DIVERGENCES.items()},
        **{f"{name}_after": after(divergence) for name, (divergence, _) in DIVERGENCES.items()},
        "tv_after_different": after_different,
        "moved": moved,
    },
    claims={
        "S3-11": [
            *map(shrinks, DIVERGENCES),
            claims.Identity(
                "moved", 0.0, ROUNDING, statement="A step of MALA, rejected moves included, leaves its target as it is"
            ),
            *(
                unchanged(name, "flow", "a step of the flow, which is one to one")
                for name in ("kl", "tv", "renyi_half")
            ),
            claims.NegativeControl(unchanged("kl", NOISY, "steps with noise")),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv_after_different",
                    by="tv",
                    slack=ROUNDING,
                    statement="TV does not grow through two different kernels",
                )
            ),
        ],
    },
    figures=[figures.Ladder(("tv_after", "tv"), where={"kernel": "exponential"})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
