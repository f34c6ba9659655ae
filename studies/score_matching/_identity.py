"""What the studies of losses share: laws on the line, fields that have nothing to do with them, and differences."""

import numpy as np

import verify as vf
from verify import matching
from verify.targets import Empirical, Gaussian, GaussianMixture

MIXTURE = GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5))
# Quadrature encloses each integral to 1e-12 of the size of its terms, below 100, and four of them meet
ROUNDING = 1e-9


def gaussian():
    """A shifted Gaussian of variance 0.4."""
    return Gaussian(np.array([0.7]), np.array([[0.4]]))


def atoms():
    """Three equal atoms, unevenly spaced."""
    return Empirical(np.array([-1.3, 0.2, 1.1]))


def affine():
    """−2(x − 0.3)."""
    return matching.Formula(lambda x: -2.0 * (x - 0.3), lambda x: np.full(x.shape[:-1], -2.0))


def wave():
    """sin 3x: the score of nothing here."""
    return matching.Formula(lambda x: np.sin(3.0 * x), lambda x: 3.0 * np.cos(3.0 * x[..., 0]))


def bend():
    """tanh 2x: the wrong way out."""
    return matching.Formula(lambda x: np.tanh(2.0 * x), lambda x: 2.0 / np.cosh(2.0 * x[..., 0]) ** 2)


def cosines():
    """Random cosines, fitted to the mixture at t = 0.2."""
    return matching.At(vf.scores.RandomFeatures(MIXTURE, count=16, width=0.7, seed=3), 0.2)


def bumps():
    """Gaussian bumps, fitted to the mixture at t = 0.2."""
    return matching.At(vf.scores.Radial(MIXTURE, centres=np.linspace(-3.0, 3.0, 9), width=0.7), 0.2)


def minus(left, right):
    """Return the difference of two enclosures."""
    value = left.value - right.value
    return vf.Estimate(value, min(left.low - right.high, value), max(left.high - right.low, value), 1.0, "quadrature")


def plus(left, right):
    """Return the sum of two enclosures."""
    return minus(left, vf.Estimate(-right.value, -right.high, -right.low, right.confidence, right.method))


def vertex(loss):
    """Return where a parabola through loss(−1), loss(0) and loss(1) is least."""
    left, middle, right = (loss(c) for c in (-1.0, 0.0, 1.0))
    return 0.5 * (left - right) / (left - 2 * middle + right)
