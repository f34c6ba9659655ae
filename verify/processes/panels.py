"""Panels: Gauss–Legendre rules on the pieces of a line, with integrals up to and from every node.

A positive integrand that changes by at most a factor e or so on each panel keeps its relative accuracy however small it
is: sums over panels have terms of one sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from verify.backend import Array
from verify.errors import InvalidInput

ORDER = 20
FARTHEST = 1e12  # a potential that is still low out here confines nothing


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


def panels(value: Callable[[Array], Array], turns: Array, cut: float, change: float) -> Panels:
    """Return panels over {value ≤ min + `cut`}, split at `turns` and until `value` changes by ≤ `change` on each.

    `turns` are the critical points of `value`, which is monotone between them and increases outwards beyond them.
    """
    level = float(value(turns).min()) + cut
    ends = [_end(value, float(turns[0]), -1.0, level), _end(value, float(turns[-1]), 1.0, level)]
    edges = np.concatenate([ends[:1], turns, ends[1:]])
    for _ in range(60):
        heights = value(edges)
        steep = np.abs(np.diff(heights)) > change
        if not steep.any():
            return Panels(edges)
        middles = 0.5 * (edges[1:] + edges[:-1])[steep]
        edges = np.sort(np.concatenate([edges, middles]))
    raise InvalidInput("the potential is too steep for panels.")


def _end(value: Callable[[Array], Array], start: float, side: float, level: float) -> float:
    reach = 1.0
    while not float(value(np.array(start + side * reach))) >= level:
        reach *= 2
        if reach > FARTHEST:
            raise InvalidInput("the potential must grow without bound on both sides.")
    inner = 0.0
    return start + side * float(brentq(lambda r: float(value(np.array(start + side * r))) - level, inner, reach))
