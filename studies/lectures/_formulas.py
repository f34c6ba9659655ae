"""The numbers of the table of errata: each function returns (printed, corrected, truth)."""

import math
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

import verify as vf
from verify import bounds, laws, samplers, targets
from verify.processes import LangevinDiffusion
from verify.processes.generator import generator
from verify.targets import gallery

FOLDER = Path(__file__).resolve().parents[1]
STUDIES = {
    name: vf.Study.load(FOLDER / f"{name}.py")
    for name in (
        "langevin/kolmogorov",
        "langevin/preconditioning",
        "langevin/primal_dual",
        "langevin/proximal",
        "ou/change_of_measure",
        "ou/reversal",
    )
}
SMALL = 0.01  # the step of chains whose bias is proportional to it


class RootNoise(samplers.ULA):
    """x + η∇log π + √η ξ."""

    def step(self, k, x, noise):
        """Return x_{k+1}."""
        return x + self.step_size * self.target.score(x) + math.sqrt(self.step_size) * noise.normal()


class Uphill(samplers.ULA):
    """x − η∇log π + √(2η) ξ: the gradient's sign turned."""

    def step(self, k, x, noise):
        """Return x_{k+1}."""
        return x - self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()


class UphillRootNoise(samplers.ULA):
    """x − η∇log π + √η ξ: both."""

    def step(self, k, x, noise):
        """Return x_{k+1}."""
        return x - self.step_size * self.target.score(x) + math.sqrt(self.step_size) * noise.normal()


def spread(chain, target, time):
    """E(X − m)² of the first coordinate after a time, from a law that is off in mean and variance."""
    begin = laws.Gaussian(target.mean + 3, 4 * np.eye(target.dim))
    law = chain(target, SMALL, round(time / SMALL), begin).run()
    return float(law.cov[0, 0] + (law.mean[0] - target.mean[0]) ** 2)


def integral_metric():
    """∫|p − q| is the supremum over |f| ≤ 1, for N(±½, 1)."""
    p, q = (targets.Gaussian(np.array([m]), np.eye(1)) for m in (0.5, -0.5))
    tv = vf.total_variation(p, q).value
    truth = 2 * quad(lambda x: abs(norm.pdf(x, 0.5) - norm.pdf(x, -0.5)), 0, 40, epsabs=1e-13)[0]
    return tv, 2 * tv, truth


def gibbs():
    """log p(m + 1) − log p(m) of N(1, 2) as f(m) − f(m + 1)."""
    target = targets.Gaussian(np.ones(1), 2 * np.eye(1))
    there, here = (float(target.log_density(np.array([x]))) for x in (2.0, 1.0))
    return 1 / 2, -(1 / 2) / 2, there - here


def pushed():
    """Density at T(1, ½) of the image of N(0, I) under Tx = Ax, beside that of N(0, AA^T)."""
    A, x = np.array([[1.0, 0.5], [0.0, 2.0]]), np.array([1.0, 0.5])
    before = math.exp(float(laws.Gaussian.standard(2).log_density(x)))
    after = math.exp(float(laws.Gaussian(np.zeros(2), A @ A.T).log_density(A @ x)))
    inverse = np.linalg.inv(A)
    return before * np.linalg.norm(inverse, 2), before * abs(np.linalg.det(inverse)), after


def taylor():
    """lim (P_t g − g)(½)/t for g = x² on N(0, 1); extrapolated from two times. √t B_t has the variance t², not 2t."""
    diffusion, x, g = LangevinDiffusion(gallery.standard()), np.array([[0.5]]), lambda z: (z**2).sum(axis=-1)
    rate = [float((diffusion.semigroup(g, t)(x) - g(x))[0]) / t for t in (1e-4, 5e-5)]
    right, wrong = (float(generator(-x, 2 * x, np.array([lap]))[0]) for lap in (2.0, 0.0))
    return wrong, right, 2 * rate[1] - rate[0]


def measured(study, printed, corrected, truth, **point):
    """Return the columns of a study at one point; `truth` may be a number."""
    found = STUDIES[study]
    cell = vf.study.Cell(point, np.random.default_rng(0), "ci")
    subject = found.subject(**point)
    values = [found.observe[name](subject, cell) for name in (printed, corrected)]
    return *values, truth if isinstance(truth, float) else found.observe[truth](subject, cell)


def score_of_gaussian():
    """∇log p(3/2) of N(1, ¼) by differences; printed +Σ⁻¹(x − μ)."""
    target = targets.Gaussian(np.ones(1), 0.25 * np.eye(1))
    up, down = (float(target.log_density(np.array([1.5 + e]))) for e in (0.5, -0.5))
    return 2.0, float(target.score(np.array([1.5]))[0]), up - down


def climbed():
    """Distance to the mode of N(1, ¼) from 3/2 after 100 steps of 0.1 along the score and along its negative."""
    target = targets.Gaussian(np.ones(1), 0.25 * np.eye(1))
    ends = []
    for sign in (-1, 1):
        x = np.array([1.5])
        for _ in range(100):
            x = x + 0.1 * sign * target.score(x)
        ends.append(abs(float(x[0]) - 1))
    return *ends, 0.0


def from_a_point():
    """W2(δ_x R^n, π) on N(0, 1) from x = 10 after γn = 1 against bounds of the form e^{−mγn}(…) + bias."""
    gamma, n, x = 1e-3, 1000, 10.0
    chain = samplers.ULA(gallery.standard(), gamma, n, laws.Gaussian(np.array([x]), np.zeros((1, 1))))
    bias = bounds.langevin.ULAOrderHalf().terms(chain)["bias"]
    truth = vf.wasserstein2(chain.run(), chain.goal())
    return math.exp(-gamma * n) / math.sqrt(n) + bias, math.exp(-gamma * n) * (x + 1) + bias, truth


def score_size():
    """E|∇log π|² of N(0, I_3), by Gauss–Hermite quadrature; −E tr ∇²log π = 3, not almost zero."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    x = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1)
    share = np.prod(np.meshgrid(*[weights / weights.sum()] * 3, indexing="ij"), axis=0)
    target, step = gallery.standard(3), 1e-3
    here = target.log_density(x)
    bent = sum(target.log_density(x + e) + target.log_density(x - e) - 2 * here for e in step * np.eye(3)) / step**2
    return 0.0, -float((share * bent).sum()), float((share * (target.score(x) ** 2).sum(axis=-1)).sum())


def metropolis(step=0.5):
    """E y² after one step from N(0, 1) with y = x + η∇log p + √η ξ by quadrature: unadjusted, with the MH ratio."""
    x, w = np.polynomial.legendre.leggauss(400)
    x, w = 8 * x, 8 * w
    propose = norm.pdf(x[None, :], (1 - step) * x[:, None], math.sqrt(step))  # q(y|x), rows x
    weight = norm.pdf(x)[:, None] * propose * w[:, None] * w
    ratio = norm.pdf(x) * propose.T / np.maximum(norm.pdf(x)[:, None] * propose, 1e-300)
    change = x[None, :] ** 2 - x[:, None] ** 2
    return 1 + float((weight * change).sum()), 1 + float((weight * np.minimum(1, ratio) * change).sum()), 1.0


def coordinate(chain, target, time):
    """Return E(X − m)² of a chain where it should be the variance of the target, beside ULA's."""
    cov = target().cov[0, 0]
    return lambda: (spread(chain, target(), time), spread(samplers.ULA, target(), time), float(cov))
