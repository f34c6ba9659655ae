"""Every Langevin sampler there is, each on a Gaussian target with what else it needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify import catalog, samplers, targets

SAMPLERS = {  # whatever there is, one added tomorrow included
    name: kind for name, kind in catalog.classes("samplers").items() if issubclass(kind, samplers.LangevinSampler)
}
MEAN, PRECISIONS = np.array([1.0, -0.7, 0.4]), np.array([0.5, 1.3, 2.6])
KINETIC = ("BAOAB", "KineticExponentialEuler", "OBABO", "UBU")


def rotation(dim: int, seed: int = 3) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0]


def target(correlated: bool = True, precisions: np.ndarray = PRECISIONS) -> targets.Gaussian:
    """Return a shifted Gaussian with the given precisions, in a random basis or along the axes."""
    mean = np.resize(MEAN, len(precisions))
    return targets.Gaussian.from_spectrum(mean, 1 / precisions, rotation(len(precisions)) if correlated else None)


def more(name: str, p: targets.Gaussian, step: float, steps: int) -> dict[str, Any]:
    """Return what a sampler needs beside target, step size and number of steps; values that no default hides."""
    other = targets.Gaussian(np.linspace(-0.5, 0.3, p.dim), np.diag(np.linspace(1.0, 2.0, p.dim)))
    ramp = np.linspace(0.5, 1.5, steps if name == "AnnealedULA" else 1)
    bend = samplers.DiagonalMetric(lambda x: 1 / (1 + 0.1 * x * x), lambda x: -0.2 * x / (1 + 0.1 * x * x) ** 2)
    kinetic = {"friction": 1.4, "inverse_mass": 0.8}
    given: dict[str, dict[str, Any]] = {
        "Adjusted": {"proposal": samplers.ULA(p, step, steps)},
        "AnnealedULA": {"inverse_temperature": ramp, "relative_step": ramp[::-1]},
        "DecayingSGD": {"gradient_noise": 1.3, "half_time": 4.0},
        "ExactLangevin": {"inverse_temperature": 2.0},
        "MYULA": {"penalty": other, "smoothing": 0.7},
        "MirrorLangevin": {"mirror": samplers.MirrorMap(lambda x: x, lambda y: y, lambda x: 1 + 0 * x)},
        "PreconditionedLangevin": {"preconditioner": np.eye(p.dim) + 0.3},
        "PrimalDualLangevin": {"penalty": other, "dual_step": 0.5},
        "ProximalLangevin": {"penalty": other},
        "RiemannianLangevin": {"metric": bend},
        "SGD": {"gradient_noise": 1.3},
        "SGLD": {"gradient_noise": 1.3, "inverse_temperature": 2.0},
        "TamedULA": {"inverse_temperature": 2.0},
        "ULA": {"inverse_temperature": 2.0},
        **dict.fromkeys(KINETIC, kinetic),
    }
    return given.get(name, {})


def build(name: str, p: targets.Gaussian, step: float = 0.1, steps: int = 12, **other: Any) -> Any:
    return SAMPLERS[name](p, step, steps, **(more(name, p, step, steps) | other))
