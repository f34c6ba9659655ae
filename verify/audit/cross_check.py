"""cross_check: the error of a sampler on a Gaussian mixture on the line, where its steps are not affine.

An audit on Gaussian data cannot see a fault that vanishes where the model is affine. On the line W1 and W2 between any
two laws are integrals of the distance of their quantile functions, and the probability-flow ODE is the increasing map
that keeps probabilities, so that the same question has an answer there too:

- without noise, quantile nodes of the first law go through the sampler: W_p by the midpoint rule, with an error
  estimated from half the nodes;
- with noise, n independent particles: sorted W_p, with the same statistic on exact samples as its null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.audit.bench import SpanLike, at
from verify.audit.level import DATA, Level, Span
from verify.audit.mixture import Mixture, MixtureModel
from verify.audit.probe import Sampler
from verify.audit.resolved import judged
from verify.audit.source import Event, Parts, Source, plan
from verify.backend import AnyArray, Array, converter, like, to_host
from verify.errors import InvalidInput, NotAffine
from verify.estimate import Estimate
from verify.finding import Finding, Verdict

NODES = 4096
PARTICLES = 100_000
NULLS = 40  # samples of the exact law
ROUNDING = 1e-9  # of the size of the data


def default_mixture() -> Mixture:
    """Return two unequal modes, separate but not out of each other's sight, with size about 1."""
    return Mixture(np.array([0.35, 0.65]), np.array([-1.2, 0.9]), np.array([0.09, 0.16]))


@dataclass(frozen=True, eq=False)
class CrossCheck:
    """Errors in W1 and W2 at each of `steps`, the verdict on their order in W1, and the `method` that was used."""

    name: str
    steps: tuple[int, ...]
    w1: tuple[Estimate, ...]
    w2: tuple[Estimate, ...]
    finding: Finding
    method: str

    @property
    def verdict(self) -> Verdict:
        """Holds, violated or inconclusive."""
        return self.finding.verdict

    def __str__(self) -> str:
        return f"{self.name} on a mixture: {self.verdict.value}: {self.finding.evidence}; {self.method}"


def cross_check(
    sampler: Sampler,
    data: Mixture | None = None,
    steps: Sequence[int] = (10, 20, 40, 80),
    *,
    order: float | None = None,
    span: SpanLike = None,
    array: str | None = None,
    nodes: int = NODES,
    particles: int = PARTICLES,
    seed: int = 0,
) -> CrossCheck:
    """Return the errors of ``sampler(model, start, noise, steps)`` on `data`, begun at the exact first law.

    `order`, `span` and `array` default to the attributes of the sampler, as in an audit; without a span the first level
    is that of the first model call and the goal is the data.
    """
    mixture = data or default_mixture()
    declared = getattr(sampler, "order", None) if order is None else order
    wanted = getattr(sampler, "span", None) if span is None else span
    to_state = converter(str(array or getattr(sampler, "array", "numpy")), "float64")
    counts = tuple(int(n) for n in steps)
    if len(counts) < 2 or sorted(set(counts)) != list(counts) or counts[0] < 1 or min(nodes, particles) < 16:
        raise InvalidInput(
            "`steps` must be at least two increasing whole numbers >= 1, with >= 16 nodes and particles."
        )
    found = [
        _measured(sampler, mixture, n, _span(sampler, mixture, n, wanted, to_state), to_state, nodes, particles, seed)
        for n in counts
    ]
    w1, w2 = tuple(pair[0] for pair in found), tuple(pair[1] for pair in found)
    unit = float(np.sqrt(mixture.cov[0, 0] + mixture.mean[0] ** 2))
    return CrossCheck(
        str(getattr(sampler, "name", None) or getattr(sampler, "__name__", type(sampler).__name__)),
        counts,
        w1,
        w2,
        judged(counts, w1, declared, ROUNDING * unit),
        w1[-1].method,
    )


class Drawn(Source):
    """A source of random noise, for particles; each elementary normal has its own stream, so that none is kept."""

    def __init__(self, state: AnyArray, plan: Sequence[tuple[Event, Parts]], seed: int) -> None:
        super().__init__(state, plan)
        self.seed = seed

    def _event(self, event: Event, sign: float) -> AnyArray:
        index, plan = len(self.log), self.plan or ()
        self.log.append(event)
        if index >= len(plan) or plan[index][0] != event:
            raise NotAffine(f"draw number {index + 1} is another on other input: its steps adapt to the state")
        drawn = np.zeros(tuple(self.state.shape))
        for part, weight in plan[index][1]:
            drawn += sign * weight * np.random.default_rng([self.seed, part]).standard_normal(drawn.shape)
        return like(drawn, self.state)


def _span(sampler: Sampler, data: Mixture, steps: int, wanted: SpanLike, to_state: Any) -> Span:
    if wanted is not None:
        return at(wanted, steps)
    model, start = MixtureModel(data), to_state(np.zeros((1, 1)))
    sampler(model, start, Source(start), steps)
    if not model.calls:
        raise InvalidInput("the sampler never calls the model; hand it over as `span` where it runs from and to.")
    return Span(Level(*model.calls[0]), DATA)


def _measured(
    sampler: Sampler, data: Mixture, steps: int, span: Span, to_state: Any, nodes: int, particles: int, seed: int
) -> tuple[Estimate, Estimate]:
    """Return W1 and W2 to the goal."""
    first, listened = data.at(span.start), Source(to_state(np.zeros((2, 1))))
    sampler(MixtureModel(data), listened.state, listened, steps)
    events = plan(listened.log)[0]

    def out(x: Array, noise: bool) -> Array:
        state = to_state(x.reshape(-1, 1).copy())
        source = Drawn(state, events, seed + 1) if noise else Source(state)
        with np.errstate(all="ignore"):
            return to_host(sampler(MixtureModel(data), state, source, steps)).reshape(-1)

    few = first.quantile(_midpoints(16))
    if not events or np.array_equal(out(few, True), out(few, False)):
        ends = out(first.quantile(np.concatenate([_midpoints(nodes), _midpoints(nodes // 2)])), False)
        return _quadrature(ends[:nodes], ends[nodes:], data, span)
    rng = np.random.default_rng([seed, 0])
    return _monte_carlo(out(first.sample(particles, rng)[:, 0], True), data, span, rng)


def _midpoints(n: int) -> Array:
    return (np.arange(n) + 0.5) / n


def _goal(data: Mixture, span: Span, u: Array) -> Array:
    """Return the quantiles of the goal; E[x_0 | x] increases with x, so that it takes quantiles to quantiles."""
    if span.jump is None:
        return data.quantile(u) if span.stop == DATA else data.at(span.stop).quantile(u)
    x = data.at(span.jump).quantile(u)[:, None]
    return np.asarray(MixtureModel(data).denoised(x, span.jump.sigma, span.jump.alpha)[:, 0])


def _distance(x: Array, goal: Array, power: int) -> float:
    gap = np.abs(np.sort(x) - goal)
    return float((gap**power).mean() ** (1 / power)) if np.isfinite(gap).all() else float("inf")


def _quadrature(fine: Array, coarse: Array, data: Mixture, span: Span) -> tuple[Estimate, Estimate]:
    goals = [_goal(data, span, _midpoints(x.size)) for x in (fine, coarse)]
    method = f"quadrature on {fine.size} quantiles"

    def estimate(power: int) -> Estimate:
        value, half = (_distance(x, goal, power) for x, goal in zip((fine, coarse), goals, strict=True))
        return Estimate.exact(value, abs(value - half) if np.isfinite(value + half) else 0.0, method, least=0.0)

    return estimate(1), estimate(2)


def _monte_carlo(cloud: Array, data: Mixture, span: Span, rng: np.random.Generator) -> tuple[Estimate, Estimate]:
    """Return sorted distances; W(F_n, F) of the cloud's own law F is taken to be as large as that of the goal's."""
    goal = _goal(data, span, _midpoints(cloud.size))
    gaps = rng.standard_exponential((NULLS, cloud.size + 1)).cumsum(axis=1)  # their ratios are sorted uniforms
    exact = [np.interp(gap[:-1] / gap[-1], _midpoints(cloud.size), goal) for gap in gaps]
    method = f"Monte Carlo, {cloud.size} particles"

    def estimate(power: int) -> Estimate:
        nulls, value = np.array([_distance(x, goal, power) for x in exact]), _distance(cloud, goal, power)
        low, high = (float(np.quantile(nulls, q)) for q in (0.025, 0.975))
        null = Estimate(float(np.clip(nulls.mean(), low, high)), low, high, 0.95, method)
        return Estimate(value, max(value - high, 0.0), value + high, 0.95, method, null)

    return estimate(1), estimate(2)
