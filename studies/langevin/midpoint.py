"""How far is the randomised midpoint from its target, and which part of its randomness makes it so near?

X' = X − γ∇f(X_α) + √2 B_γ, X_α = X − αγ∇f(X) + √2 B_{αγ}, α ~ U(0, 1), is affine given α: on curvature λ, u = γλ, its
invariant variance is 1/(λ(1 − u³/(3(2 − 2u + u²)))), of the order γ³ where ULA's is of the order γ. Gain and noise are
read off the running step at Gauss's nodes of α; their squares are polynomials in α, so that the averages are exact.
With α = 1, or with fresh noise for the midpoint, the order is one again. Particles run the step as it is.
"""

import math

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.noise import Impulse
from verify.report import figures
from verify.samplers import ULA, RandomisedMidpoint
from verify.targets import Gaussian

RATE = 1.7  # λ
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
FINE = {"push": tuple(2.0**-k for k in range(4, 12))}
COARSE = {"push": (1.0,)}
PARTICLES = vf.Budgeted(smoke=100_000, ci=100_000, full=1_000_000)


class Given:
    """A noise source with a given α, and the normals of another."""

    def __init__(self, alpha, noise):
        self.alpha, self.normal = alpha, noise.normal

    def uniform(self, width=None):
        """Return α for one coordinate."""
        return np.array([self.alpha])


class AtTheEnd(RandomisedMidpoint):
    """The drift at the end of the step: α = 1, to be refuted."""

    def step(self, k, x, noise):
        """Return the next state, whatever α."""
        return super().step(k, x, Given(1.0, noise))


class Fresh(RandomisedMidpoint):
    """A midpoint that does not see the noise of its own step: to be refuted."""

    def step(self, k, x, noise):
        """Return X − γ∇f(X − αγ∇f(X)) + √(2γ) ξ."""
        middle = x + noise.uniform(1) * self.step_size * self.target.score(x)
        return x + self.step_size * self.target.score(middle) + math.sqrt(2 * self.step_size) * noise.normal()


def subject(push):
    return RandomisedMidpoint(Gaussian(np.array([0.8]), np.array([[1 / RATE]])), push / RATE, 60)


def averaged(chain):
    """Return E gain, E gain² and the noise's mean variance over α, from the running step."""
    centre, one = chain.target.mean, np.ones(1)
    gains, spreads = [], []
    for alpha in (1 + NODES) / 2:
        quiet = Impulse(centre)
        still = chain.step(0, centre, Given(alpha, quiet))
        gains.append((chain.step(0, centre + 1, Given(alpha, Impulse(centre))) - still)[0])
        moved = [chain.step(0, centre, Given(alpha, Impulse(centre, one, j))) - still for j in range(quiet.draws)]
        spreads.append(float(sum(m @ m for m in moved)))
    gains = np.array(gains)
    return (float(WEIGHTS @ part) / 2 for part in (gains, gains**2, np.array(spreads)))


def variance_bias(cls):
    """Return |λ·(invariant variance) − 1| of a chain."""

    def measure(chain, cell):
        _, square, noise = averaged(cls(chain.target, chain.step_size, 1))
        return vf.Estimate.exact(abs(RATE * noise / (1 - square) - 1), 1e-13, least=0.0)

    return measure


def ula_bias(chain, cell):
    """The same of ULA, by its exact law."""
    law = ULA(chain.target, chain.step_size, 10**7).run()
    return vf.Estimate.exact(abs(RATE * float(law.cov[0, 0]) - 1), 1e-12, least=0.0)


def closed_form(chain, cell):
    """u³/(3(2 − 2u + u²) − u³)."""
    u = RATE * chain.step_size
    return u**3 / (3 * (2 - 2 * u + u * u) - u**3)


def simulated(cls):
    """Return λ·variance of particles after 60 steps from the target, over its stationary value; 99.9 % interval."""

    def measure(chain, cell):
        if cell.point["push"] not in COARSE["push"]:
            return vf.Estimate.exact(1.0, 0.0)  # elsewhere the bias is below what particles show
        n = PARTICLES[cell.budget]
        start = laws.Particles.sampled(chain.target.law, n, int(cell.rng.integers(2**63)))
        runner = cls(chain.target, chain.step_size, chain.steps)
        square = (runner.run(start).points[:, 0] - chain.target.mean[0]) ** 2 * RATE / (1 + closed_form(chain, cell))
        mean, reach = float(square.mean()), 3.2905 * float(square.std()) / math.sqrt(n)
        return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")

    return measure


STUDY = vf.Study(
    name="langevin/midpoint",
    question="How far is the randomised midpoint from its target, and which part of its randomness makes it so near?",
    subject=subject,
    sweep={
        "push": vf.Budgeted(
            smoke=(1.0, *(2.0**-k for k in range(3, 8))),
            ci=tuple(2.0**-k for k in range(9)),
            full=tuple(2.0**-k for k in range(10)),
        )
    },
    observe={
        "bias": variance_bias(RandomisedMidpoint),
        "bias_end": variance_bias(AtTheEnd),
        "bias_fresh": variance_bias(Fresh),
        "bias_ula": ula_bias,
        "closed_form": closed_form,
        "simulated": simulated(RandomisedMidpoint),
        "simulated_fresh": simulated(Fresh),
    },
    claims={
        "midpoint": [
            claims.Identity(
                "bias", "closed_form", 1e-12, statement="The invariant variance is 1/(λ(1 − u³/(3(2 − 2u + u²))))"
            ),
            claims.Rate("bias", "push", 3.0, 0.1, where=FINE, statement="The randomised midpoint is biased by γ³"),
            claims.Rate("bias_ula", "push", 1.0, 0.05, where=FINE, statement="ULA is biased by γ"),
            claims.Identity(
                "simulated", 1.0, 0.05, where=COARSE, statement="Particles at u = 1 have the variance so found"
            ),
            claims.NegativeControl(
                claims.Rate("bias_end", "push", 3.0, 0.1, where=FINE, statement="With α = 1 it is biased by γ³, too")
            ),
            claims.NegativeControl(
                claims.Rate(
                    "bias_fresh", "push", 3.0, 0.1, where=FINE, statement="So it is where the midpoint has no noise"
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "simulated_fresh", 1.0, 0.05, where=COARSE, statement="Particles without noise at the midpoint, too"
                )
            ),
        ],
    },
    figures=[figures.Lines("push", ("bias", "bias_end", "bias_fresh", "bias_ula"))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
