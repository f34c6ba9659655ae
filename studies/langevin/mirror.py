"""Does mirror Langevin sample targets between walls, and which noise does it need?

∇φ(x⁺) = ∇φ(x) − γ∇f(x) + √(2γ)(∇²φ(x))^{1/2} ξ, barriers φ on the half line and on (0, 1); φ = f is Newton–Langevin.
Invariant laws are exact up to quadrature: the step itself is run at every node, even in log x or log x/(1 − x). Of
Newton–Langevin f′ is an eigenfunction with the factor 1 − γ, for every target: the spectral gap is 1.
"""

import math
from dataclasses import dataclass

import numpy as np
from _lasso import gap

import verify as vf
from verify import claims, laws, observables, samplers
from verify.cli import main_study
from verify.report import figures
from verify.samplers import mirror_map
from verify.targets import Beta, Gamma

GAMMA, BETA, SKEWED = Gamma(3.0, 1.0), Beta(4.0, 3.0), Beta(2.5, 5.0)
CASES = {
    "gamma": (GAMMA, mirror_map.tamed_barrier(2.0, 1.0)),
    "beta": (BETA, mirror_map.interval_barrier()),
    "newton": (BETA, mirror_map.interval_barrier(3.0, 2.0)),
    "newton, skewed": (SKEWED, mirror_map.interval_barrier(1.5, 4.0)),
}
NEWTON = {"case": ("newton", "newton, skewed")}
LOGIT = mirror_map.binary_entropy()
STEPS = vf.Budgeted(
    smoke=(0.01, 0.005, 0.0025), ci=(0.02, 0.01, 0.005, 0.0025), full=(0.02, 0.01, 0.005, 0.0025, 0.001)
)
PARTICLES = vf.Budgeted(smoke=10_000, ci=20_000, full=200_000)
BENT = 0.25  # biases c₁γ + c₂γ² with c₂/c₁ up to 10, over steps up to 0.02
INSIDE = 6.0  # of ±12 in log x/(1 − x)
# the variance of f′ after a step is 2γ/x² and more near the walls: interpolated to 1e-5 of its size there
EIGEN = 1e-4
# standard errors of (x − m)²/v at 10,000 draws are 0.02, for the Gamma law 0.03
RESOLUTION = 0.2


class Euclidean(samplers.MirrorLangevin):
    """The same without √∇²φ: to be refuted."""

    def step(self, k, x, noise):
        """Return x_{k+1}."""
        h = self.step_size
        moved = self.mirror.gradient(x) + h * self.target.score(x) + math.sqrt(2 * h) * noise.normal()
        return self.mirror.inverse(moved)


@dataclass(frozen=True, eq=False)
class At:
    """A target between walls with a mirror map, at one step size."""

    case: str
    step: float

    @property
    def target(self):
        """π."""
        return CASES[self.case][0]

    def sampler(self, kind=samplers.MirrorLangevin, steps=1):
        """The sampler."""
        return kind(self.target, self.step, steps, mirror=CASES[self.case][1])

    def chain(self, kind=samplers.MirrorLangevin):
        """Its invariant law."""
        if self.target.support[1] == math.inf:
            return observables.LineChain(self.sampler(kind), -12.0, 4.5, 600, 200, place=np.exp, chart=np.log)
        place, chart = LOGIT.inverse, LOGIT.gradient
        return observables.LineChain(self.sampler(kind), -12.0, 12.0, 600, 200, place=place, chart=chart)


def subject(case, step):
    return At(case, step)


def variance_bias(kind):
    """Return the observable |Var X/v − 1|."""

    def measure(at, cell):
        chain = at.chain(kind)
        mean = chain.expectation(lambda x: x)
        return abs(chain.expectation(lambda x: (x - mean) ** 2) / at.target.variance.value - 1)

    return measure


def eigen_defect(factor):
    """Return ‖Pf′ − factor(γ)f′‖/‖f′‖ in L²(π), over nodes whose noise does not reach the ends."""

    def measure(at, cell):
        chain = at.chain()
        slope = at.target.slope(chain.states)
        moved = chain.kernel @ slope
        weight = np.where(np.abs(chain.grid) < INSIDE, np.maximum(chain.law, 0.0), 0.0)
        off = float(weight @ (moved - factor(at.step) * slope) ** 2)
        return math.sqrt(off / float(weight @ slope**2))

    return measure


def start(at, cell):
    seed = int(cell.rng.integers(2**31))
    return laws.Particles(at.target.sample(PARTICLES[cell.budget], cell.rng), seed)


def spread(at, points):
    """Return E(X − m)²/v − 1."""
    return gap((points[:, 0] - at.target.mean.value) ** 2 / at.target.variance.value, 1.0)


def particles(at, cell):
    """E(X − m)²/v − 1 after time 1 from exact draws."""
    return spread(at, at.sampler(steps=math.ceil(1 / at.step)).run(start(at, cell)).points)


def independent(at, cell):
    """The same of as many independent draws."""
    return spread(at, at.target.sample(PARTICLES[cell.budget], cell.rng))


def outside(kind):
    """Return the share of particles beyond the walls after one step, run from exact draws."""

    def measure(at, cell):
        chain = at.sampler() if kind == "mirror" else samplers.ULA(at.target, at.step, 1)
        points = chain.run(start(at, cell)).points
        return float(((points <= at.target.support[0]) | (points >= at.target.support[1])).mean())

    return measure


STUDY = vf.Study(
    name="langevin/mirror",
    question="Does mirror Langevin sample targets between walls, and which noise does it need?",
    subject=subject,
    sweep={"case": tuple(CASES), "step": STEPS},
    observe={
        "variance_bias": variance_bias(samplers.MirrorLangevin),
        "variance_bias_euclidean": variance_bias(Euclidean),
        "eigen_defect": eigen_defect(lambda h: 1 - h),
        "eigen_defect_twice": eigen_defect(lambda h: 1 - 2 * h),
        "particles": particles,
        "independent": independent,
        "outside": outside("mirror"),
        "outside_ula": outside("ula"),
    },
    claims={
        "S2-08": [
            claims.Rate("variance_bias", "step", 1.0, BENT, statement="The variance is right to order 1 in γ"),
            claims.NegativeControl(
                claims.Rate("variance_bias_euclidean", "step", 1.0, BENT, statement="So it is with Euclidean noise")
            ),
            claims.Identity(
                "eigen_defect",
                0.0,
                EIGEN,
                where=NEWTON,
                statement="φ = f: E[f′(x⁺) | x] = (1 − γ)f′(x), the spectral gap of Newton–Langevin is 1",
            ),
            claims.NegativeControl(
                claims.Identity("eigen_defect_twice", 0.0, EIGEN, where=NEWTON, statement="It is 2")
            ),
            claims.Identity("particles", 0.0, RESOLUTION, statement="Particles keep the variance for time 1"),
            claims.Identity("independent", 0.0, RESOLUTION, statement="Independent draws of the exact law: the null"),
            claims.Identity("outside", 0.0, 0.0, statement="No particle leaves the walls"),
            claims.NegativeControl(
                claims.Identity("outside_ula", 0.0, 0.0, where={"case": ("beta",)}, statement="None does under ULA")
            ),
        ],
    },
    figures=[figures.Lines("step", ("variance_bias", "variance_bias_euclidean"), within="case")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
