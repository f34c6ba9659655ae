"""What is annealed Langevin with one step per level: a denoising chain, and how does it compare with DDPM?

Geometric levels from σ = 6 to 0.2 in L steps, begun at the data blurred by 6. With ε_i = σ_i² − σ_{i+1}², a constant
share of σ_i², a step of annealed Langevin is x + ½ε_i s_i + √ε_i z. That is the denoising step with *half* its drift:
x + ε_i s_i + √ε_i z, the reversed diffusion of variance-exploding noise, errs by O(1/L), and in the units
e^{−t}x, e^{2t} = 1 + σ², it is DDPM but for the factor e^{−h} of DDPM's noise.

With half the drift the error stays. As L → ∞ the variance v on N(μ, λ) obeys (λ + u)w′ = −1 for w = v/(λ + u) as a
function of u = σ²: it ends too large by the factor 1 + log((λ + σ_1²)/(λ + σ_end²)). Only more Langevin per level
helps: with ε_i = rσ_i² the law lags behind by O(1/rL) and the steps' bias is O(r): r = L^{−1/2} leaves O(L^{−1/2}).
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.noise import Impulse
from verify.report import figures
from verify.samplers import AnnealedLangevin
from verify.samplers.noise_levels import geometric_levels
from verify.targets import GaussianMixture, convolved, gallery

FIRST, END = 6.0, 0.2
TARGETS = {
    "gaussian": gallery.narrow(),
    "mixture": GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5)),
}
ACCURACY = {"width": 5.0, "tail": 1e-13}  # of a grid law: TV to 1e-8
FEW = vf.Budgeted(smoke=(8, 16, 32), ci=(8, 16, 32, 64), full=(8, 16, 32, 64, 128))  # levels on the mixture
MANY = vf.Budgeted(
    smoke=(256, 512, 1024, 8192, 16384, 32768),
    ci=(256, 512, 1024, 2048, 8192, 16384, 32768),
    full=(256, 512, 1024, 2048, 8192, 16384, 32768, 65536),
)
LARGE = (8192, 16384, 32768)
# From 256 levels on two slopes of TV and W2 differ by O(1/256), from 8 on by O(1/8); the slope with r = L^{−1/2} by
# O(L^{−1/2}) times the constant 2 log(σ_1/σ_end) = 7: by 0.08 at 8192
FINE, ROUGH, SLOW = 0.02, 0.125, 0.08
# Richardson's rest is O(1/L²) times log³ = 40 or so
LIMIT = 1e-5
# Numbers below 100 formed twice, and σ_L² − σ_end², of whose digits a factor L/7 cancels: 1e-12 at 32,768 levels
STEPWISE = 1e-11
CHAINS = ("denoising", "half drift", "small steps")


class Twice(scores.Exact):
    """Twice the score: the drift of the reversed diffusion in place of Langevin's."""

    def __call__(self, x, t):
        return 2 * super().__call__(x, t)


@dataclass(frozen=True, eq=False)
class Chain:
    """One step at each of so many levels."""

    target: object
    kind: str
    count: int

    @property
    def sigmas(self):
        """σ_1, …, σ_{L+1}."""
        return geometric_levels(FIRST, END, self.count + 1)

    @property
    def sampler(self):
        """The running chain."""
        levels = self.sigmas[:-1]
        size = levels[-1] ** 2 - END**2
        if self.kind == "small steps":
            size = levels[-1] ** 2 / self.count**0.5
        score = Twice if self.kind == "denoising" else scores.Exact
        begin = convolved(self.target, FIRST)
        return AnnealedLangevin(score(self.target), levels, size, 1, getattr(begin, "law", begin))

    @property
    def law(self):
        """The law at the end."""
        if self.is_gaussian:
            return self.sampler.run()
        law = laws.GridDensity.of(self.sampler.start())
        return law.through(self.sampler, **ACCURACY)

    @property
    def is_gaussian(self):
        """True for Gaussian data."""
        return not isinstance(self.target, GaussianMixture)

    @property
    def goal(self):
        """The data blurred by the noise that is left."""
        return convolved(self.target, END)


def subject(target, chain, levels):
    return Chain(TARGETS[target], chain, levels)


def to_goal(divergence):
    """Return the observable divergence(goal, law)."""

    def measure(chain, cell):
        return divergence(chain.goal, chain.law)

    return measure


def excess(chain, cell):
    """The factor by which the variance on Gaussian data is too large, extrapolated to L → ∞ from L and 2L."""
    if not chain.is_gaussian:
        return 1.0
    fine = Chain(chain.target, chain.kind, 2 * chain.count)
    return float((2 * fine.law.cov[0, 0] - chain.law.cov[0, 0]) / chain.goal.cov[0, 0])


def excess_formula(chain, cell):
    """1 + log((λ + σ_1²)/(λ + σ_end²))."""
    wide, last = (float(convolved(chain.target, sigma).cov[0, 0]) for sigma in (FIRST, END))
    return 1 + math.log(wide / last)


def ddpm_gap(what):
    """Return the largest relative difference over steps between this chain and DDPM in its units, without noise.

    With `what` "noise": between their noises, DDPM's divided by e^{−h}.
    """

    def measure(chain, cell):
        times = 0.5 * np.log1p(chain.sigmas**2)
        ddpm = samplers.DDPM(scores.Exact(chain.target), vf.TimeGrid(times))
        x, gaps = np.linspace(-4.1, 3.7, 7)[:, None], []
        for k in range(0, chain.count, max(1, chain.count // 16)):
            now, then = math.exp(times[k]), math.exp(times[k + 1])
            ours, theirs = chain.sampler.step(k, now * x, Impulse(x)), then * ddpm.step(k, x, Impulse(x))
            if what == "noise":
                one = np.ones_like(x)
                ours = chain.sampler.step(k, now * x, Impulse(x, one)) - ours
                theirs = (then * ddpm.step(k, x, Impulse(x, one)) - theirs) * now / then
            gaps.append(float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
        return max(gaps)

    return measure


def rate(column, exponent, margin, words, **where):
    """Return the claim that a divergence goes as a power of the number of levels."""
    return claims.Rate(column, "levels", exponent, margin, where=where, statement=words)


def vanishes(column, words, **where):
    """Return the claim that a gap is zero."""
    return claims.Identity(column, 0.0, STEPWISE, where=where, statement=words)


def only(target, chain, levels):
    """Leave out what takes long and says nothing new."""
    if target == "mixture":
        return levels < 256 and chain == "denoising"
    return levels >= 256


GAUSS, MIX = {"target": "gaussian", "chain": "denoising"}, {"target": "mixture", "chain": "denoising"}
STUDY = vf.Study(
    name="annealing/one_step_per_level",
    question="What is annealed Langevin with one step per level: a denoising chain, and how does it compare with DDPM?",
    subject=subject,
    sweep={
        "target": tuple(TARGETS),
        "chain": CHAINS,
        "levels": vf.Budgeted(**{b: (*FEW[b], *MANY[b]) for b in ("smoke", "ci", "full")}),
    },
    only=only,
    observe={
        "kl": to_goal(vf.kl),
        "tv": to_goal(vf.total_variation),
        "w2": to_goal(vf.wasserstein2),
        "excess": excess,
        "excess_formula": excess_formula,
        "ddpm_drift": ddpm_gap("drift"),
        "ddpm_noise": ddpm_gap("noise"),
    },
    claims={
        "S2-21": [
            vanishes("ddpm_drift", "The denoising step x + (σ_i² − σ_{i+1}²)s_i is that of DDPM", chain="denoising"),
            vanishes(
                "ddpm_noise",
                "The noise of the denoising step, √(σ_i² − σ_{i+1}²) z, is that of DDPM divided by e^{−h}",
                chain="denoising",
            ),
            rate("kl", -2.0, FINE, "KL of the denoising chain falls as 1/L² on a Gaussian", **GAUSS),
            rate("tv", -1.0, FINE, "TV of the denoising chain falls as 1/L on a Gaussian", **GAUSS),
            rate("w2", -1.0, FINE, "W2 of the denoising chain falls as 1/L on a Gaussian", **GAUSS),
            rate("kl", -2.0, 2 * ROUGH, "KL of the denoising chain falls as 1/L² on two modes", **MIX),
            rate("tv", -1.0, ROUGH, "TV of the denoising chain falls as 1/L on two modes", **MIX),
            rate("w2", -1.0, ROUGH, "W2 of the denoising chain falls as 1/L on two modes", **MIX),
            claims.Identity(
                "excess",
                "excess_formula",
                LIMIT,
                where={"chain": "half drift", "levels": LARGE},
                statement="With ½ε_i for ε_i the variance ends too large by 1 + log((λ + σ_1²)/(λ + σ_end²)) as L → ∞",
            ),
            rate(
                "tv",
                -0.5,
                SLOW,
                "Annealed Langevin, one step a level, ε_i = σ_i²/√L: TV falls as L^{−1/2}",
                chain="small steps",
                levels=LARGE,
            ),
            claims.NegativeControl(
                vanishes(
                    "ddpm_drift",
                    "A step of annealed Langevin with ε_i = σ_i² − σ_{i+1}² is that of DDPM",
                    chain="half drift",
                )
            ),
            claims.NegativeControl(
                rate(
                    "tv", -1.0, FINE, "With ½ε_i for ε_i in the denoising chain its TV falls as 1/L", chain="half drift"
                )
            ),
            claims.NegativeControl(
                rate(
                    "tv",
                    -1.0,
                    SLOW,
                    "Annealed Langevin, one step a level, ε_i = σ_i²/√L: TV falls as 1/L",
                    chain="small steps",
                    levels=LARGE,
                )
            ),
        ],
    },
    figures=[
        figures.Lines("levels", ("tv", "w2"), within="chain", where={"target": "gaussian"}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
