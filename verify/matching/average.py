"""Averages: E g(X) by quadrature on the line, with the error of the rule, or from draws, with a normal interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import norm

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws import GridDensity
from verify.laws.panels import rule

ORDERS = (20, 14)  # of the rule on a panel, and of the one that tells its error
WIDEST = 2.0  # of a panel, in units of the smallest scale
REACH = 9.5  # standard deviations of the noise: 2e-21 of its mass lies beyond
CONFIDENCE = 0.999
EPS = float(np.finfo(float).eps)

Function = Callable[[Array], Array]  # (n, d) -> (n,)
Rule = tuple[Array, Array]  # nodes (n,), weights (n,)


def expected(g: Function, law: Any, scale: float | None = None) -> Estimate:
    """Return E g(X), X ~ `law` on the line, g smooth: quadrature, off by at most what a lower order changes, ×2.

    Panels resolve the density and are no wider than twice `scale`, over which g varies (None: the law's deviation).
    """
    found = [_against(g, one) for one in rules(law, scale)]
    return _enclosed(*found)


def expected_pair(g: Callable[[Array, Array], Array], law: Any, noise_scale: float, scale: float | None) -> Estimate:
    """Return E g(X, Z), X ~ `law` and Z ~ N(0, 1) independent, by a product rule: g (n, 1), (n, 1) -> (n,)."""
    found = []
    for (x, w), (z, v) in zip(rules(law, scale), normal_rules(noise_scale), strict=True):
        keep = w > 0
        left, right = np.meshgrid(x[keep], z, indexing="ij")
        values = g(left.reshape(-1, 1), right.reshape(-1, 1))
        terms = (w[keep, None] * v * values.reshape(left.shape)).ravel()
        found.append((float(terms.sum()), float(np.abs(terms).sum())))
    return _enclosed(*found)


def sampled(values: Array) -> Estimate:
    """Return the mean of independent `values` with its 99.9 % normal interval."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        raise InvalidInput(f"a sample mean needs two or more finite values; got shape {values.shape}.")
    mean = float(values.mean())
    reach = float(norm.ppf(0.5 + CONFIDENCE / 2) * values.std(ddof=1) / math.sqrt(values.size))
    return Estimate(mean, mean - reach, mean + reach, CONFIDENCE, "monte carlo")


def rules(law: Any, scale: float | None = None) -> tuple[Rule, Rule]:
    """Return two rules, nodes and weights, for E g(X) on the line, the second of lower order; atoms are their own."""
    if getattr(law, "dim", None) != 1:
        raise InvalidInput(f"quadrature is for the line; this {type(law).__name__} has d = {law.dim}: give points.")
    grid = GridDensity.of(law)
    if grid.formula is None:
        one = grid.quadrature()
        return one, one
    edges = _cut(grid.panels.edges, WIDEST * (math.sqrt(grid.variance) if scale is None else scale))
    return _on(edges, grid.formula, ORDERS[0]), _on(edges, grid.formula, ORDERS[1])


def normal_rules(scale: float) -> tuple[Rule, Rule]:
    """Return two rules for E g(Z), Z ~ N(0, 1), on panels no wider than twice `scale`."""
    edges = _cut(np.array([-REACH, 0.0, REACH]), WIDEST * min(scale, 4.0))
    return _on(edges, _log_normal, ORDERS[0]), _on(edges, _log_normal, ORDERS[1])


def _log_normal(z: Array) -> Array:
    return np.asarray(-0.5 * z * z - 0.5 * math.log(2 * math.pi))


def _cut(edges: Array, widest: float) -> Array:
    """Return the edges with every panel cut into equal ones no wider than `widest`."""
    counts = np.maximum(np.ceil(np.diff(edges) / widest), 1).astype(int)
    if counts.sum() > 100_000:
        raise InvalidInput(f"quadrature would need {counts.sum()} panels: the noise is too small for the law.")
    cuts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    return np.append(np.concatenate(cuts), edges[-1])


def _on(edges: Array, log_density: Function, order: int) -> Rule:
    nodes, weights = rule(order)[:2]
    half = 0.5 * np.diff(edges)[:, None]
    x = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
    return x, (half * weights).ravel() * np.exp(log_density(x))


def _against(g: Function, one: Rule) -> tuple[float, float]:
    """Return Σ w g and Σ w|g|."""
    x, w = one
    keep = w > 0  # g may overflow where there is no mass
    terms = w[keep] * g(x[keep, None])
    return float(terms.sum()), float(np.abs(terms).sum())


def _enclosed(fine: tuple[float, float], coarse: tuple[float, float]) -> Estimate:
    if not math.isfinite(fine[0]):
        raise InvalidInput("the integrand is not finite where the law has mass.")
    return Estimate.exact(fine[0], 2 * abs(fine[0] - coarse[0]) + 64 * EPS * fine[1], "quadrature")
