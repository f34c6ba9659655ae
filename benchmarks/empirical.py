"""Times distances of a cloud from a known Gaussian law against plain NumPy, SciPy and POT, interleaved, on one core.

Ours return an interval and a null, the others a number; *distance alone* is our number without these. Competitors that
know samples only get the law's quantiles, or as many draws from it. Each is checked to agree within what a bias that
we remove and quantiles at midpoints make, draws also within the null's upper end (triangle inequality). Peak memory is
that of a process that does one thing once, beyond that of one which makes the cloud only.
Run: ``python benchmarks/empirical.py [--rounds 5] [--scale 1] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from measuring import alone, compared, interleaved, peak_here, versions, written
from scipy.linalg import sqrtm
from scipy.special import ndtri
from scipy.stats import norm, wasserstein_distance

import verify as vf
from verify.divergences import sliced

try:
    import ot
except ImportError:
    ot = None

Array = np.ndarray
Routes = dict[str, Callable[[], Any]]  # to a number, ours to an Estimate
OURS, ALONE, PLAIN, DRAWS = "boundcheck", "boundcheck, distance alone", "NumPy", "POT, against draws"
DIRECTIONS = 64
FEW_ENOUGH = 100_000  # particles, for POT's sliced distance to end in seconds


def laws_and_cloud(n: int, dim: int) -> tuple[vf.laws.Gaussian, vf.laws.Particles]:
    """Return a law with full covariance and a cloud from another one close to it."""
    rng = np.random.default_rng(20230405)
    root = np.eye(dim) + 0.3 * rng.standard_normal((dim, dim)) / math.sqrt(dim)
    law = vf.laws.Gaussian(np.linspace(-1.0, 1.0, dim) if dim > 1 else np.array([0.4]), root @ root.T)
    return law, vf.laws.Particles.sampled(vf.laws.Gaussian(law.mean + 0.05, 1.1 * law.cov), n, 7)


def midpoints(n: int) -> Array:
    """Return the standard normal quantiles at (i − ½)/n."""
    return ndtri((np.arange(n) + 0.5) / n)


def on_the_line_2(n: int) -> Routes:
    """Return the routes to the sorted W2 on the line."""
    law, cloud = laws_and_cloud(n, 1)
    x, scale = cloud.points[:, 0], math.sqrt(law.cov[0, 0])
    routes: Routes = {
        OURS: lambda: vf.wasserstein2(law, cloud, estimator="sorted"),
        PLAIN: lambda: math.sqrt(np.mean((np.sort(x) - law.mean[0] - scale * midpoints(n)) ** 2)),
    }
    if ot is not None:
        routes["POT"] = lambda: math.sqrt(ot.wasserstein_1d(x, law.mean[0] + scale * midpoints(n), p=2))
    return routes


def on_the_line_1(n: int) -> Routes:
    """Return the routes to W1 on the line."""
    law, cloud = laws_and_cloud(n, 1)
    x, scale = cloud.points[:, 0], math.sqrt(law.cov[0, 0])
    return {
        OURS: lambda: vf.wasserstein1(law, cloud),
        PLAIN: lambda: float(np.abs(np.sort(x) - law.mean[0] - scale * midpoints(n)).mean()),
        "SciPy": lambda: float(wasserstein_distance(x, law.mean[0] + scale * midpoints(n))),
    }


def over_directions(n: int, dim: int) -> Routes:
    """Return the routes to the sliced W2, all over the same directions."""
    law, cloud = laws_and_cloud(n, dim)
    x, lines = cloud.points, sliced._lines(dim, DIRECTIONS, 0)

    def loop(quantiles: Callable[[float, float], Array]) -> float:
        total = 0.0
        for line in lines:
            scale, centre = math.sqrt(line @ law.cov @ line), float(line @ law.mean)
            total += np.mean((np.sort(x @ line) - quantiles(centre, scale)) ** 2)
        return math.sqrt(total / DIRECTIONS)

    def once() -> float:
        standard = midpoints(n)
        return loop(lambda centre, scale: centre + scale * standard)

    levels = (np.arange(n) + 0.5) / n
    routes: Routes = {
        OURS: lambda: vf.sliced_wasserstein2(law, cloud, directions=DIRECTIONS),
        ALONE: lambda: math.sqrt(sliced.squares(x, law.mean, law.cov, lines)[0].mean()),
        "NumPy loop, quantiles once": once,
        "NumPy loop, norm.ppf": lambda: loop(lambda centre, scale: norm.ppf(levels, centre, scale)),
    }
    if ot is not None and n <= FEW_ENOUGH:
        other = vf.laws.Particles.sampled(law, n, 8).points
        routes[DRAWS] = lambda: float(ot.sliced_wasserstein_distance(x, other, projections=lines.T))
    return routes


def fitted_kl(n: int, dim: int) -> Routes:
    """Return the routes to KL(fit‖law) of the Gaussian fitted to the cloud; NumPy removes the bias to leading order."""
    law, cloud = laws_and_cloud(n, dim)
    x = cloud.points

    def plain() -> float:
        cov, shift, inverse = np.cov(x.T), x.mean(axis=0) - law.mean, np.linalg.inv(law.cov)
        gap = np.linalg.slogdet(law.cov)[1] - np.linalg.slogdet(cov)[1]
        return float(0.5 * (np.trace(inverse @ cov) - dim + shift @ inverse @ shift + gap)) - dim * (dim + 3) / (4 * n)

    return {OURS: lambda: vf.kl(cloud, law), PLAIN: plain}


def fitted_w2(n: int, dim: int) -> Routes:
    """Return the routes to W2 of the Gaussian fitted to the cloud from the law."""
    law, cloud = laws_and_cloud(n, dim)
    x = cloud.points

    def plain() -> float:
        cov, shift, root = np.cov(x.T), x.mean(axis=0) - law.mean, np.real(sqrtm(law.cov))
        mixed = np.real(sqrtm(root @ cov @ root))
        return math.sqrt(float(shift @ shift + np.trace(cov + law.cov - 2 * mixed)))

    return {OURS: lambda: vf.wasserstein2(law, cloud), "NumPy and SciPy's sqrtm": plain}


def workloads(scale: float) -> dict[str, tuple[Callable[[], Routes], float]]:
    """Return {name: (its routes, relative difference that is allowed)}."""
    million, many, some, few = (max(1000, round(scale * n)) for n in (1_000_000, 300_000, 100_000, 20_000))
    return {
        f"W2 sorted, d = 1, n = {million:,}": (lambda: on_the_line_2(million), 0.02),
        f"W1, d = 1, n = {million:,}": (lambda: on_the_line_1(million), 0.02),
        f"sliced W2, d = 4, n = {many:,}": (lambda: over_directions(many, 4), 0.02),
        f"sliced W2, d = 16, n = {some:,}": (lambda: over_directions(some, 16), 0.02),
        f"sliced W2, d = 16, n = {few:,}": (lambda: over_directions(few, 16), 0.02),
        f"plug-in KL, d = 16, n = {some:,}": (lambda: fitted_kl(some, 16), 0.02),
        f"plug-in W2, d = 16, n = {some:,}": (lambda: fitted_w2(some, 16), 0.02 * max(1.0, 1 / scale)),
    }


def measured(name: str, index: int, routes: Routes, allowed: float, options: argparse.Namespace) -> dict[str, Any]:
    """Return times, ratios, peaks and values of one workload; AssertionError where a route disagrees."""
    answers = {route: work() for route, work in routes.items()}
    ours, values = answers[OURS], {route: float(answer) for route, answer in answers.items()}
    for route, value in values.items():
        close = allowed * ours.value + (ours.null.high if route == DRAWS else 0.0)
        assert abs(value - ours.value) <= close, f"{name}: {route} gives {value}, ours {ours}"
    found = compared(interleaved(routes, options.rounds), ALONE if ALONE in routes else OURS)
    print(name, found, file=sys.stderr, flush=True)
    base = alone("--one", index, "nothing", "--scale", options.scale)["MB"]
    peaks = {route: alone("--one", index, route, "--scale", options.scale)["MB"] - base for route in routes}
    return {**found, "peak memory beyond the cloud MB": {k: round(v) for k, v in peaks.items()}, "value": values}


def main() -> None:
    """Run, check, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of particles")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--one", nargs=2, metavar=("INDEX", "ROUTE"), help="run one route once, print its peak memory")
    options = parser.parse_args()
    every = workloads(options.scale)
    if options.one:
        routes = list(every.values())[int(options.one[0])][0]()
        routes.get(options.one[1], lambda: 0.0)()
        print(json.dumps({"MB": peak_here()}))
        return
    found = {name: measured(name, i, make(), ok, options) for i, (name, (make, ok)) in enumerate(every.items())}
    written({**found, "versions": versions(("numpy", "scipy", "pot")), "cores": 1}, options.out)


if __name__ == "__main__":
    main()
