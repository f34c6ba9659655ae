"""Panels: Gauss–Legendre rules on the pieces of a line, with integrals up to and from every node.

A positive integrand that changes by at most a factor e or so on each panel keeps its relative accuracy however small it
is: sums over panels have terms of one sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from verify.backend import Array

ORDER = 20
LAST = 3  # coefficients by which resolution is judged


@lru_cache(maxsize=4)
def rule(order: int) -> tuple[Array, Array, Array]:
    """Return nodes and weights on [−1, 1], and the matrix of ∫_{−1}^{x_i} ℓ_j for the Lagrange polynomials ℓ_j."""
    x, w = np.polynomial.legendre.leggauss(order)
    # ℓ_j = w_j Σ_n (n + ½) P_n(x_j) P_n, and (2n + 1) ∫_{−1}^x P_n = P_{n+1}(x) − P_{n−1}(x)
    p = np.polynomial.legendre.legvander(x, order)
    anti = np.empty((order, order))
    anti[:, 0] = x + 1
    n = np.arange(1, order)
    anti[:, 1:] = (p[:, 2:] - p[:, :-2]) / (2 * n + 1)
    return x, w, (anti * (np.arange(order) + 0.5)) @ (p[:, :order] * w[:, None]).T


@lru_cache(maxsize=4)
def transform(order: int) -> tuple[Array, Array]:
    """Return the matrices from values at the nodes to Legendre coefficients and to derivatives on [−1, 1]."""
    x, w = np.polynomial.legendre.leggauss(order)
    p = np.polynomial.legendre.legvander(x, order - 1)
    # barycentric weights (−1)^j √((1 − x_j²) w_j); rows sum to zero, so that constants have no derivative at all
    lam = (-1.0) ** np.arange(order) * np.sqrt((1 - x * x) * w)
    slopes = (lam / lam[:, None]) / (np.subtract.outer(x, x) + np.eye(order))
    np.fill_diagonal(slopes, 0.0)
    np.fill_diagonal(slopes, -slopes.sum(axis=1))
    return (np.arange(order) + 0.5)[:, None] * p.T * w, slopes


def partial_integral(series: Array, t: Array) -> Array:
    """Return ∫_{−1}^t Σ_n c_n P_n for each row c of `series` and its own t."""
    # (2n + 1)∫_{−1}^t P_n = P_{n+1}(t) − P_{n−1}(t)
    basis = np.polynomial.legendre.legvander(t, series.shape[1])
    n = np.arange(1, series.shape[1])
    part = series[:, 0] * (basis[:, 1] + 1)
    return np.asarray(part + (series[:, 1:] * (basis[:, 2:] - basis[:, :-2]) / (2 * n + 1)).sum(axis=1))


@dataclass(frozen=True, eq=False)
class Panels:
    """Panels between `edges` (increasing), each with a rule of ORDER points; functions are arrays (panels, ORDER)."""

    edges: Array

    @property
    def half(self) -> Array:
        """Half the lengths, shape (panels, 1)."""
        return 0.5 * np.diff(self.edges)[:, None]

    @property
    def nodes(self) -> Array:
        """The nodes, shape (panels, ORDER)."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])[:, None] + self.half * rule(ORDER)[0]

    @property
    def weights(self) -> Array:
        """The weights, shape (panels, ORDER)."""
        return np.asarray(self.half * rule(ORDER)[1])

    def integral(self, f: Array) -> float:
        """Return ∫ f."""
        return float((self.half * f * rule(ORDER)[1]).sum())

    def up_to(self, f: Array) -> Array:
        """Return ∫_{left end}^{x} f at every node x."""
        whole = (self.half * f) @ rule(ORDER)[1]
        before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
        return np.asarray(before[:, None] + self.half * (f @ rule(ORDER)[2].T))

    def onwards(self, f: Array) -> Array:
        """Return ∫_x^{right end} f at every node x, summed from the right."""
        mirrored = Panels(-self.edges[::-1])
        return mirrored.up_to(f[::-1, ::-1])[::-1, ::-1]

    def derivative(self, f: Array) -> Array:
        """Return f′ at every node."""
        off = f - f.mean(axis=1, keepdims=True)  # a large constant would leave its rounding
        return np.asarray(off @ transform(ORDER)[1].T / self.half)

    def series(self, f: Array) -> Array:
        """Return the Legendre coefficients of f on every panel, shape (panels, ORDER)."""
        return np.asarray(f @ transform(ORDER)[0].T)

    def tails(self, f: Array) -> Array:
        """Return the size of the last coefficients of f on every panel: what the rule does not resolve."""
        return np.asarray(np.abs(self.series(f)[:, -LAST:]).max(axis=1))

    def located(self, x: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """Return the panel of every x and the place of x in it, from −1 to 1; the nearest panel for x outside."""
        index = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, self.edges.size - 2)
        low, high = self.edges[index], self.edges[index + 1]
        return index, (2 * x - low - high) / (high - low)

    def interpolated(self, f: Array, x: Array) -> Array:
        """Return f at every x of a vector."""
        index, place = self.located(x)
        basis = np.polynomial.legendre.legvander(np.clip(place, -1, 1), ORDER - 1)
        return np.asarray((basis * self.series(f)[index]).sum(axis=-1))

    def halved(self, which: npt.NDArray[np.bool_] | Array) -> Panels:
        """Return the panels with those where `which` is true cut in two."""
        middles = 0.5 * (self.edges[1:] + self.edges[:-1])[which]
        return Panels(np.sort(np.concatenate([self.edges, middles])))
