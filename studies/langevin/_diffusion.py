"""The Langevin diffusion of a Gaussian from one of two starts: what the studies of its laws and functions share."""

from dataclasses import dataclass

import numpy as np

from verify import laws
from verify.processes import LangevinDiffusion
from verify.targets import gallery

CASES = {"narrow": gallery.narrow, "correlated": gallery.correlated, "skewed": gallery.skewed}
# Gauss–Hermite sums of up to 16³ terms, and differences of numbers that are at most a hundred times larger
ROUNDING = 1e4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class At:
    """The diffusion from `start` at one time."""

    diffusion: LangevinDiffusion
    start: laws.Gaussian
    time: float

    @property
    def stationary(self):
        """N(m, Σ/β)."""
        return self.diffusion.stationary

    @property
    def gap(self):
        """1/λ_max, the strong convexity m of f."""
        return float(self.diffusion.rates.min())

    def law(self, time=None):
        """Law at `time`, None: at the time of this cell."""
        return self.diffusion.law(self.time if time is None else time, self.start)


def subject(target, inverse_temperature, start, time):
    """Start "shifted": along the slowest direction only; else also of another shape, with a finite χ²."""
    diffusion = LangevinDiffusion(CASES[target](), inverse_temperature)
    goal, dim = diffusion.stationary, diffusion.dim
    slowest = int(np.argmax(goal.eigenvalues))
    basis = np.eye(dim) if goal.eigenvectors is None else goal.eigenvectors
    if start == "shifted":
        return At(diffusion, laws.Gaussian(goal.mean + 0.8 * basis[:, slowest], goal.cov), time)
    square = np.diag(np.linspace(0.6, 1.5, dim)) if dim > 1 else np.array([[0.6]])  # below 2: χ² stays finite
    root = basis * np.sqrt(goal.eigenvalues)
    turn = np.eye(dim) + np.triu(np.full((dim, dim), 0.3), 1)
    turn, _ = np.linalg.qr(turn)
    cov = root @ turn @ square @ turn.T @ root.T
    return At(diffusion, laws.Gaussian(goal.mean + 0.5 * root.sum(axis=1), 0.5 * (cov + cov.T)), time)
