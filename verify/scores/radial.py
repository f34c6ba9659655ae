"""scores.Radial: ridge least squares on Gaussian bumps about chosen centres."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, namespace
from verify.errors import InvalidInput
from verify.scores.least_squares import LeastSquares
from verify.scores.smoothed import data


@dataclass(frozen=True, eq=False)
class Radial(LeastSquares):
    """Least squares with the radial basis functions (RBF) φ_m(x) = e^{−|x − c_m|²/2w²} (Broomhead, Lowe, 1988).

    `centres` c_m (M, d) and their `width` w; the affine features come beside them. Noise of variance σ² turns a bump
    into one of variance w² + σ², and the product of two bumps is a bump half-way.
    """

    _: KW_ONLY
    centres: npt.ArrayLike
    width: float = 1.0
    ridge: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "centres", data(self.centres, self.target.dim))
        if not 0 < self.width < math.inf:
            raise InvalidInput(f"`width` must be finite and > 0; got {self.width!r}.")

    def features(self, x: AnyArray) -> AnyArray:
        """Return φ(x), (…, d) -> (…, M)."""
        return namespace(x).exp(-self._squares(x) / (2 * self.width**2))

    def trace(self, x: AnyArray, coefficients: AnyArray) -> AnyArray:
        """Return −Σ_m φ_m(x) (x − c_m)·W_m/w², (…, d) -> (…)."""
        xp = namespace(x)
        along = x @ coefficients.T - xp.sum(like(self.centres, x) * coefficients, axis=-1)
        return -xp.sum(self.features(x) * along, axis=-1) / self.width**2

    def noised(self, centres: Array, weights: Array, variance: float) -> tuple[Array, Array, Array]:
        """Return averages over N(centres_i, variance·I), see the base class."""
        dim, own = centres.shape[1], self.width**2
        wide, twice = own + variance, own + 2 * variance
        squares, places = self._squares(centres), np.asarray(self.centres)
        values = (own / wide) ** (dim / 2) * np.exp(-squares / (2 * wide))
        shares = weights[:, None] * values
        slopes = (places * shares.sum(axis=0)[:, None] - shares.T @ centres) / wide
        # φ_jφ_k is a bump of variance w²/2 at (c_j + c_k)/2, of height e^{−|c_j − c_k|²/4w²}; the noise widens it to
        # w²/2 + σ², and |y − (c_j + c_k)/2|² = ½|y − c_j|² + ½|y − c_k|² − ¼|c_j − c_k|²
        half = np.exp(-squares / (2 * twice))
        apart = self._squares(places)
        height = (own / twice) ** (dim / 2) * np.exp(-0.25 * apart * (1 / own - 1 / twice))
        return values, slopes, height * ((half.T * weights) @ half)

    def _squares(self, x: AnyArray) -> AnyArray:
        """Return |x − c_m|², (…, d) -> (…, M), from differences: nothing cancels."""
        places = like(self.centres, x)
        return sum((x[..., i : i + 1] - places[:, i]) ** 2 for i in range(places.shape[1]))
