"""W1 and W2 on the line: the increasing coupling, by quadrature between all ends of panels and all atoms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.backend import Array
from verify.divergences.line import absolute
from verify.divergences.line_common import EPS, Common, distinct, estimate, grids
from verify.errors import NotApplicable
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity

EMPTY = 1e-13  # probability


def wasserstein1(p: Any, q: Any) -> Estimate:
    """Return W1 = ∫|F_p − F_q|, of whichever tails are smaller."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        if c.panels.edges.size < 2:
            return 0.0
        left, right = zip(a.probabilities(c.panels.nodes), b.probabilities(c.panels.nodes), strict=True)
        gap = np.where(left[0] + left[1] < 1.0, left[0] - left[1], right[1] - right[0])
        return absolute(c, gap)

    found = estimate(a, b, measure, 8 * EPS)
    return _ended(found, _spread(a, b) * 64 * EPS, a, b, 1)


def wasserstein2(p: Any, q: Any) -> Estimate:
    """Return W2 = (∫ (x − y(x))² p dx)^{½}, y(x) the place where q has as much mass to the left as p has left of x."""
    a, b = grids(p, q)
    if not (a.has_density or b.has_density):
        if a.panels.edges.size > 1 or b.panels.edges.size > 1:
            raise NotApplicable("`wasserstein2` of two laws on a grid with atoms: give one of them a density.")
        return Estimate.exact(_between_atoms(a, b), 8 * EPS * _spread(a, b), "closed form", least=0.0)
    found = estimate(a, b, lambda a, b: _coupled(*((a, b) if a.has_density else (b, a))), 16 * EPS)
    # a probability that is rounded may be carried across a gap of either law
    carried = 32 * EPS * max(_gap(a), _gap(b)) ** 2
    slip = min(math.sqrt(carried), carried / found.value) if found.value else math.sqrt(carried)
    return _ended(found, _spread(a, b) * 64 * EPS + slip, a, b, 2)


def _ended(found: Estimate, slack: float, a: GridDensity, b: GridDensity, power: int) -> Estimate:
    """Return a distance with `slack` and what heavy tails beyond the panels may add; ∞ where one moment is.

    There ∫ |x − y|^r ≤ 2^{r−1}(E|X|^r + E|Y|^r); both moments infinite leaves the distance open above.
    """
    tails = [law.beyond(lambda x: np.abs(x) ** power) for law in (a, b)]
    if math.isinf(tails[0]) != math.isinf(tails[1]):
        return Estimate(math.inf, math.inf, math.inf, 1.0, found.method)
    low = max(found.low - slack, 0.0)
    with_tails = (found.value**power + 2 ** (power - 1) * sum(tails)) ** (1 / power)
    high = max(found.high + slack + with_tails - found.value, found.value)
    return Estimate(found.value, low, high, 1.0, found.method)


def _gap(law: GridDensity) -> float:
    """Return the longest stretch inside a law that holds next to no probability."""
    parts = [law.spots[:, 0]]
    if law.panels.edges.size > 1:
        live = (law.panels.weights * law.mass).sum(axis=1) > EMPTY
        parts += [law.ends[:-1][live], law.ends[1:][live]]
    places = np.sort(np.concatenate(parts))
    if law.panels.edges.size < 2:
        return float(np.diff(places).max(initial=0.0))
    held = np.diff(law.probabilities(places)[0])
    return float(np.diff(places)[held <= EMPTY].max(initial=0.0))


def _coupled(a: GridDensity, b: GridDensity) -> float:
    """Return W2 where `a` has a density: its panels are cut where the other law passes from one panel to the next."""
    marks = [b.ends] if b.panels.edges.size > 1 else []
    cuts = []
    for places, inclusive in ((np.concatenate([*marks, b.spots[:, 0]]), True), (b.spots[:, 0], False)):
        left, right = b.probabilities(places if inclusive else np.nextafter(places, -np.inf))
        inside = (left > 0) & (right > 0)
        cuts.append(a.quantile(left[inside], right[inside]))
    edges = np.unique(np.concatenate([a.ends, *cuts]))
    panels = distinct(edges)
    x = panels.nodes.ravel()
    left, right = a.probabilities(x)
    gap = (x - b.quantile(np.minimum(left, 1.0), right)) ** 2
    return math.sqrt(float((panels.weights.ravel() * np.exp(a.log_values_at(x)) * gap).sum()))


def _between_atoms(a: GridDensity, b: GridDensity) -> float:
    levels = np.unique(np.concatenate([np.cumsum(a.spots[:, 1]), np.cumsum(b.spots[:, 1])]))
    levels = levels[levels < 1 - 1e-14]
    u = 0.5 * (np.r_[0.0, levels] + np.r_[levels, 1.0])
    return math.sqrt(float(np.diff(np.r_[0.0, levels, 1.0]) @ (_at(a, u) - _at(b, u)) ** 2))


def _at(law: GridDensity, u: Array) -> Array:
    index = np.searchsorted(np.cumsum(law.spots[:, 1]), u)
    return np.asarray(law.spots[np.minimum(index, len(law.spots) - 1), 0])


def _spread(a: GridDensity, b: GridDensity) -> float:
    places = [law.ends if law.panels.edges.size > 1 else law.spots[:, 0] for law in (a, b)]
    return float(np.ptp(np.concatenate(places)))
