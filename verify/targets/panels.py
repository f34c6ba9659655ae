"""Panels: an interval cut where V turns, for integrals against e^{−V} and for exact draws from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate

EPS = float(np.finfo(float).eps)
DEPTH = 70.0  # the panels end where V stands this much above its minimum: e^{−70} ≈ 4e-31
PIECES = 64  # panels between two neighbouring break points
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)

Function = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Panels:
    """Neighbouring intervals with the ends `edges`, on each of which V is monotone and smooth; `least` is min V."""

    value: Function
    edges: Array
    least: float

    @classmethod
    def around(cls, value: Function, breaks: Array, support: tuple[float, float]) -> Panels:
        """Return panels that reach beyond the `breaks` (turning points, kinks) to depth 70 or the support's end."""
        least = float(value(breaks).min())
        ends = [_reach(value, breaks[0], support[0], least), *breaks, _reach(value, breaks[-1], support[1], least)]
        ends = sorted(set(ends))
        cuts = [np.linspace(a, b, PIECES, endpoint=False) for a, b in pairwise(ends)]
        return cls(value, np.append(np.concatenate(cuts), ends[-1]), least)

    def integral(self, g: Function) -> Estimate:
        """Return ∫ g e^{−(V − min V)} dx by 16-point Gauss rules; the error is the change on halving panels."""
        coarse, _ = self._rule(g, self.edges)
        fine, size = self._rule(g, np.sort(np.concatenate([self.edges, 0.5 * (self.edges[1:] + self.edges[:-1])])))
        # V itself is rounded to ε|V| and more where its terms are large
        return Estimate.exact(fine, abs(fine - coarse) + 64 * EPS * (1 + abs(self.least)) * size, "quadrature")

    def _rule(self, g: Function, edges: Array) -> tuple[float, float]:
        """Return ∫ g e^{−V} and ∫ |g| e^{−V}."""
        half = 0.5 * (edges[1:] - edges[:-1])[:, None]
        x = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * _NODES
        terms = g(x) * np.exp(self.least - self.value(x)) * half * _WEIGHTS
        return float(terms.sum()), float(np.abs(terms).sum())

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws of e^{−V}/Z, shape (n,): rejection from the panel-wise constant envelope.

        V is monotone on a panel, so the envelope is e^{−V} at its lower end; nine draws of ten are accepted. What lies
        outside the panels, 1e-30 of the mass, is never drawn.
        """
        low = self.value(self.edges)
        floor = np.minimum(low[1:], low[:-1])
        mass = (self.edges[1:] - self.edges[:-1]) * np.exp(self.least - floor)
        share, drawn, have = np.cumsum(mass) / mass.sum(), [np.empty(0)], 0
        while have < n:
            size = 16 + int(1.3 * (n - have))
            panel = np.minimum(np.searchsorted(share, rng.random(size), side="right"), mass.size - 1)
            x = self.edges[panel] + rng.random(size) * (self.edges[panel + 1] - self.edges[panel])
            kept = x[rng.random(size) < np.exp(floor[panel] - self.value(x))]
            drawn.append(kept)
            have += kept.size
        return np.concatenate(drawn)[:n]


def _reach(value: Function, start: float, end: float, least: float) -> float:
    """Return a place between `start` and `end` where V has climbed to the depth, or `end` where it never does."""
    towards = math.copysign(1.0, end - start)
    step = 1e-9 * (1 + abs(start))
    while step < 1e12 and abs(end - start) > step:
        place = start + towards * step
        if float(value(np.array(place))) - least > DEPTH:
            return place
        step *= 1.5
    if math.isinf(end):
        raise InvalidInput("the potential does not grow: there is no law with this density.")
    return end
