"""A density on the line through the steps of a sampler.

A noisy step spreads every node x of the old grid to N(m(x), s(x)²), both found by running the step, and the new density
is evaluated on panels that resolve the kernel behind and the one ahead; Gauss rules converge geometrically for such
integrands. A deterministic step moves the nodes and leaves their masses alone. A Metropolis step spreads by accepted
moves and keeps what is rejected. A proximal map after the noise makes atoms where it is flat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import Array, keep_freed_memory
from verify.errors import Diverged, InvalidInput, NoDensity, NotAffine
from verify.laws import grid_panels
from verify.laws.grid_kernel import density, kernel
from verify.laws.grid_maps import cut, divided, mapped, preimages
from verify.laws.grid_steps import Move, acceptance, halves, is_metropolis, move
from verify.laws.panels import ORDER, Panels

WIDTH = 2.5  # of a panel, in standard deviations of the kernels that it must resolve
COARSE = 1.35  # panels of the companion, whose distance from the law is the error, are wider by this factor
TAIL = 1e-20  # probability that is left out at either end in a step
COVERED = 1e-18  # probability of the goal beyond either end of the last panels
PROBES = 1500
GRADE = 0.5  # by which the width of panels may change per unit of length
FARTHEST = 1e150
ENTRIES = 1 << 25  # of a kernel that is kept for the next step, or dense


def pushed(law: Any, sampler: Any, *, tail: float = TAIL, width: float = WIDTH) -> Any:
    """Return the law of the last iterate of `sampler`, dim = 1, from a GridDensity; its companion goes along.

    `tail` is the probability that may be left out at either end in a step; `width` the widest panel, in standard
    deviations of the noise. InvalidInput says how many nodes a step would need where that is too many.
    """
    if sampler.dim != 1:
        raise InvalidInput(f"a GridDensity follows samplers on the line; this {type(sampler).__name__} has d = "
                           f"{sampler.dim}: use laws.Particles.")  # fmt: skip
    if not (0 < tail < 1e-3 and 0 < width <= 20):
        raise InvalidInput(f"`tail` must lie in (0, 1e-3) and `width` in (0, 20]; got {tail} and {width}.")
    keep_freed_memory()
    # the rule of a Metropolis step is of second order: its companion has panels of twice the length
    wider, halvings = (1.0, 1) if is_metropolis(sampler) else (COARSE, 0)
    fine = _Chain(sampler, tail, width, halvings).run(replace(law, coarse=None))
    coarse = _Chain(sampler, tail, wider * width).run(replace(law.coarse or law, coarse=None))
    return replace(fine, coarse=coarse)


@dataclass(frozen=True, eq=False)
class _Settled:
    """Panels that a chain of equal steps stays on, with what the step does at their nodes and its kernel."""

    panels: Panels
    way: Move
    kernel: Any

    def covers(self, low: float, high: float) -> bool:
        return _covers(self.panels, low, high)


class _Chain:
    """One pass over the steps; equal steps on equal panels use one kernel again."""

    def __init__(self, sampler: Any, tail: float, width: float, halvings: int = 0) -> None:
        self.whole, self.tail, self.width, self.halvings = sampler, tail, width, halvings
        self.sampler, self.after, self.flat = halves(sampler)
        self.homogeneous = bool(getattr(sampler, "homogeneous", False))
        self.settled: _Settled | None = None
        kinks = getattr(getattr(sampler, "target", None), "kinks", ())
        kinks = (*kinks, *getattr(getattr(sampler, "penalty", None), "kinks", ()))
        self.breaks = np.array(sorted({float(kink) for kink in kinks}))

    def run(self, law: Any) -> Any:
        for k in range(self.whole.steps):
            law = self._metropolis(law, k) if is_metropolis(self.whole) else self._step(law, k)
        return law

    def _step(self, law: Any, k: int) -> Any:
        x, weights = law.quadrature()
        settled = self.settled
        if settled is not None and settled.panels is law.panels and k + 1 < self.whole.steps:
            low, high = self._range(settled.way, weights, k)
            if settled.covers(low, high):
                return type(law)(law.panels, (settled.kernel @ weights).reshape(-1, ORDER))
        self.settled = None
        if k == 0 or law.place is not None:
            law = self._resolving(law, k)
            x, weights = law.quadrature()
        keep = weights > 0
        way = move(self.sampler, k, x[keep])
        if way.x.size < keep.sum():
            raise Diverged(f"step {k} leads out of the range of float64; take smaller steps.")
        if way.is_map:
            moved = mapped(law, lambda points: move(self.sampler, k, points).mean, self.breaks)
        elif not (way.spread > 0).all():
            raise NoDensity(f"step {k} adds noise at some states only; no grid follows that: use laws.Particles.")
        else:
            moved = self._spread(law, way, weights[keep], k)
        return moved if self.after is None else mapped(moved, self.after, self.breaks, self.flat)

    def _resolving(self, law: Any, k: int) -> Any:
        """Return the law on panels that the kernel of step k, which was not yet known when they were made, needs."""
        if not law.panels.edges.size > 1:
            return law
        law = cut(law, self.breaks)
        way = move(self.sampler, k, law.nodes.ravel())
        if way.x.size < law.nodes.size or not (way.spread > 0).all():
            return law
        spread = way.spread.reshape(law.nodes.shape).min(axis=1)
        slope = np.abs(law.panels.derivative(way.mean.reshape(law.nodes.shape))).max(axis=1)
        ratio = slope * np.diff(law.panels.edges) / (self.width * spread)
        live = (law.panels.weights * law.mass).sum(axis=1) > self.tail
        pieces = np.where(live, np.ceil(np.maximum(ratio, 1.0)), 1.0)
        return law if pieces.max() <= 1 else divided(law, pieces.astype(int))

    def _spread(self, law: Any, way: Move, weights: Array, k: int) -> Any:
        panels = self._panels(law, way, weights, k)
        y = panels.nodes.ravel()
        if not (self.homogeneous and panels is law.panels and y.size == weights.size and y.size**2 < ENTRIES):
            return type(law)(panels, density(way, weights, y).reshape(-1, ORDER))
        self.settled = _Settled(panels, way, kernel(way, y))
        return type(law)(panels, (self.settled.kernel @ weights).reshape(-1, ORDER))

    def _range(self, way: Move, weights: Array, k: int) -> tuple[float, float]:
        """Return where the law after the step has its mass, and where its goal has it after the last."""
        reach = np.sqrt(2 * np.log(np.maximum(weights / self.tail, 1.0)))
        live = weights > self.tail
        low = float((way.mean - reach * way.spread)[live].min())
        high = float((way.mean + reach * way.spread)[live].max())
        if not (abs(low) < FARTHEST and abs(high) < FARTHEST):
            raise Diverged(f"the law leaves the range of float64 at step {k}; take smaller steps.")
        return self._with_goal(low, high, k)

    def _panels(self, law: Any, way: Move, weights: Array, k: int) -> Panels:
        """Return panels for the law after step k: the old ones where they serve."""
        low, high = self._range(way, weights, k)
        at, width = self._widths(way, weights, low, high, k)
        breaks = self.breaks
        if self.after is not None:
            breaks = np.union1d(breaks, preimages(self.after, self.flat, low, high))
        return self._again(law, low, high, at, width, breaks) or grid_panels.spaced(low, high, breaks, at, width)

    def _again(self, law: Any, low: float, high: float, at: Array, width: Array, breaks: Array) -> Panels | None:
        """Return the panels of `law` where they cover, resolve, and are not many more than needed."""
        old = law.panels
        if law.place is not None or law.spots.size or old.edges.size < 2 or breaks.size > self.breaks.size:
            return None
        if not _covers(old, low, high):
            return None
        count = grid_panels.counted(at, width, old.edges)
        if np.diff(count).max() > 1.05:
            return None
        need = float(np.diff(grid_panels.counted(at, width, np.array([low, high])))[0]) + 2
        return old if old.edges.size < 1.6 * need + 4 else None

    def _widths(self, way: Move, weights: Array, low: float, high: float, k: int) -> tuple[Array, Array]:
        """Return places and the widest panels there that resolve p(x)N(y; m(x), s²): the kernel behind and ahead."""
        at = np.linspace(low, high, PROBES)
        order = np.argsort(way.mean)
        centres, spreads = way.mean[order], way.spread[order]
        index = np.clip(np.searchsorted(centres, at), 1, max(centres.size - 1, 1))
        behind = np.minimum(spreads[index - 1], spreads[np.minimum(index, spreads.size - 1)])
        rate = 1 / behind**2
        if k + 1 < self.whole.steps:
            ahead = move(self.sampler, k + 1, at)
            if ahead.x.size == at.size and not ahead.is_map:
                slope = np.abs(np.gradient(ahead.mean, at))
                slope = np.maximum(slope, np.maximum(np.append(slope[1:], 0), np.append(0, slope[:-1])))
                rate = rate + (slope / np.maximum(ahead.spread, 1e-300)) ** 2
        return at, graded(at, self.width / np.sqrt(rate))

    def _with_goal(self, low: float, high: float, k: int) -> tuple[float, float]:
        """Return an interval that, after the last step, also covers the goal: a divergence looks there."""
        if k + 1 < self.whole.steps or self.after is not None:
            return low, high
        try:
            goal = self.whole.goal()
            if getattr(goal, "dim", 0) != 1 or not hasattr(goal, "log_density"):
                return low, high
            ends = _ends(goal, COVERED)  # whatever `tail`: KL(goal‖law) is infinite where the grid stops short
        except (AttributeError, InvalidInput, NoDensity, NotAffine):
            return low, high
        if max(high, ends[1]) - min(low, ends[0]) > 20 * (high - low):
            return low, high  # a goal with heavy tails: the divergence says that they are not covered
        return min(low, ends[0]), max(high, ends[1])

    def _metropolis(self, law: Any, k: int) -> Any:
        """Return ∫ p(x) q(x, y) a(x, y) dx + p(y) r(y), r(x) = 1 − ∫ q(x, y) a(x, y) dy by the same rule.

        All steps use one set of panels. The acceptance has kinks, so the rule converges algebraically; detailed balance
        holds node by node, so that π is invariant to rounding.
        """
        if law.spots.size or law.place is not None:
            raise NoDensity("a Metropolis chain on a grid starts from a law with a density; diffuse it first.")
        if k == 0:
            law = self._on_common_panels(law)
        x, weights = law.nodes.ravel(), law.panels.weights.ravel()
        if x.size**2 > ENTRIES:
            raise InvalidInput(
                f"a Metropolis step would need {x.size} nodes, and their squares in memory, more than "
                f"{int(ENTRIES**0.5)}: take larger steps, or laws.Particles."
            )
        if self.settled is None or not self.homogeneous:
            way = move(self.whole, k, x)
            dense = kernel(way, x)
            dense = dense if isinstance(dense, np.ndarray) else dense.toarray()
            self.settled = _Settled(law.panels, way, dense * acceptance(self.whole, k, x, x).T)
            self.stays = np.maximum(1 - weights @ self.settled.kernel, 0.0)  # rounding, where every move is accepted
        p = law.mass.ravel()
        return type(law)(law.panels, (self.settled.kernel @ (p * weights) + p * self.stays).reshape(-1, ORDER))

    def _on_common_panels(self, law: Any) -> Any:
        low, high = self._metropolis_range(law)
        at = np.linspace(low, high, PROBES)
        way = move(self.whole, 0, at)
        slope = np.abs(np.gradient(way.mean, at)) if way.x.size == at.size else np.ones_like(at)
        scale = float(np.median(way.spread))
        width = self.width / 2 * np.minimum(scale / np.maximum(slope, 1.0), (high - low) / 8)
        old = law.panels
        inner = old.edges[(old.edges > low) & (old.edges < high)]
        panels = grid_panels.spaced(low, high, np.union1d(self.breaks, inner), at, width)
        for _ in range(self.halvings):
            panels = panels.halved(np.ones(panels.edges.size - 1, dtype=bool))
        return type(law)(panels, np.exp(law.log_values_at(panels.nodes)))

    def _metropolis_range(self, law: Any) -> tuple[float, float]:
        ends = _ends(self.whole.target, self.tail)
        low, high = min(law.ends[0], ends[0]), max(law.ends[-1], ends[1])
        if np.isfinite(grid_panels.support(self.whole.target)).any():
            inner = grid_panels.support(self.whole.target)
            low, high = max(low, inner[0]), min(high, inner[1])
        return low, high


def graded(at: Array, width: Array) -> Array:
    """Return the largest widths ≤ `width` that change by at most GRADE per unit of length."""
    up = np.minimum.accumulate(width - GRADE * at) + GRADE * at
    return np.asarray(np.minimum(up, (np.minimum.accumulate((width + GRADE * at)[::-1]))[::-1] - GRADE * at))


def _covers(panels: Panels, low: float, high: float) -> bool:
    slack = 0.02 * (high - low)
    return bool(panels.edges[0] <= low + slack and panels.edges[-1] >= high - slack)


def _ends(target: Any, tail: float) -> tuple[float, float]:
    def formula(x: Array) -> Array:
        return np.asarray(target.log_density(x[..., None]))

    panels = grid_panels.adapted(formula, grid_panels.landmarks(target), grid_panels.support(target), max(tail, 1e-18))
    return float(panels.edges[0]), float(panels.edges[-1])
