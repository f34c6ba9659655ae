"""Level and Span: how noisy a state is, and from which noise level to which a sampler runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from verify import laws
from verify.errors import InvalidInput
from verify.laws.gaussian import GaussianLike


@dataclass(frozen=True)
class Level:
    """The noise level of x = alpha·x_0 + sigma·z, z standard normal; the data themselves are Level(1, 0).

    Variance exploding: alpha = 1. Variance preserving: alpha² + sigma² = 1. Flow matching: alpha = 1 − sigma.
    """

    alpha: float
    sigma: float

    def __post_init__(self) -> None:
        for name in ("alpha", "sigma"):
            value = float(getattr(self, name))
            object.__setattr__(self, name, value)
            if not (0 <= value < math.inf):
                raise InvalidInput(f"`{name}` of a Level must be finite and >= 0; got {value}.")
        if not (self.alpha or self.sigma):
            raise InvalidInput("a Level needs alpha > 0 or sigma > 0; got (0, 0).")

    def __str__(self) -> str:
        return f"(alpha {self.alpha:.6g}, sigma {self.sigma:.6g})"

    @classmethod
    def ou(cls, t: float) -> Level:
        """Return the level of dX = −X dt + √2 dB at time t: (e^{−t}, √(1 − e^{−2t}))."""
        return cls(math.exp(-t), math.sqrt(-math.expm1(-2 * t)))

    @classmethod
    def preserving(cls, alpha_bar: float) -> Level:
        """Return the variance-preserving level (√ᾱ, √(1 − ᾱ))."""
        return cls(math.sqrt(alpha_bar), math.sqrt(max(1 - alpha_bar, 0.0)))

    @property
    def prior(self) -> float:
        """The deviation that samplers take for pure noise here: sigma if alpha = 1, else √(alpha² + sigma²)."""
        return self.sigma if self.alpha == 1 else math.hypot(self.alpha, self.sigma)

    def law(self, data: GaussianLike) -> laws.Gaussian:
        """Return the law of alpha·x_0 + sigma·z for Gaussian data."""
        cov = self.alpha**2 * data.cov + self.sigma**2 * np.eye(data.dim)
        return laws.Gaussian(self.alpha * data.mean, cov)


DATA = Level(1.0, 0.0)


@dataclass(frozen=True)
class Span:
    """Where a run begins and ends.

    `start`: level of the first state; `prior`: standard deviation of the centred noise that is put there in practice
    (None: the exact law of that level). `stop`: level that the output claims to have. `jump`: level from which the
    last step returns E[x_0 | x] instead of going on to `stop`; None where there is no such step.
    """

    start: Level
    stop: Level = DATA
    prior: float | None = None
    jump: Level | None = None

    def first(self, data: GaussianLike) -> laws.Gaussian:
        """Return the exact law of the first state."""
        return self.start.law(data)

    def begun(self, data: GaussianLike) -> laws.Gaussian:
        """Return the law of the first state in practice: N(0, prior² I), or the exact one."""
        if self.prior is None:
            return self.first(data)
        return laws.Gaussian(np.zeros(data.dim), self.prior**2 * np.eye(data.dim))

    def goal(self, data: GaussianLike) -> laws.Gaussian:
        """Return what a run without discretisation error ends with: the law at `stop`, or E[x_0 | x] at `jump`.

        The posterior mean of Gaussian data has the law N(m, a²Σ(a²Σ + s² I)^{-1}Σ) for a jump from level (a, s).
        """
        if self.jump is None:
            return self.stop.law(data)
        noisy = self.jump.alpha**2 * data.cov + self.jump.sigma**2 * np.eye(data.dim)
        shrunk = self.jump.alpha**2 * data.cov @ np.linalg.solve(noisy, data.cov)
        return laws.Gaussian(data.mean, 0.5 * (shrunk + shrunk.T))
