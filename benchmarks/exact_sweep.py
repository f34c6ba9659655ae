"""Times the exact sweep against two per-step Python loops and JAX, interleaved, and writes the ratios.

2,000 cells: 20 step sizes × 10 horizons × 10 score errors in d = 64, up to N = 8,000 steps; law, KL, W2 and all bound
terms of every cell. The *probing loop* does the same work one step at a time: it feeds the running step with impulses
and folds mean and variance. The *recursion loop* runs no sampler: it has the scheme's coefficients written into it, as
a careful user would do by hand. Both use NumPy vectors over the coordinates. The loops run on a part of the cells and
are scaled by the number of steps. The peers in JAX (`exact_sweep_jax`) run where it is installed: float64, compiled
before they are timed, all cores; they give KL and W2 only. Run: ``python benchmarks/exact_sweep.py [--out FILE]``.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from verify import bounds, samplers, scores, targets
from verify.divergences import kl_terms, wasserstein2_terms
from verify.laws.sweep import exact_laws
from verify.noise import Impulse
from verify.timegrid import TimeGrid

DIM, TERMS = 64, ("initialisation", "discretisation", "score")


def cells(dim: int, scale: float = 1.0) -> list[samplers.ExponentialIntegrator]:
    """Return the samplers of the sweep; `scale` multiplies the numbers of steps."""
    target = targets.gallery.power_law(dim, 100.0)
    made = []
    for step in np.geomspace(0.001, 0.2, 20) / scale:
        grids = [TimeGrid(np.arange(round(horizon / step), -1, -1.0) * step) for horizon in np.arange(1, 11) * 0.8]
        for error in np.linspace(0, 0.1, 10):
            score = scores.Shifted(target, float(error))
            made += [samplers.ExponentialIntegrator(score, grid) for grid in grids]
    return made


def sweep(chains: list[samplers.ExponentialIntegrator]) -> np.ndarray:
    """Return KL, W2 and the printed bound's terms of every cell, shape (cells, 5), by the package's exact laws."""
    found = [law.deviation for law in exact_laws(chains)]
    target = chains[0].target
    c, delta = np.array([f.mean for f in found]), np.array([f.cov for f in found])
    lam = target.eigenvalues
    kl = kl_terms(c / np.sqrt(lam), delta / lam).sum(axis=1)
    w2 = np.sqrt(wasserstein2_terms(lam, c, delta).sum(axis=1))
    printed = bounds.Chen2023Theorem2()
    terms = np.array([[value[name] for name in TERMS] for value in map(printed.terms, chains)])
    return np.column_stack([kl, w2, terms])


def probing_loop(chain: samplers.ExponentialIntegrator) -> np.ndarray:
    """Return the same five numbers of one cell by probing the running step, one step at a time."""
    zero, one = np.zeros(chain.dim), np.ones(chain.dim)
    mean, var = zero, one
    for k in range(chain.steps):
        base = chain.step(k, zero, Impulse(zero))
        gain = chain.step(k, one, Impulse(zero)) - base
        scale = chain.step(k, zero, Impulse(zero, one)) - base
        mean, var = gain * mean + base, gain * gain * var + scale * scale
    return summary(chain, mean, var)


def recursion_loop(chain: samplers.ExponentialIntegrator) -> np.ndarray:
    """Return the same five numbers of one cell by a loop with the scheme's coefficients written into it."""
    target, tau = chain.target, chain.grid.tau
    lam, m = target.eigenvalues, target.spectral_mean
    beta = chain.score.beta(0.0)
    mean, var = np.zeros_like(lam), np.ones_like(lam)
    for k in range(chain.steps):
        h = tau[k] - tau[k + 1]
        at = 1 + (lam - 1) * math.exp(-2 * tau[k])
        grow, pull = math.exp(h), 2 * math.expm1(h)
        gain = grow - pull / at
        mean = gain * mean + pull * (math.exp(-tau[k]) * m / at + beta)
        var = gain * gain * var + math.expm1(2 * h)
    return summary(chain, mean, var)


def summary(chain: samplers.ExponentialIntegrator, mean: np.ndarray, var: np.ndarray) -> np.ndarray:
    """Return KL, W2 and the bound's terms of one output law."""
    lam, m = chain.target.eigenvalues, chain.target.spectral_mean
    rho = var / lam - 1
    kl = 0.5 * float((np.log1p(rho) - rho / (1 + rho) + (mean - m) ** 2 / var).sum())
    w2 = math.sqrt(float(((mean - m) ** 2 + (np.sqrt(var) - np.sqrt(lam)) ** 2).sum()))
    values = bounds.Chen2023Theorem2().terms(chain)
    return np.array([kl, w2, *(values[name] for name in TERMS)])


def timed(work: object, *args: object) -> float:
    """Return the seconds that work(*args) takes."""
    assert callable(work)
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def linearity() -> dict[str, float]:
    """Return the exponents of the cost in N and in d, from doublings of a single long chain."""
    base = samplers.ExponentialIntegrator

    def cost(steps: int, dim: int) -> float:
        chain = base(scores.Exact(targets.gallery.power_law(dim, 100.0)), TimeGrid.uniform(8.0, steps))
        return min(timed(chain.run, chain.start()) for _ in range(3))

    sizes = np.array([4000, 16000, 64000])
    in_steps = np.polyfit(np.log(sizes), np.log([cost(int(n), 64) for n in sizes]), 1)[0]
    dims = np.array([64, 256, 1024])
    in_dim = np.polyfit(np.log(dims), np.log([cost(4000, int(d)) for d in dims]), 1)[0]
    return {"exponent in N": round(float(in_steps), 3), "exponent in d": round(float(in_dim), 3)}


def compiled(chains: list[samplers.ExponentialIntegrator]) -> dict[str, Callable[[], np.ndarray]]:
    """Return the peers in JAX, each run once; none where it is not installed."""
    try:
        from exact_sweep_jax import peers
    except ImportError:
        return {}
    found = peers(chains)
    for work in found.values():
        work()
    return found


def versions() -> dict[str, str]:
    """Return what ran."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    if "jax" in sys.modules:
        found["jax"] = sys.modules["jax"].__version__
    return found


def gap(got: np.ndarray, want: np.ndarray) -> float:
    """Return the largest difference, relative where that makes sense."""
    return float((np.abs(got - want) / np.where(want > 0, want, 1.0)).max())


def main() -> None:
    """Run, check that all routes agree, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    chains, jax = cells(DIM), compiled(cells(DIM))
    subset = chains[7::40]
    share = sum(c.steps for c in chains) / sum(c.steps for c in subset)
    seconds: dict[str, list[float]] = {name: [] for name in ("sweep", "probing loop", "recursion loop", *jax)}
    for _ in range(options.rounds):
        bounds.assumptions.score_errors.cache_clear()
        seconds["sweep"].append(min(timed(sweep, chains) for _ in range(3)))
        for name, work in jax.items():
            seconds[name].append(min(timed(work) for _ in range(3)))
        seconds["probing loop"].append(share * timed(lambda: [probing_loop(c) for c in subset]))
        seconds["recursion loop"].append(share * timed(lambda: [recursion_loop(c) for c in subset]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sweep(chains)
    gaps = {name: gap(work(), found[:, :2]) for name, work in jax.items()}
    figures = {
        "cells": len(chains),
        "longest chain": max(c.steps for c in chains),
        "seconds": {name: round(statistics.median(times), 3) for name, times in seconds.items()},
        "ratio to the sweep": {
            name: round(statistics.median(t / s for t, s in zip(times, seconds["sweep"], strict=True)), 2)
            for name, times in seconds.items()
        },
        "largest relative difference": {
            "recursion loop": gap(found[7::40], np.array([recursion_loop(c) for c in subset])),
            **gaps,
        },
        "peak memory MB": round(peak),
        **linearity(),
        **versions(),
    }
    print(json.dumps(figures, indent=2))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
