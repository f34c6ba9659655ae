"""Gaussian targets with known difficulties, used by the studies: shifted, correlated, badly conditioned, degenerate."""

from __future__ import annotations

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.targets.gaussian import Gaussian


def correlated() -> Gaussian:
    """Return a shifted, correlated plane Gaussian; λ ≈ (0.439, 1.861), L ≈ 2.28."""
    return Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))


def narrow() -> Gaussian:
    """Return a shifted line Gaussian of variance 1/4, L = 4."""
    return Gaussian(np.array([0.75]), np.array([[0.25]]))


def wide() -> Gaussian:
    """Return a shifted line Gaussian of variance 4: its own Lipschitz constant 1/4 is below the path's L = 1."""
    return Gaussian(np.array([-1.5]), np.array([[4.0]]))


def standard(dim: int = 1) -> Gaussian:
    """Return γ = N(0, I_dim) as a target."""
    return Gaussian.from_spectrum(np.zeros(dim), np.ones(dim))


def skewed() -> Gaussian:
    """Return an axis-aligned Gaussian with λ = (0.3, 0.8, 3) and mean (1, −1, 0.5)."""
    return Gaussian.from_spectrum(np.array([1.0, -1.0, 0.5]), np.array([0.3, 0.8, 3.0]))


def flat(dim: int) -> Gaussian:
    """Return a rank-deficient Gaussian: half of its coordinates (rounded up) have variance zero."""
    values = np.where(np.arange(dim) < (dim + 1) // 2, 0.0, 1.5)
    return Gaussian.from_spectrum(np.linspace(-1, 1, dim) if dim > 1 else np.ones(1), values)


def power_law(dim: int, condition: float = 100.0, shift: float = 1.0) -> Gaussian:
    """Return a Gaussian whose spectrum falls as a power of the index from 1 to 1/`condition`, as for natural images.

    The mean has norm `shift`, spread evenly with alternating signs.
    """
    if dim < 1 or condition < 1:
        raise InvalidInput(f"`dim` and `condition` must be >= 1; got {dim} and {condition}.")
    index = np.arange(1.0, dim + 1)
    decay = np.log(condition) / np.log(dim) if dim > 1 else 0.0
    values: Array = index**-decay if dim > 1 else np.array([1 / condition])
    return Gaussian.from_spectrum(shift * (-1.0) ** index / np.sqrt(dim), values)


def two_scales(dim: int, condition: float = 10.0, shift: float = 1.0) -> Gaussian:
    """Return a Gaussian with half of its variances 1 and half 1/`condition`: both ends of the spectrum populated."""
    if dim < 1 or condition < 1:
        raise InvalidInput(f"`dim` and `condition` must be >= 1; got {dim} and {condition}.")
    values = np.where(np.arange(dim) % 2 == 0, 1 / condition, 1.0)
    return Gaussian.from_spectrum(np.full(dim, shift / np.sqrt(dim)), values)
