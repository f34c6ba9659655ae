"""laws.GridDensity: a law on the line as a density on Gauss–Legendre panels, plus atoms."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput, NoDensity
from verify.estimate import Estimate
from verify.laws import grid_panels
from verify.laws.grid_chain import pushed
from verify.laws.panels import Panels, partial_integral

EPS = float(np.finfo(float).eps)
HALVINGS = 54  # of [−1, 1]
LEVEL = 6.0  # range of a log-density on a panel up to which values keep their digits
HEAVIEST = 1e-9  # power of a tail above that of 1/x up to which it counts as not integrable
TAIL = 1e-20  # probability beyond either end of the panels

Formula = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class GridDensity:
    """The law of x(U), U of density `mass` on `panels`, mixed with `atoms`: rows (place, probability).

    `mass` and `place` hold values at the nodes, (panels, ORDER); `place` is increasing, None for x(u) = u: a
    deterministic map moves the nodes and leaves the mass alone. `formula` is the exact log-density where one is known.
    `coarse` is the same law on coarser panels: what a number changes from one to the other is its error.
    """

    panels: Panels
    mass: Array
    place: Array | None = None
    atoms: Array | None = None
    formula: Formula | None = None
    coarse: GridDensity | None = None

    @classmethod
    def of(cls, law: Any, tail: float = TAIL) -> GridDensity:
        """Return a law or target with log_density(x) and dim = 1 as a grid; a set of atoms stays one.

        Panels grow from the law's `landmarks` (modes, kinks; else its mean) until what is beyond has a probability of
        about `tail`, and are halved until they resolve the density.
        """
        if isinstance(law, GridDensity):
            return law
        dim = getattr(law, "dim", None)
        if dim != 1:
            raise InvalidInput(f"a GridDensity lives on the line; this {type(law).__name__} has d = {dim}.")
        if not 0 < tail < 1e-3:
            raise InvalidInput(f"`tail` must lie in (0, 1e-3); got {tail}.")
        if hasattr(law, "atoms"):
            return cls(Panels(np.zeros(0)), np.zeros((0, 0)), atoms=np.asarray(law.atoms, dtype=float))

        def formula(x: Array) -> Array:
            return np.asarray(law.log_density(np.asarray(x)[..., None]))

        panels = grid_panels.adapted(formula, grid_panels.landmarks(law), grid_panels.support(law), tail)
        mass = np.exp(formula(panels.nodes))
        if abs(panels.integral(mass) - 1) > 1e-9 + 8 * tail:
            raise InvalidInput(
                f"the density of this {type(law).__name__} integrates to {panels.integral(mass):.10g}, not to 1: it is "
                "not normalised, or has structure that its `landmarks` do not show."
            )
        return cls(panels, mass, formula=formula)

    @classmethod
    def atomic(cls, places: npt.ArrayLike, probabilities: npt.ArrayLike | None = None) -> GridDensity:
        """Return atoms at `places` (n,), with equal probabilities where none are given."""
        x = np.atleast_1d(np.asarray(places, dtype=float))
        share = np.full(x.size, 1 / max(x.size, 1)) if probabilities is None else np.asarray(probabilities, dtype=float)
        if x.ndim != 1 or share.shape != x.shape or not np.isfinite(x).all():
            raise InvalidInput(f"`places` must be a finite vector and `probabilities` of its shape; got {share.shape}.")
        if not (share >= 0).all() or abs(share.sum() - 1) > 1e-12 * x.size:
            raise InvalidInput(f"`probabilities` must be >= 0 and sum to one; they sum to {share.sum():.15g}.")
        order = np.argsort(x)
        return cls(Panels(np.zeros(0)), np.zeros((0, 0)), atoms=np.stack([x[order], share[order]], axis=1))

    @property
    def dim(self) -> int:
        """1."""
        return 1

    @cached_property
    def spots(self) -> Array:
        """The atoms as an array (A, 2), A = 0 where there are none."""
        return np.zeros((0, 2)) if self.atoms is None else self.atoms

    @property
    def has_density(self) -> bool:
        """True where no atom has probability."""
        return not self.spots.size and self.panels.edges.size > 1

    @cached_property
    def nodes(self) -> Array:
        """x at the nodes, (panels, ORDER)."""
        return self.panels.nodes if self.place is None else self.place

    @cached_property
    def ends(self) -> Array:
        """x at the ends of the panels, increasing."""
        if self.place is None:
            return self.panels.edges
        series = self.panels.series(self.place)
        left, right = (series * (-1.0) ** np.arange(series.shape[1])).sum(axis=1), series.sum(axis=1)
        inner = 0.5 * (right[:-1] + left[1:])
        return np.maximum.accumulate(np.concatenate([left[:1], inner, right[-1:]]))

    @cached_property
    def log_values(self) -> Array:
        """The log-density at the nodes."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.place is None:
                return np.log(self.mass)
            slope = self.panels.derivative(self.place)
            # panels of next to no mass are left unresolved by `grid_maps`: there a slope may come out negative
            return np.where(slope > 0, np.log(self.mass) - np.log(slope), -np.inf)

    def quadrature(self) -> tuple[Array, Array]:
        """Return nodes x and weights w, atoms among them, with Σ w g(x) ≈ E g(X)."""
        if self.panels.edges.size < 2:
            return self.spots[:, 0], self.spots[:, 1]
        weights = self.panels.weights * self.mass
        x = np.concatenate([self.nodes.ravel(), self.spots[:, 0]])
        return x, np.concatenate([weights.ravel(), self.spots[:, 1]])

    def expectation(self, g: Formula) -> Estimate:
        """Return E g(X), g smooth between the landmarks and applied to a vector."""
        x, w = self.quadrature()
        terms = w * g(x)
        error = 16 * EPS * float(np.abs(terms).sum()) + abs(self.defect) * float(np.abs(g(x[w > 0])).max(initial=0.0))
        value = float(terms.sum())
        if self.coarse is not None:
            x, w = self.coarse.quadrature()
            error += abs(value - float(w @ g(x)))
        error += self.beyond(g)
        return Estimate.exact(value, error, "quadrature")

    def beyond(self, g: Formula) -> float:
        """Return a bound of E|g(X)| beyond the panels: |g|p falls like the power law seen at their ends, or faster.

        ∞ where that is not integrable; 0 for laws without a `formula`, which leave out what a chain's `tail` allows.
        """
        if self.formula is None or self.panels.edges.size < 2:
            return 0.0
        centre, bound = float(self.mean[0]), 0.0
        for end in (self.ends[0], self.ends[-1]):
            places = np.array([end, 2 * end - centre])
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                logs = self.formula(places) + np.log(np.abs(g(places)))
            if np.isneginf(logs).any():  # nothing there
                continue
            fall = float(logs[0] - logs[1]) / math.log(2)
            bound += math.exp(logs[0]) * abs(end - centre) / (fall - 1) if fall > 1 + HEAVIEST else math.inf
        return bound

    @property
    def defect(self) -> float:
        """1 − the mass that the panels hold."""
        return 1.0 - float(self.quadrature()[1].sum())

    @cached_property
    def mean(self) -> Array:
        """E X, shape (1,)."""
        x, w = self.quadrature()
        centre = x[np.argmax(w)]  # what the panels lack of the mass counts as there
        return np.array([centre + w @ (x - centre)])

    @property
    def cov(self) -> Array:
        """The variance as a matrix, shape (1, 1)."""
        return np.array([[self.variance]])

    @cached_property
    def variance(self) -> float:
        """E(X − E X)², ∞ where it is; of a heavy tail the part that the panels hold, see `expectation`."""
        x, w = self.quadrature()
        if math.isinf(self.beyond(np.square)):
            return math.inf
        return float(w @ (x - self.mean[0]) ** 2)

    def log_density(self, x: npt.ArrayLike) -> Array:
        """Return log p(x), (…, 1) -> (…): −inf beyond the panels; NoDensity for a law with atoms."""
        x = np.asarray(x, dtype=float)
        if not x.ndim or x.shape[-1] != 1:
            raise InvalidInput(f"`x` must have shape (…, 1); got {x.shape}.")
        return self.log_values_at(x[..., 0])

    def log_values_at(self, x: Array) -> Array:
        """Return log p at every number of an array."""
        if not self.has_density:
            raise NoDensity("a law with atoms has no density; use total variation or a Wasserstein distance.")
        if self.formula is not None:
            return self.formula(x)
        return self.smooth(x)

    def smooth(self, x: Array) -> Array:
        """Return the log-density of the part without atoms."""
        flat = np.asarray(x, dtype=float).ravel()
        u = self.coordinate(flat)
        logs = self.log_values
        index = self.panels.located(u)[0]
        # a density that varies little on a panel, or vanishes in it, by its values; one that varies much by its logs
        with np.errstate(invalid="ignore"):
            plain = np.asarray((np.ptp(logs, axis=1) < LEVEL) | ~np.isfinite(logs).all(axis=1))
        found = self.panels.interpolated(np.where(np.isfinite(logs), logs, 0.0), u)
        if plain[index].any():
            values = self.panels.interpolated(np.exp(np.where(plain[:, None], logs, 0.0)), u)
            with np.errstate(divide="ignore"):
                found = np.where(plain[index], np.log(np.maximum(values, 0.0)), found)
        inside = (flat >= self.ends[0]) & (flat <= self.ends[-1])
        return np.where(inside, found, -np.inf).reshape(np.shape(x))

    def probabilities(self, x: Array) -> tuple[Array, Array]:
        """Return P(X ≤ x) and P(X > x), neither by subtraction, for an array of numbers."""
        flat = np.asarray(x, dtype=float).ravel()
        order = np.searchsorted(self.spots[:, 0], flat, side="right")
        below = np.concatenate([[0.0], np.cumsum(self.spots[:, 1])])[order]
        above = np.concatenate([np.cumsum(self.spots[::-1, 1])[::-1], [0.0]])[order]
        if self.panels.edges.size > 1:
            u = np.clip(self.coordinate(flat), self.panels.edges[0], self.panels.edges[-1])
            below = below + self._share(u, self.panels, self.mass)
            mirrored = Panels(-self.panels.edges[::-1])
            above = above + self._share(-u, mirrored, self.mass[::-1, ::-1])
        return below.reshape(np.shape(x)), above.reshape(np.shape(x))

    @staticmethod
    def _share(u: Array, panels: Panels, mass: Array) -> Array:
        """Return ∫ mass up to u: the panels before it, then part of its own."""
        whole = (panels.weights * mass).sum(axis=1)
        before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
        index, place = panels.located(u)
        part = partial_integral(panels.series(mass)[index] * panels.half[index], np.clip(place, -1, 1))
        return np.asarray(before[index] + np.clip(part, 0.0, whole[index]))

    def quantile(self, left: npt.ArrayLike, right: npt.ArrayLike | None = None) -> Array:
        """Return the smallest x with P(X ≤ x) ≥ left; `right` = 1 − left where known better."""
        left = np.asarray(left, dtype=float)
        right = 1 - left if right is None else np.asarray(right, dtype=float)
        if not ((left >= 0) & (right >= 0)).all():
            raise InvalidInput("`left` must hold probabilities, in [0, 1].")
        low, high = left.ravel(), right.ravel()
        found = self._continuous(low, high) if not self.spots.size else self._with_atoms(low, high)
        return found.reshape(left.shape)

    def _continuous(self, left: Array, right: Array) -> Array:
        u = self._inverse(left, right)
        return np.asarray(u if self.place is None else self.panels.interpolated(self.place, u))

    def _with_atoms(self, left: Array, right: Array) -> Array:
        places, share = self.spots.T
        through, beyond = self.probabilities(places)
        upper = right < left
        index = np.where(upper, np.searchsorted(-beyond, -right), np.searchsorted(through, left))  # not passed yet
        atom = np.minimum(index, places.size - 1)
        hit = np.where(upper, right < (beyond + share)[atom], left > (through - share)[atom]) & (index < places.size)
        if self.panels.edges.size < 2:
            return np.asarray(places[atom])
        passed = np.concatenate([[0.0], np.cumsum(share)])[index]
        smooth = self._continuous(left - passed, right - (float(share.sum()) - passed))
        return np.where(hit, places[atom], smooth)

    def _inverse(self, left: Array, right: Array) -> Array:
        """Return u with the mass `left` before it, or `right` after it where that is smaller; no atoms."""
        whole = (self.panels.weights * self.mass).sum(axis=1)
        before = np.concatenate([[0.0], np.cumsum(whole)])
        after = np.concatenate([np.cumsum(whole[::-1])[::-1], [0.0]])
        upper = right < left
        index = np.where(upper, np.searchsorted(-after, -right, side="right"), np.searchsorted(before, left)) - 1
        index = np.clip(index, 0, whole.size - 1)
        series = self.panels.series(self.mass)[index] * self.panels.half[index]
        goal = np.where(upper, whole[index] - (right - after[index + 1]), left - before[index])
        low, high = np.full(left.shape, -1.0), np.full(left.shape, 1.0)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            early = partial_integral(series, middle) < goal
            low, high = np.where(early, middle, low), np.where(early, high, middle)
        edges = self.panels.edges
        return np.asarray(edges[index] + 0.5 * (edges[index + 1] - edges[index]) * (0.5 * (low + high) + 1))

    def cdf(self, x: npt.ArrayLike) -> Array:
        """Return P(X ≤ x)."""
        return self.probabilities(np.asarray(x, dtype=float))[0]

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, 1)."""
        return self.quantile(rng.random(n))[:, None]

    def through(self, sampler: Any, **accuracy: Any) -> GridDensity:
        """Return the law of the sampler's last iterate when its first has this law; see `grid_chain.pushed`."""
        return pushed(self, sampler, **accuracy)  # type: ignore[no-any-return]

    def coordinate(self, x: Array) -> Array:
        """Return u with x(u) = x."""
        if self.place is None:
            return x
        index = np.clip(np.searchsorted(self.ends, x, side="right") - 1, 0, self.ends.size - 2)
        series = self.panels.series(self.place)[index]
        low, high = np.full(x.shape, -1.0), np.full(x.shape, 1.0)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            basis = np.polynomial.legendre.legvander(middle, series.shape[1] - 1)
            early = (basis * series).sum(axis=1) < x
            low, high = np.where(early, middle, low), np.where(early, high, middle)
        edges = self.panels.edges
        return np.asarray(edges[index] + 0.5 * (edges[index + 1] - edges[index]) * (0.5 * (low + high) + 1))
