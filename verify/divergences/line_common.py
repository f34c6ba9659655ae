"""Two laws on the line brought to common panels, on which both densities are smooth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from verify.backend import Array
from verify.divergences.closed import is_cloud, is_gaussian
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity
from verify.laws.panels import Panels

EPS = float(np.finfo(float).eps)
THIN = 1e-13  # length of a panel that is only rounding, in units of its place and its neighbours
UNSEEN = 1e-15  # probability beyond the panels of a grid law that says nothing
METHOD = "quadrature"
ROUNDING = 1e-12  # relative, of sums of positive terms with |r| ≳ 1e-13
SETTLED = 1e-14  # share of an integral by which a panel may still change when it is halved
FAINT = 1e-17  # share below which a panel is not halved
DEPTH = 48  # halvings
MOST = 20_000  # panels

Measure = Callable[["Common"], float]


def serves(p: Any, q: Any) -> bool:
    """True for two laws on the line of which at least one is no Gaussian and none a cloud."""
    if is_cloud(p) or is_cloud(q) or (is_gaussian(p) and is_gaussian(q)):
        return False
    return all(getattr(law, "dim", 0) == 1 and (hasattr(law, "log_density") or hasattr(law, "atoms")) for law in (p, q))


def grids(p: Any, q: Any) -> tuple[GridDensity, GridDensity]:
    """Return two laws as grids."""
    return GridDensity.of(p), GridDensity.of(q)


def estimate(
    p: GridDensity, q: GridDensity, measure: Callable[[GridDensity, GridDensity], float], slack: float
) -> Estimate:
    """Return measure(p, q) enclosed in what it changes on the coarser companions, plus a relative `slack`."""
    value = measure(p, q)
    exact = p.coarse is None and q.coarse is None
    change = 0.0 if exact else abs(measure(p.coarse or p, q.coarse or q) - value)
    if not np.isfinite(value):
        return Estimate(value, value, value, 1.0, METHOD)
    change = change if np.isfinite(change) else abs(value)
    return Estimate.exact(value, change + slack * abs(value) + 8 * EPS * EPS, METHOD, least=0.0)


def distinct(edges: Array) -> Panels:
    """Return the panels between increasing `edges`, less those that are only rounding."""
    length = np.diff(edges)
    padded = np.concatenate([[0.0], length, [0.0]])
    scale = np.maximum(np.maximum(np.abs(edges[:-1]), np.abs(edges[1:])), np.maximum(padded[:-2], padded[2:]))
    return Panels(edges[np.append(True, length > THIN * scale)])


def settled_estimate(
    p: GridDensity,
    q: GridDensity,
    pieces: Callable[[Common], Array],
    finish: Callable[[Common], float],
    prepared: Callable[[Common], Common] | None = None,
) -> tuple[Estimate, Common, float]:
    """Return the `estimate` of finish(common), panels halved until `pieces` stand, with what `settled` returns."""
    fine: list[tuple[Common, float]] = []

    def measure(p: GridDensity, q: GridDensity) -> float:
        common = Common(p, q)
        fine.append(settled(prepared(common) if prepared else common, pieces))
        return finish(fine[-1][0])

    found = estimate(p, q, measure, ROUNDING)
    return found, *fine[0]


@dataclass(frozen=True, eq=False)
class Common:
    """Densities p and q on the union of their panels, cut at the atoms of either.

    `strained` moves log(p/q) away from 0 by its own rounding: the worst for all that grows with |log(p/q)|.
    """

    p: GridDensity
    q: GridDensity
    strained: bool = False
    finer: Panels | None = None

    @cached_property
    def panels(self) -> Panels:
        """The panels in x: `finer` ones where given."""
        if self.finer is not None:
            return self.finer
        parts = [law.ends for law in (self.p, self.q) if law.panels.edges.size > 1]
        edges = np.unique(np.concatenate([*parts, self.p.spots[:, 0], self.q.spots[:, 0]]))
        if edges.size < 2:
            return Panels(np.zeros(0))
        return distinct(edges)

    @cached_property
    def logs(self) -> tuple[Array, Array]:
        """log p and log q at the nodes, of the parts without atoms."""
        x = self.panels.nodes
        return tuple(_smooth(law, x) for law in (self.p, self.q))  # type: ignore[return-value]

    @cached_property
    def ratio(self) -> Array:
        """log p − log q at the nodes; +inf and −inf where only one is positive, 0 where none is."""
        a, b = self.logs
        with np.errstate(invalid="ignore"):
            exact = np.where(a == b, 0.0, a - b)
            return exact + np.sign(exact) * self.rounding if self.strained else exact

    @property
    def rounding(self) -> Array:
        """A bound of the rounding of log(p/q) at the nodes, 0 where it is infinite."""
        a, b = self.logs
        size = 2 * EPS * (1 + np.abs(a) + np.abs(b))
        return np.where(np.isfinite(size), size, 0.0)

    def worst(self) -> Common:
        """Return the same, strained."""
        strained = replace(self, strained=True)
        strained.__dict__.update(panels=self.panels, logs=self.logs)
        return strained

    @cached_property
    def values(self) -> tuple[Array, Array]:
        """p and q at the nodes."""
        return np.exp(self.logs[0]), np.exp(self.logs[1])

    @cached_property
    def unseen(self) -> tuple[float, float]:
        """The probability under each law of where the grid of the other one says nothing."""
        return _beyond(self.p, self.q), _beyond(self.q, self.p)


def settled(c: Common, pieces: Callable[[Common], Array]) -> tuple[Common, float]:
    """Return `c` on panels halved until `pieces`, one number a panel, no longer change, and what they still change by.

    The panels of the laws resolve the densities; log(p/q) turns where the leading part of one of them changes, and that
    may be anywhere.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        old = pieces(c)
        total = float(np.abs(old).sum())
        if not (0 < total < np.inf):
            return c, 0.0
        test, left = np.abs(old) > FAINT * total, 0.0
        for _ in range(DEPTH):
            if not test.any() or c.panels.edges.size + test.sum() > MOST:
                break
            finer = replace(c, finer=c.panels.halved(test))
            new = pieces(finer)
            first = np.arange(test.size) + np.cumsum(test) - test
            noise = np.add.reduceat(np.abs(pieces(finer.worst()) - new), first)
            change = np.abs(np.add.reduceat(new, first) - old)
            total = max(total, float(np.abs(new).sum()))
            if not np.isfinite(total):
                return finer, 0.0
            rough = test & (change > SETTLED * total + noise)
            left += float(change[test & ~rough].sum())
            test = np.repeat(rough, 1 + rough)
            if rough.any():  # the others stay as they are: derivatives lose digits on short panels
                c = replace(c, finer=c.panels.halved(rough))
                old = pieces(c)
    return c, left + float(np.abs(old[test]).sum())


def _smooth(law: GridDensity, x: Array) -> Array:
    if law.panels.edges.size < 2:
        return np.full(x.shape, -np.inf)
    return law.formula(x) if law.formula is not None else law.smooth(x)


def _beyond(law: GridDensity, other: GridDensity) -> float:
    if other.formula is not None or other.panels.edges.size < 2:
        return 0.0
    left = float(law.probabilities(other.ends[:1])[0][0])
    return left + float(law.probabilities(other.ends[-1:])[1][0])
