"""Potentials on the line: V with its first two derivatives and its critical points, for e^{−βV} and its dynamics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.optimize import brentq

from verify.backend import Array
from verify.errors import InvalidInput

SCAN = 4000  # places between the outermost means of a mixture at which the sign of V′ is read


class Potential(Protocol):
    """A smooth V: R → R with V → ∞ on both sides, monotone beyond its outermost critical points."""

    def value(self, x: Array) -> Array:
        """Return V(x)."""
        ...

    def slope(self, x: Array) -> Array:
        """Return V′(x)."""
        ...

    def curvature(self, x: Array) -> Array:
        """Return V″(x)."""
        ...

    @property
    def critical_points(self) -> Array:
        """The zeros of V′ in increasing order: a minimum first and last."""
        ...


@dataclass(frozen=True)
class Polynomial:
    """V(x) = Σ c_k x^k, `coefficients` (c_0, c_1, …) of even degree with a positive last one."""

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        c = tuple(float(v) for v in self.coefficients)
        if len(c) < 3 or len(c) % 2 == 0 or not c[-1] > 0 or not all(map(math.isfinite, c)):
            raise InvalidInput(f"`coefficients` must be finite, of even degree and end with one > 0; got {c}.")
        object.__setattr__(self, "coefficients", c)

    def _at(self, x: Any, order: int) -> Array:
        c = np.polynomial.polynomial.polyder(np.array(self.coefficients), order)
        return np.asarray(np.polynomial.polynomial.polyval(np.asarray(x, dtype=float), c))

    def value(self, x: Any) -> Array:
        """Return V(x)."""
        return self._at(x, 0)

    def slope(self, x: Any) -> Array:
        """Return V′(x)."""
        return self._at(x, 1)

    def curvature(self, x: Any) -> Array:
        """Return V″(x)."""
        return self._at(x, 2)

    @cached_property
    def critical_points(self) -> Array:
        """The real zeros of V′ at which its sign changes."""
        c = np.polynomial.polynomial.polyder(np.array(self.coefficients))
        roots = np.polynomial.polynomial.polyroots(c)
        size = 1 + float(np.abs(roots).max(initial=0.0))
        near = np.sort(roots.real[np.abs(roots.imag) < 1e-4 * size])
        cuts = np.concatenate([[-2 * size], 0.5 * (near[1:] + near[:-1]), [2 * size]])
        return _sign_changes(self.slope, cuts)


@dataclass(frozen=True)
class Mixture:
    """V = −log Σ w_i N(·; m_i, s_i²): `weights` w_i, `means` m_i and standard `deviations` s_i, all of one length."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def __post_init__(self) -> None:
        parts = [tuple(float(v) for v in part) for part in (self.weights, self.means, self.deviations)]
        w, m, s = parts
        if not w or not len(w) == len(m) == len(s):
            raise InvalidInput(f"`weights`, `means` and `deviations` need one length; got {[len(p) for p in parts]}.")
        fine = all(map(math.isfinite, (*w, *m, *s))) and min(w) > 0 and min(s) > 0
        if not fine or abs(sum(w) - 1) > 1e-12:
            raise InvalidInput("a mixture needs finite means, deviations > 0 and weights > 0 that sum to 1.")
        for name, part in zip(("weights", "means", "deviations"), parts, strict=True):
            object.__setattr__(self, name, part)

    def _parts(self, x: Any) -> tuple[Array, Array, Array]:
        """Return log Σ, the share of each component and its own score −(x − m)/s², components last."""
        w, m, s = (np.array(part) for part in (self.weights, self.means, self.deviations))
        z = (np.asarray(x, dtype=float)[..., None] - m) / s
        log = np.log(w / s) - 0.5 * z**2 - 0.5 * math.log(2 * math.pi)
        top = log.max(axis=-1, keepdims=True)
        share = np.exp(log - top)
        total = share.sum(axis=-1, keepdims=True)
        return (top + np.log(total))[..., 0], share / total, -z / s

    def value(self, x: Any) -> Array:
        """Return V(x)."""
        return -self._parts(x)[0]

    def slope(self, x: Any) -> Array:
        """Return V′(x) = −E[score of the component | x]."""
        _, share, score = self._parts(x)
        return np.asarray(-(share * score).sum(axis=-1))

    def curvature(self, x: Any) -> Array:
        """Return V″(x) = E[1/s² | x] − Var[score of the component | x]."""
        _, share, score = self._parts(x)
        mean = (share * score).sum(axis=-1, keepdims=True)
        return np.asarray((share * (np.array(self.deviations) ** -2.0 - (score - mean) ** 2)).sum(axis=-1))

    @cached_property
    def critical_points(self) -> Array:
        """The zeros of V′ at which its sign changes: all lie between the outermost means."""
        margin = max(self.deviations)
        return _sign_changes(self.slope, np.linspace(min(self.means) - margin, max(self.means) + margin, SCAN))


def _sign_changes(slope: Callable[[Any], Array], places: Array) -> Array:
    signs = np.sign(slope(places))
    on = places[signs == 0]
    live, at = signs[signs != 0], places[signs != 0]
    turns = np.flatnonzero(live[1:] != live[:-1])
    roots = []
    for i in turns:
        inside = on[(on > at[i]) & (on < at[i + 1])]
        roots.append(float(inside[0]) if inside.size else brentq(slope, at[i], at[i + 1], xtol=1e-15, rtol=1e-15))
    return np.array(roots)
