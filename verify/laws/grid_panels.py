"""Panels for laws on the line: grown and halved until they resolve a density, or spaced by the width of a kernel."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput
from verify.laws.panels import ORDER, Panels

RESOLVED = 1e-15  # of the largest value: what a panel may leave out
LEAP = 6.0  # a log-density may change by this much on a panel, so that sums keep their relative accuracy
DEPTH = 60  # halvings before a density counts as singular
FARTHEST = 1e300
LONG = 1e6  # distance of an end from which on panels are graded to begin with
MOST = 400_000  # nodes

Formula = Callable[[Array], Array]


def landmarks(law: Any) -> Array:
    """Return where a law on the line has its structure: declared places, turning points, or the mean."""
    declared = getattr(law, "landmarks", None)
    if declared is None:
        declared = np.concatenate([getattr(law, "critical_points", np.zeros(0)), getattr(law, "kinks", ())])
    found = np.unique(np.asarray(declared, dtype=float))
    if not found.size:
        mean = law.mean
        found = np.atleast_1d(np.asarray(getattr(mean, "value", mean), dtype=float))
    low, high = support(law)
    return np.asarray(found[(found > low) & (found < high)] if np.isfinite([low, high]).any() else found)


def support(law: Any) -> tuple[float, float]:
    """Return the interval that a law on the line declares as its support."""
    low, high = getattr(law, "support", (-math.inf, math.inf))
    return float(low), float(high)


def adapted(log_density: Formula, marks: Array, ends: tuple[float, float], tail: float) -> Panels:
    """Return panels that resolve a density and reach to where about `tail` of its mass is left."""
    low = ends[0] if math.isfinite(ends[0]) else _end(log_density, marks, ends[1], -1.0, tail)
    high = ends[1] if math.isfinite(ends[1]) else _end(log_density, marks, ends[0], 1.0, tail)
    inner = marks[(marks > low) & (marks < high)]
    first, last = (inner.min(), inner.max()) if inner.size else (low, high)
    panels = Panels(np.unique(np.concatenate([first - _doubled(first - low), inner, last + _doubled(high - last)])))
    for _ in range(DEPTH):
        if (panels.edges.size - 1) * ORDER > MOST:
            break
        logs = log_density(panels.nodes)
        values = np.exp(logs)
        mass = (panels.weights * values).sum(axis=1)
        coarse = panels.tails(values) * panels.half[:, 0] > RESOLVED * max(float(mass.sum()), 0.1)
        steep = np.ptp(np.maximum(logs, float(logs.max()) - 100.0), axis=1) > LEAP
        split = coarse | (steep & (mass > 1e-3 * tail))
        split = split | _jump(mass) | _missed(log_density, panels, values, marks)
        split &= panels.half[:, 0] > 4 * np.spacing(np.abs(panels.edges[1:]) + np.abs(panels.edges[:-1]))
        if not split.any():
            return panels
        panels = panels.halved(split)
    raise InvalidInput("the density is too rough for panels: name its kinks, or smooth it.")


def _doubled(length: float) -> Array:
    """Return `length` and, where it is long, its halves down to 1: heavy tails end far out."""
    return length * 0.5 ** np.arange(max(1.0, math.ceil(math.log2(length)))) if length > LONG else np.array([length])


def _jump(mass: Array) -> npt.NDArray[np.bool_]:
    """Return the panels next to which the mass changes by so much that a peak may hide between the nodes."""
    big = mass > 1e-12 * mass.sum()
    near = np.zeros(mass.size, dtype=bool)
    near[1:] |= big[:-1] & ~big[1:]
    near[:-1] |= big[1:] & ~big[:-1]
    return np.asarray(near & (mass == 0))


def _missed(log_density: Formula, panels: Panels, values: Array, marks: Array) -> npt.NDArray[np.bool_]:
    """Return the panels whose values, continued to a mark at their end, miss the density there: a hidden peak."""
    if not marks.size:
        return np.zeros(panels.edges.size - 1, dtype=bool)
    series = panels.series(values)
    at_left, at_right = (series * (-1.0) ** np.arange(ORDER)).sum(axis=1), series.sum(axis=1)
    height = np.interp(panels.edges, marks, np.exp(log_density(marks)))
    marked = np.isin(panels.edges, marks)
    size = RESOLVED * 1e3 * max(1.0, float((panels.weights * values).sum()))
    left = marked[:-1] & (np.abs(at_left - height[:-1]) * panels.half[:, 0] > size)
    right = marked[1:] & (np.abs(at_right - height[1:]) * panels.half[:, 0] > size)
    return np.asarray(left | right)


def _end(log_density: Formula, marks: Array, other: float, side: float, tail: float) -> float:
    """Return where on a side the mass beyond, at most |x − mark| p(x) for tails like 1/x² or lighter, is `tail`."""
    start = float(marks.max() if side > 0 else marks.min()) if marks.size else (other if math.isfinite(other) else 0.0)
    reach = 1e-3
    while reach < FARTHEST:
        at = float(log_density(np.array([start + side * reach]))[0])
        later = float(log_density(np.array([start + 2 * side * reach]))[0])
        if at + math.log(reach) < math.log(tail) and later < at:
            return start + side * reach
        reach *= 1.25
    raise InvalidInput("the density does not fall off: it cannot be normalised, or has no finite support in float64.")


def counted(at: Array, width: Array, x: Array) -> Array:
    """Return how many panels of the widest size fit between at[0] and each x; `width` is given at the places `at`."""
    rate = 1 / np.minimum(width[1:], width[:-1])  # the smaller of two neighbours counts
    return np.asarray(np.interp(x, at, np.concatenate([[0.0], np.cumsum(rate * np.diff(at))])))


def too_many(need: float, low: float, high: float) -> InvalidInput:
    """Return the refusal of a grid that is too large."""
    return InvalidInput(
        f"the grid would need {need:.3g} nodes, more than {MOST}: the steps are too fine for the width "
        f"[{low:.4g}, {high:.4g}] of the law. Where the drift throws the tails out, take smaller steps or a "
        "narrower start; else larger steps, a larger `tail`, or laws.Particles."
    )


def spaced(low: float, high: float, breaks: Array, at: Array, width: Array) -> Panels:
    """Return panels over [low, high] with ends at `breaks`, no wider than `width` (given at increasing `at`)."""
    inner = breaks[(breaks > low) & (breaks < high)]
    edges = np.unique(np.concatenate([[low], inner, [high]]))
    x = np.unique(np.concatenate([at, edges]))
    count = counted(at, width, x)
    need = ORDER * (float(count[-1]) + edges.size)
    if not need <= MOST:
        raise too_many(need, low, high)
    pieces = []
    for a, b in pairwise(edges):
        first, last = np.interp([a, b], x, count)
        cuts = np.linspace(first, last, max(1, math.ceil(last - first)) + 1)
        pieces.append(np.interp(cuts[:-1], count, x))
        pieces[-1][0] = a
    return Panels(np.append(np.concatenate(pieces), high))
