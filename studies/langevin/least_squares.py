"""Is the least-squares loss ½‖Ax − b‖² with A = Σ^{−1/2} and b = Σ^{−1/2}μ the potential of N(μ, Σ)?

The loss and its gradient Aᵀ(Ax − b) are formed from the symmetric root of Σ, the potential and its gradient by the
target; a step of gradient descent on the loss is compared with the running one. Differences are relative to the
largest value at 16 random places.
"""

from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, samplers, targets
from verify.cli import main_study
from verify.noise import Impulse
from verify.targets import gallery

PLACES = 16
CASES = {
    "narrow": gallery.narrow,
    "correlated": gallery.correlated,
    "skewed": gallery.skewed,
    "ill-conditioned": lambda: gallery.power_law(8, 1e4),
}
STEP = 0.1
ROUNDING = 1e4 * 10 * np.finfo(float).eps  # the largest condition number, times operations on vectors of eight


@dataclass(frozen=True, eq=False)
class Problem:
    """A Gaussian, the least-squares problem made from it, and places."""

    target: targets.Gaussian
    A: np.ndarray
    b: np.ndarray
    x: np.ndarray


def subject(target, root):
    """The problem with A = Σ^{−1/2}, or Σ⁻¹ where the root was forgotten, or with b = μ."""
    law = CASES[target]()
    values, basis = np.linalg.eigh(law.cov)
    A = basis @ np.diag(values ** (-1.0 if root == "forgotten" else -0.5)) @ basis.T
    b = law.mean if root == "not in b" else A @ law.mean
    return Problem(law, A, b, law.sample(PLACES, np.random.default_rng(PLACES)))


def relative(found, truth):
    """Return the largest difference over the largest value."""
    return float(np.abs(found - truth).max() / np.abs(truth).max())


def loss(problem, cell):
    """½‖Ax − b‖² less its value at the first place, against −log p less that."""
    found = 0.5 * ((problem.x @ problem.A.T - problem.b) ** 2).sum(axis=-1)
    truth = -problem.target.log_density(problem.x)
    return relative(found - found[0], truth - truth[0])


def slope(problem):
    """Return Aᵀ(Ax − b), (16, d)."""
    return (problem.x @ problem.A.T - problem.b) @ problem.A


def gradient(problem, cell):
    """Aᵀ(Ax − b) against −∇log p."""
    return relative(slope(problem), -problem.target.score(problem.x))


def step(problem, cell):
    """x − γAᵀ(Ax − b) against the running step of gradient descent, γ = 0.1 of the least variance."""
    size = STEP * float(problem.target.eigenvalues.min())
    ran = samplers.GradientDescent(problem.target, size, 1).step(0, problem.x, Impulse(problem.x))
    return relative(problem.x - size * slope(problem), ran)


def minimiser(problem, cell):
    """The least-squares solution against the mean, over the largest distance of a place from it."""
    found = np.linalg.lstsq(problem.A, problem.b, rcond=None)[0]
    return float(np.abs(found - problem.target.mean).max() / np.abs(problem.x - problem.target.mean).max())


OBSERVE = {
    "loss": (loss, "½‖Ax − b‖² is −log p up to a constant"),
    "gradient": (gradient, "Aᵀ(Ax − b) is −∇log p"),
    "step": (step, "Gradient descent on ½‖Ax − b‖² is that on the potential"),
    "minimiser": (minimiser, "The least-squares solution is μ"),
}


def same(column, words, root):
    """Return the claim that nothing but rounding is between the two sides."""
    return claims.Identity(column, 0.0, ROUNDING, where={"root": root}, statement=words)


STUDY = vf.Study(
    name="langevin/least_squares",
    question="Is the least-squares loss with A = Σ^{−1/2}, b = Σ^{−1/2}μ the potential of N(μ, Σ)?",
    subject=subject,
    sweep={"target": tuple(CASES), "root": ("right", "forgotten", "not in b")},
    observe={name: measure for name, (measure, _) in OBSERVE.items()},
    claims={
        "S2-04": [
            *(same(name, words, "right") for name, (_, words) in OBSERVE.items()),
            claims.NegativeControl(same("loss", "So it is with A = Σ⁻¹", "forgotten")),
            claims.NegativeControl(same("gradient", "So it is with b = μ", "not in b")),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
