"""Targets, grids and samplers that the tests of the core share: asymmetric, shifted and correlated ones first."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from verify import TimeGrid, catalog, samplers, scores, targets

MEAN = np.array([1.0, -0.7, 0.4])
LAMBDA = np.array([0.3, 0.8, 3.0])
EXACT_LAW = (  # those that the oracle knows
    "ExponentialIntegrator",
    "RelativeIntegrator",
    "EulerMaruyama",
    "DDPM",
    "DDPMPosterior",
    "DDIM",
    "FlowEuler",
    "FlowExponential",
    "FlowHeun",
    "OptimalAncestral",
)
SAMPLERS = {  # whatever there is, one added tomorrow included
    name: kind for name, kind in catalog.classes("samplers").items() if issubclass(kind, samplers.ReverseSampler)
}
GRIDS = {
    "uniform": TimeGrid.uniform(3.0, 24),
    "stopped": TimeGrid.uniform(2.0, step=0.125, stop=0.25),
    "geometric": TimeGrid.geometric(3.0, 20, 0.01),
    "benton": TimeGrid.benton(3.0, 0.3, 0.02),
}


def rotation(dim: int, seed: int = 3) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0]


def target(correlated: bool) -> targets.Gaussian:
    """Return a Gaussian with eigenvalues `LAMBDA` and eigenbasis mean `MEAN`."""
    basis = rotation(3) if correlated else None
    return targets.Gaussian.from_spectrum(MEAN if basis is None else basis @ MEAN, LAMBDA, basis)


def build(name: str, score: Any, grid: TimeGrid, begin: str = "standard") -> Any:
    return SAMPLERS[name](score, grid, begin)


def errors(p: targets.Gaussian) -> dict[str, Any]:
    """Return one score of every class there is, with both signs, a direction and time profiles."""
    made: dict[str, Any] = {"Exact": scores.Exact(p)}
    direction = np.arange(1.0, p.dim + 1) * (-1.0) ** np.arange(p.dim)
    for name, cls in catalog.classes("scores").items():
        accepted = inspect.signature(cls).parameters
        if "sign" in accepted:
            made |= {f"{name}{sign:+d}": cls(p, 0.3, sign=sign) for sign in (1, -1)}
            made[f"{name} decaying"] = cls(p, scores.Decaying(0.3, 0.7), sign=-1)
        elif "direction" in accepted:
            made |= {name: cls(p, 0.3), f"{name} along": cls(p, 0.3, direction=direction)}
            made[f"{name} decaying"] = cls(p, scores.Decaying(0.3, -0.2), direction=direction)
    return made
