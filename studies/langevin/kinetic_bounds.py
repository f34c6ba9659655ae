"""Do the theorems on kinetic (underdamped) Langevin hold on random Gaussian problems, and how close do they come?

The contraction is about the diffusion, in the norm √(|x|² + |x + v|²): it is compared with `Exact`, the diffusion seen
every h. The convergence of the positions (Dalalyan, Riou-Durand, 2020) and the count of Cheng et al. (2018) are about
the exponential Euler scheme. A problem is a Gaussian with d ≤ 20, κ ≤ 100 and any mean and basis.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import _gaussian as gaussian
import numpy as np

import verify as vf
from verify import claims, laws, samplers
from verify.bounds import langevin as bounds
from verify.bounds.langevin import phase
from verify.cli import main_study
from verify.samplers.kinetic import KineticSampler, halves, stacked

ROUNDING = 1e-7  # both sides of the contraction are equal for a shift in the right direction


@dataclass(frozen=True, eq=False)
class Exact(KineticSampler):
    """The kinetic Langevin diffusion on a Gaussian target, watched every h."""

    order = None

    @cached_property
    def _maps(self):
        """Gain and root of the noise covariance of every eigenvalue, each (d, 2, 2)."""
        rates = 1 / self.target.eigenvalues
        pairs = [phase.transition(rate, self.friction, self.inverse_mass, self.step_size) for rate in rates]
        return np.array([gain for gain, _ in pairs]), np.array([_root(spread) for _, spread in pairs])

    def step(self, k, x, noise):
        turn = np.eye(self.dim // 2) if self.target.eigenvectors is None else self.target.eigenvectors
        (place, speed), (first, second) = halves(x), halves(noise.normal())
        z, w, (gain, root) = (place - self.target.mean) @ turn, speed @ turn, self._maps
        first, second = first @ turn, second @ turn
        new = [gain[:, i, 0] * z + gain[:, i, 1] * w + root[:, i, 0] * first + root[:, i, 1] * second for i in range(2)]
        return stacked(self.target.mean + new[0] @ turn.T, new[1] @ turn.T)


def _root(spread):
    values, vectors = np.linalg.eigh(spread)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def subject(scheme, problem):
    """Return a random chain: `exact` the diffusion, `euler` with u = 1 from V ~ N(0, I), `counted` with u = 1/L."""
    rng = np.random.default_rng([2020, problem])
    dim = round(10 ** rng.uniform(0, 1.3))
    kappa = 1.0 if dim == 1 else 10 ** rng.uniform(0, 2)
    smoothness = 10 ** rng.uniform(-1, 1)
    if problem == 0:  # a far start along the slow direction: the contraction is nearly attained
        dim, kappa, smoothness = 2, 100.0, 1.0
    m = smoothness / kappa
    target = gaussian.target(rng, gaussian.spectrum(rng, dim, kappa, smoothness))
    offset = gaussian.shift(rng, dim, m) if problem else np.array([0.0, 1e3])
    if target.eigenvectors is not None:
        offset = target.eigenvectors @ offset
    mean = np.concatenate([target.mean + offset, np.zeros(dim)])
    if scheme == "exact":
        mass = (1 / smoothness, 4 / (m + smoothness), rng.uniform(0.1, 3.9) / smoothness)[problem % 3]
        begin = laws.Gaussian(mean, np.zeros((2 * dim, 2 * dim)))
        step, steps = (10 ** rng.uniform(-2, 0), int(10 ** rng.uniform(0, 2))) if problem else (1.0, 400)
        return Exact(target, step, steps, begin, 2.0, mass)
    if scheme == "counted":
        root = math.sqrt(dim / m + float(offset @ offset))
        accuracy = root * 10 ** -rng.uniform(0, 2)
        steps = max(208 * kappa**2 / accuracy * root, 2 * kappa) * math.log(24 * root**2 / accuracy)
        begin = laws.Gaussian(mean, np.zeros((2 * dim, 2 * dim)))
        step = min(accuracy / (104 * kappa * root), 1.0)
        return samplers.KineticExponentialEuler(target, step, math.ceil(max(steps, 1)), begin, 2.0, 1 / smoothness)
    friction = math.sqrt(m + smoothness) * 10 ** rng.uniform(0, 0.5)
    step = m / (4 * friction * smoothness) * 10 ** -rng.uniform(0, 2)
    spread = np.concatenate([np.full(dim, 10 ** rng.uniform(-1, 1) / smoothness), np.ones(dim)])
    begin = laws.Gaussian(mean, np.diag(spread))
    return samplers.KineticExponentialEuler(target, step, int(10 ** rng.uniform(0, 5)), begin, friction, 1.0)


def distance(view):
    def measure(sampler, cell):
        return vf.wasserstein2(view(sampler.run()), view(sampler.goal()))

    return measure


def faster(bound):
    """Return the observable "the bound with a rate that is 1.05 times as large"; no say where it has none."""

    def measure(sampler, cell):
        if bound.failed_assumptions(sampler):
            return math.inf
        q = bound.quantities(sampler)
        first = bound.terms(sampler)["contraction"]
        start = q["start_twisted_w2"]
        return start * (first / start) ** 1.05

    return measure


def times(bound, factor):
    def measure(sampler, cell):
        return math.inf if bound.failed_assumptions(sampler) else factor * bound(sampler)

    return measure


def claimed(column, bound, error, scheme, control, words):
    where = {"scheme": scheme}
    wrong = claims.UpperBound(error, by=control, where=where, statement=f"{bound.statement}, {words}")
    return [
        claims.UpperBound(error, by=column, slack=ROUNDING, where=where, statement=bound.statement),
        claims.NegativeControl(wrong),
    ]


CONTRACTION, CHENG = bounds.KineticContraction(), bounds.Cheng2018Theorem5()
COUNT, POSITION = bounds.Cheng2018Theorem1(), bounds.Dalalyan2020Kinetic()

STUDY = vf.Study(
    name="langevin/kinetic_bounds",
    question="Do the theorems on kinetic Langevin hold on random Gaussian problems, and how close do they come?",
    subject=subject,
    sweep={
        "scheme": ("exact", "euler", "counted"),
        "problem": vf.Budgeted(smoke=tuple(range(24)), ci=tuple(range(120)), full=tuple(range(1000))),
    },
    observe={
        "twisted_w2": distance(phase.twisted),
        "position_w2": distance(phase.positions),
        "w2": distance(lambda law: law),
        "contraction": CONTRACTION,
        "contraction_wrong": faster(CONTRACTION),
        "cheng": CHENG,
        "cheng_wrong": faster(CHENG),
        "position": POSITION,
        "position_wrong": times(POSITION, 0.5),
        "count": COUNT,
        "count_wrong": times(COUNT, 1e-4),
    },
    claims={
        "K-W2": claimed("contraction", CONTRACTION, "twisted_w2", "exact", "contraction_wrong", "a rate larger by 5 %"),
        "K-Cheng5": claimed("cheng", CHENG, "twisted_w2", "exact", "cheng_wrong", "a rate larger by 5 %"),
        "K-DRD": claimed("position", POSITION, "position_w2", "euler", "position_wrong", "times ½"),
        "K-Cheng1": claimed("count", COUNT, "w2", "counted", "count_wrong", "times 10⁻⁴"),
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
