"""What do noisy gradients cost, to a minimiser and to a sampler?

On quadratics everything is exact. A constant step leaves SGD a floor E|X − x*|² ∝ γ, a step ~ 1/k takes it away at
rate 1/k. SGLD turns gradient noise into temperature: its variance is (1 + γσ²/2)/(λ(1 − γλ/2)). Gradient descent and
ULA, the same without gradient noise, stand beside them.
"""

import math

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.samplers import SGD, SGLD, ULA, DecayingSGD, GradientDescent
from verify.targets import Gaussian

RATES = np.array([1.0, 4.0])  # precisions λ
TURN = np.array([[0.8, -0.6], [0.6, 0.8]])
MEAN = np.array([1.0, -2.0])
BEGIN = Gaussian(np.array([3.0, 3.0]), np.diag([0.5, 0.5])).law
NOISE = 3.0
MANY = 10**7  # steps to stationarity: mγN ≥ 1000
FINE = {"step": tuple(2.0**-k for k in range(5, 13))}
LATE = {"steps": tuple(2**k for k in range(9, 15))}
DECAY = 2.0  # γK of α_k = γ/(1 + k/K): above 1/(2m)
HALF_TIME = 8.0


class Biased(SGD):
    """SGD whose gradient estimates are off by a constant: to be refuted."""

    def step(self, k, x, noise):
        """Return x − γ(∇f(x) + σζ + 0.1)."""
        return super().step(k, x, noise) - 0.1 * self.step_size


class LoudGradient(SGLD):
    """SGLD with twice the variance in its gradients: to be refuted."""

    def step(self, k, x, noise):
        """Return x − γ(∇f(x) + √2 σζ) + √(2γ) ξ."""
        estimate = math.sqrt(2) * self.gradient_noise * noise.normal() - self.target.score(x)
        return x - self.step_size * estimate + math.sqrt(2 * self.step_size) * noise.normal()


def subject(step, steps):
    target = Gaussian.from_spectrum(MEAN, 1 / RATES, TURN)
    return {"target": target, "step": step, "steps": steps}


def chain(cls, problem, steps=None, **more):
    return cls(problem["target"], problem["step"], steps or problem["steps"], BEGIN, **more)


def distance(law):
    """E|X − x*|²."""
    return float(law.eigenvalues.sum() + (law.mean - MEAN) @ (law.mean - MEAN))


def squared(cls, steps=None, **more):
    """Return E|X − x*|² after the swept number of steps, or after many."""

    def measure(problem, cell):
        value = distance(chain(cls, problem, steps, **more).run())
        return vf.Estimate.exact(value, 1e-12 * value + 1e-300, least=0.0)

    return measure


def floor(problem, cell):
    """Σγσ²/(λ(2 − γλ))."""
    h = problem["step"]
    return float((h * NOISE**2 / (RATES * (2 - h * RATES))).sum())


def decaying(cls):
    """Return E|X_k − x*|² of a chain with α_k = c/(K + k), c = `DECAY`, whatever the swept step."""

    def measure(problem, cell):
        law = cls(
            problem["target"], DECAY / HALF_TIME, problem["steps"], BEGIN, gradient_noise=NOISE, half_time=HALF_TIME
        )
        return vf.Estimate.exact(distance(law.run()), 1e-9)

    return measure


def chung(problem, cell):
    """Σ(cσ)²/((2cλ − 1)k): the leading term for α_k ~ c/k (Chung, 1954)."""
    return float(((DECAY * NOISE) ** 2 / (2 * DECAY * RATES - 1)).sum()) / problem["steps"]


def variance_gap(cls):
    """Return the largest relative distance of the invariant variances from (1 + γσ²/2)/(λ(1 − γλ/2))."""

    def measure(problem, cell):
        law, h = chain(cls, problem, MANY, gradient_noise=NOISE).run(), problem["step"]
        want = np.sort((1 + h * NOISE**2 / 2) / (RATES * (1 - h * RATES / 2)))
        return vf.Estimate.exact(float(np.abs(np.sort(law.eigenvalues) / want - 1).max()), 1e-11, least=0.0)

    return measure


def w2(cls, **more):
    """Return W2 between the target and the invariant law."""

    def measure(problem, cell):
        return vf.wasserstein2(problem["target"], chain(cls, problem, MANY, **more).run())

    return measure


def descent_bound(problem, cell):
    """max|1 − γλ|^{2n} of the squared distance at the start, which has no variance here."""
    factor = float(np.abs(1 - problem["step"] * RATES).max())
    return factor ** (2 * problem["steps"]) * distance(BEGIN)


STUDY = vf.Study(
    name="langevin/stochastic_gradient",
    question="What do noisy gradients cost, to a minimiser and to a sampler?",
    subject=subject,
    sweep={
        "step": vf.Budgeted(
            smoke=tuple(2.0**-k for k in range(3, 9)),
            ci=tuple(2.0**-k for k in range(3, 11)),
            full=tuple(2.0**-k for k in range(2, 13)),
        ),
        "steps": vf.Budgeted(
            smoke=(1, 16, 128, *(2**k for k in range(9, 12))),
            ci=(1, 16, 128, *(2**k for k in range(9, 14))),
            full=tuple(2**k for k in range(15)),
        ),
    },
    observe={
        "descent": squared(GradientDescent),
        "descent_bound": descent_bound,
        "sgd_floor": squared(SGD, MANY, gradient_noise=NOISE),
        "biased_floor": squared(Biased, MANY, gradient_noise=NOISE),
        "floor": floor,
        "decaying": decaying(DecayingSGD),
        "chung": chung,
        "w2_sgld": w2(SGLD, gradient_noise=NOISE),
        "w2_ula": w2(ULA),
        "sgld_variance": variance_gap(SGLD),
        "loud_variance": variance_gap(LoudGradient),
    },
    claims={
        "S2-01": [
            claims.Identity(
                "sgd_floor", "floor", 1e-9, relative=True, statement="SGD with a constant step keeps Σγσ²/(λ(2 − γλ))"
            ),
            claims.Rate("sgd_floor", "step", 1.0, 0.05, where=FINE, statement="SGD's floor falls as the step"),
            claims.Rate("decaying", "steps", -1.0, 0.05, where=LATE, statement="With α_k ~ 1/k it falls as 1/k"),
            claims.Identity(
                "decaying",
                "chung",
                0.05,
                relative=True,
                where={"steps": (2**11,)},
                statement="With α_k ~ c/k it is Σ(cσ)²/((2cλ − 1)k) to leading order",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "biased_floor", "floor", 1e-9, relative=True, statement="A biased gradient leaves the same floor"
                )
            ),
            claims.NegativeControl(
                claims.Rate(
                    "biased_floor",
                    "step",
                    1.0,
                    0.05,
                    where=FINE,
                    statement="With a biased gradient the floor falls as γ",
                )
            ),
            claims.NegativeControl(
                claims.Rate("decaying", "steps", -0.5, 0.05, where=LATE, statement="With α_k ~ 1/k it falls as 1/√k")
            ),
        ],
        "S2-03": [
            claims.UpperBound(
                "descent",
                by="descent_bound",
                slack=1e-9,  # attained along the slowest direction
                axis="steps",
                where={"steps": (1, 16, 128)},  # later both sides underflow
                statement="Gradient descent contracts by max|1 − γλ| a step",
            ),
            claims.Rate(
                "w2_ula", "step", 1.0, 0.05, where=FINE, statement="Noisy descent with √(2γ) ξ samples, to order γ"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2_sgld",
                    "step",
                    0.5,
                    0.05,
                    where=FINE,
                    statement="Gradient noise costs a sampler √γ, as it does a minimiser",
                )
            ),
        ],
        "S4-04": [
            claims.Identity(
                "sgld_variance", 0.0, 1e-9, statement="SGLD's invariant variance is (1 + γσ²/2)/(λ(1 − γλ/2))"
            ),
            claims.Rate("w2_sgld", "step", 1.0, 0.1, where=FINE, statement="SGLD is biased by the order γ"),
            claims.NegativeControl(
                claims.Identity("loud_variance", 0.0, 1e-9, statement="So it is with gradients twice as noisy")
            ),
        ],
    },
    figures=[
        figures.Lines("step", ("sgd_floor", "biased_floor", "w2_sgld", "w2_ula"), where={"steps": 128}),
        figures.Lines("steps", ("descent", "decaying", "chung"), where={"step": 2.0**-8}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
