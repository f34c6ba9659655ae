"""LineChain: expectations under the invariant law of any smooth chain on the line, free of sampling noise.

The step itself is run at every node for every value of its noise, so that Pg(x) = E g(step(x, ξ)) is a matrix: the
trapezoid rule in ξ, six-point Lagrange interpolation between nodes. Its left null vector gives π_γ g, atoms and all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, InvalidInput, NotApplicable

REACH = 8.5  # of the noise: what lies beyond has probability 2e-17
POINTS = 6  # of the interpolation

Map = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class LineChain:
    """`sampler`, one-dimensional, on `nodes` points of [low, high] in the coordinate u with x = `place(u)`.

    `chart` is the inverse of `place`; both None: u = x. States that leave [low, high] are put on its ends, so choose it
    wide. The step draws one normal; `draws` values of it are tried: more where the step has kinks.
    """

    sampler: Any
    low: float
    high: float
    nodes: int = 400
    draws: int = 400
    place: Map | None = None
    chart: Map | None = None

    def __post_init__(self) -> None:
        if self.sampler.dim != 1:
            raise NotApplicable(f"LineChain needs d = 1; got d = {self.sampler.dim}.")
        if not (self.low < self.high and self.nodes > POINTS and self.draws > 1):
            raise InvalidInput(f"LineChain needs low < high, nodes > {POINTS} and draws > 1.")

    @cached_property
    def grid(self) -> Array:
        """The nodes in u."""
        return np.linspace(self.low, self.high, self.nodes)

    @cached_property
    def states(self) -> Array:
        """The nodes in x."""
        return self.grid if self.place is None else self.place(self.grid)

    @cached_property
    def kernel(self) -> Array:
        """P, shape (nodes, nodes): (Pg)(x_i) = Σ_j P_ij g(x_j)."""
        z = np.linspace(-REACH, REACH, self.draws)
        weights = np.exp(-0.5 * z * z)
        weights = weights / weights.sum()
        x, xi = (a.reshape(-1, 1) for a in np.broadcast_arrays(self.states[:, None], z))
        with np.errstate(all="ignore"):
            after = np.asarray(self.sampler.step(0, x, _Given(xi)))[:, 0]
            u = np.clip(after if self.chart is None else self.chart(after), self.low, self.high)
        if np.isnan(u).any():
            raise Diverged("the step leads from the nodes to where there is no state.")
        position = (u - self.low) / (self.high - self.low) * (self.nodes - 1)
        first = np.clip(np.floor(position).astype(int) - POINTS // 2 + 1, 0, self.nodes - POINTS)
        row = np.repeat(np.arange(self.nodes), self.draws) * self.nodes
        share, total = np.tile(weights, self.nodes), np.zeros(self.nodes**2)
        for j, basis in enumerate(_lagrange(position - first)):
            total += np.bincount(row + first + j, share * basis, minlength=total.size)
        return total.reshape(self.nodes, self.nodes)

    @cached_property
    def law(self) -> Array:
        """The weights p with p P = p and Σp = 1: E g = Σ_i p_i g(x_i)."""
        matrix = self.kernel.T - np.eye(self.nodes)
        matrix[-1] = 1.0
        return np.linalg.solve(matrix, np.eye(self.nodes)[-1])

    def expectation(self, g: Map) -> float:
        """Return ∫ g dπ_γ."""
        return float(self.law @ g(self.states))


@dataclass(frozen=True)
class _Given:
    values: Array

    def normal(self) -> Array:
        return self.values

    def uniform(self, width: int | None = None) -> Array:
        raise NotApplicable("LineChain takes steps that draw one normal; this one draws uniforms.")


def _lagrange(t: Array) -> list[Array]:
    """Return the six basis polynomials on the nodes 0, …, 5 at t."""
    found = []
    for j in range(POINTS):
        basis = np.ones_like(t)
        for i in range(POINTS):
            if i != j:
                basis = basis * (t - i) / (j - i)
        found.append(basis)
    return found
