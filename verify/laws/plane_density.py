"""laws.PlaneDensity: a law on the plane as a density on an equal grid, pushed through steps with additive noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.interpolate import RectBivariateSpline

from verify.backend import Array
from verify.errors import InvalidInput
from verify.laws.plane_steps import MOST, axis, kernel, mesh, move, slopes

SPACING = 0.75  # in standard deviations: the trapezoid leaves e^{−2π²/0.75²} ≈ 6e-16 of a Gaussian
COARSE = 1.35  # spacing of the companion that tells the error
REACH = 9.0  # standard deviations
TAIL = 1e-18

Formula = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class PlaneDensity:
    """A density with `values` (n, m) at the nodes `axes`, equally spaced; `formula` is its exact log-density if known.

    Integrals are trapezoids, which converge geometrically for smooth densities that die before the ends.
    """

    axes: tuple[Array, Array]
    values: Array
    formula: Formula | None = None
    coarse: PlaneDensity | None = None

    @classmethod
    def of(cls, law: Any, nodes: int = MOST) -> PlaneDensity:
        """Return a law or target with dim = 2 on a box of nine standard deviations about its mean."""
        if isinstance(law, PlaneDensity):
            return law
        if getattr(law, "dim", None) != 2:
            raise InvalidInput(f"a PlaneDensity lives on the plane; this {type(law).__name__} has d = {law.dim}.")
        mean, std = np.asarray(law.mean), np.sqrt(np.diag(law.cov))
        found = cls._on(law.log_density, [np.linspace(m - REACH * s, m + REACH * s, nodes)
                                          for m, s in zip(mean, std, strict=True)])  # fmt: skip
        if abs(found.defect) > 1e-9:
            raise InvalidInput(
                f"the density of this {type(law).__name__} integrates to {1 - found.defect:.10g} on {nodes}² nodes: it "
                "is not normalised, or too narrow or too heavy-tailed for a grid of the plane."
            )
        return found

    @classmethod
    def _on(cls, formula: Formula, axes: Any) -> PlaneDensity:
        x, y = axes
        return cls((x, y), np.exp(formula(np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1))), formula)

    @property
    def dim(self) -> int:
        """2."""
        return 2

    @property
    def cell(self) -> float:
        """The area that a node stands for."""
        return float(np.prod([a[1] - a[0] for a in self.axes]))

    @property
    def defect(self) -> float:
        """1 − the mass on the grid."""
        return 1.0 - self.cell * float(self.values.sum())

    @cached_property
    def nodes(self) -> Array:
        """The nodes, (n·m, 2)."""
        return np.stack(np.meshgrid(*self.axes, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def mean(self) -> Array:
        """E X, shape (2,)."""
        return self.cell * self.values.ravel() @ self.nodes

    @cached_property
    def cov(self) -> Array:
        """E(X − E X)(X − E X)^T, shape (2, 2)."""
        off = self.nodes - self.mean
        return self.cell * (self.values.reshape(-1, 1) * off).T @ off

    def log_density(self, x: Array) -> Array:
        """Return log p(x), (…, 2) -> (…), between the nodes by quintic splines of the logarithm; −inf off the grid."""
        if self.formula is not None:
            return self.formula(x)
        spline = RectBivariateSpline(*self.axes, np.log(np.maximum(self.values, 1e-300)), kx=5, ky=5)
        inside = np.all([(x[..., i] >= a[0]) & (x[..., i] <= a[-1]) for i, a in enumerate(self.axes)], axis=0)
        return np.where(inside, spline(x[..., 0], x[..., 1], grid=False), -np.inf)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, 2), uniform within a cell."""
        share = self.values.ravel() / self.values.sum()
        size = np.array([a[1] - a[0] for a in self.axes])
        return np.asarray(self.nodes[rng.choice(share.size, n, p=share)] + size * (rng.random((n, 2)) - 0.5))

    def through(self, sampler: Any) -> PlaneDensity:
        """Return the law of the last iterate where every step adds Gaussian noise, independent in the two coordinates.

        InvalidInput names the nodes needed where an axis would have more than MOST.
        """
        if sampler.dim != 2:
            raise InvalidInput(f"a PlaneDensity follows samplers on the plane; this one has d = {sampler.dim}.")
        coarse = self.coarse or self
        laws = [replace(self, coarse=None), replace(coarse, coarse=None)]
        for k in range(sampler.steps):
            laws = [_pushed(law, sampler, k, SPACING * wide) for law, wide in zip(laws, (1.0, COARSE), strict=True)]
        return replace(laws[0], coarse=laws[1])


def _pushed(law: PlaneDensity, sampler: Any, k: int, spacing: float) -> PlaneDensity:
    """Return Σ_x p(x)·N(y_1; m_1(x), s_1²)·N(y_2; m_2(x), s_2²), y on a new grid: one product of two thin matrices."""
    mean, std = move(sampler, k, law.nodes)
    if law.formula is not None:  # the first step: the kernel is known only now
        law = _resolving(law, mean, std, spacing)
        mean, std = move(sampler, k, law.nodes)
    weights = law.cell * law.values.ravel()
    live = weights > TAIL
    reach = np.sqrt(2 * np.log(weights[live] / TAIL))[:, None] * std[live]
    low, high = (mean[live] - reach).min(axis=0), (mean[live] + reach).max(axis=0)
    fine = std.min(axis=0)
    if k + 1 < sampler.steps:
        ahead, noise = move(sampler, k + 1, mesh(low, high, 41))
        fine = 1 / np.hypot(1 / fine, slopes(ahead, low, high, 41) / noise.min(axis=0))
    axes = [axis(a, b, spacing * size) for a, b, size in zip(low, high, fine, strict=True)]
    first, second = (kernel(axes[i], mean[live, i], std[live, i]) for i in (0, 1))
    return PlaneDensity((axes[0], axes[1]), (first * weights[live]) @ second.T)


def _resolving(law: PlaneDensity, mean: Array, std: Array, spacing: float) -> PlaneDensity:
    """Return a law with a formula on a grid that its first kernel needs, no coarser than it is."""
    assert law.formula is not None
    shape = tuple(a.size for a in law.axes)
    pull = [np.abs(np.gradient(mean.reshape(*shape, 2), a, axis=i)).max(axis=(0, 1)) / std.min(axis=0)
            for i, a in enumerate(law.axes)]  # fmt: skip
    axes = [axis(a[0], a[-1], min(a[1] - a[0], spacing / float(p.max())))
            for a, p in zip(law.axes, pull, strict=True)]  # fmt: skip
    return PlaneDensity._on(law.formula, axes)
