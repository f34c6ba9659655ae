"""scores.RandomFeatures: ridge least squares on cosines of random frequency."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy as np

from verify.backend import AnyArray, Array, like, namespace
from verify.errors import InvalidInput
from verify.scores.least_squares import LeastSquares


@dataclass(frozen=True, eq=False)
class RandomFeatures(LeastSquares):
    """Least squares with φ_m(x) = √(2/M) cos(ω_m·x + b_m), ω ~ N(0, I/`width`²), b uniform (Rahimi, Recht, 2007).

    `count` M features drawn from `seed`, beside the affine ones. E cos(ω·x̃ + b) = e^{−σ²|ω|²/2} cos(ω·E x̃ + b), and
    products of cosines are sums of cosines.
    """

    _: KW_ONLY
    count: int = 64
    width: float = 1.0
    seed: int = 0
    ridge: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1:
            raise InvalidInput(f"`count` must be a whole number >= 1; got {self.count!r}.")
        if not 0 < self.width < math.inf:
            raise InvalidInput(f"`width` must be finite and > 0; got {self.width!r}.")

    @cached_property
    def drawn(self) -> tuple[Array, Array]:
        """Frequencies (d, M) and phases (M,)."""
        rng = np.random.default_rng(self.seed)
        frequencies = rng.standard_normal((self.target.dim, self.count)) / self.width
        return frequencies, rng.uniform(0, 2 * math.pi, self.count)

    @property
    def amplitude(self) -> float:
        """√(2/M)."""
        return math.sqrt(2 / self.count)

    def features(self, x: AnyArray) -> AnyArray:
        """Return φ(x), (…, d) -> (…, M)."""
        return self.amplitude * namespace(x).cos(self._phase(x))

    def trace(self, x: AnyArray, coefficients: AnyArray) -> AnyArray:
        """Return −√(2/M) Σ_m sin(ω_m·x + b_m) ω_m·W_m, (…, d) -> (…)."""
        xp = namespace(x)
        along = xp.sum(like(self.drawn[0].T, x) * coefficients, axis=-1)
        return -self.amplitude * xp.sum(xp.sin(self._phase(x)) * along, axis=-1)

    def noised(self, centres: Array, weights: Array, variance: float) -> tuple[Array, Array, Array]:
        """Return averages over N(centres_i, variance·I), see the base class."""
        frequencies = self.drawn[0]
        phase = self._phase(centres)
        cos, sin = np.cos(phase), np.sin(phase)
        square = (frequencies**2).sum(axis=0)
        damped = self.amplitude * np.exp(-0.5 * variance * square)
        slopes = -(frequencies * (damped * (weights @ sin))).T
        even, odd = (cos.T * weights) @ cos, (sin.T * weights) @ sin
        inner = frequencies.T @ frequencies
        both = square[:, None] + square
        # cos A cos B = ½cos(A − B) + ½cos(A + B), each damped by its own frequency
        near, far = np.exp(-0.5 * variance * (both - 2 * inner)), np.exp(-0.5 * variance * (both + 2 * inner))
        return damped * cos, slopes, 0.5 * self.amplitude**2 * (near * (even + odd) + far * (even - odd))

    def _phase(self, x: AnyArray) -> AnyArray:
        return x @ like(self.drawn[0], x) + like(self.drawn[1], x)
