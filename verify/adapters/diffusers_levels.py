"""Noise levels of diffusers schedulers: what a network takes a timestep to mean, and what the scheduler assumes.

A network that was trained on timesteps 0 … T−1 knows one level for each; between two of them the log-SNR is
interpolated linearly, as the library's own `_sigma_to_t` does. Everything here is NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array

SINGLE = 3e-6  # 32 units in the last place: a level is the exponential of a timestep
Levels = list[tuple[float, float]]  # (alpha, sigma), one for each model call


def preserving(alpha_bar: npt.ArrayLike, timesteps: npt.ArrayLike) -> Levels:
    """Return (√ᾱ, √(1 − ᾱ)) at timesteps, ᾱ given at 0, 1, …; log-SNR linear in between, constant outside."""
    table = np.asarray(alpha_bar, dtype=np.float64)
    t = np.clip(np.asarray(timesteps, dtype=np.float64), 0, len(table) - 1)
    low = np.minimum(t.astype(int), max(len(table) - 2, 0))
    weight = t - low
    with np.errstate(divide="ignore"):
        log_snr = np.log(table) - np.log1p(-table)
    above = log_snr[np.minimum(low + 1, len(table) - 1)]
    with np.errstate(invalid="ignore"):  # 0·∞ where the log-SNR of a training timestep is infinite
        between = (1 - weight) * log_snr[low] + weight * above
    return logistic(np.where(weight == 0, log_snr[low], np.where(weight == 1, above, between)))


def logistic(log_snr: npt.ArrayLike) -> Levels:
    """Return the variance-preserving levels with these log(α²/σ²)."""
    half = 0.5 * np.atleast_1d(np.asarray(log_snr, dtype=np.float64))
    with np.errstate(over="ignore"):
        return _paired(1 / np.sqrt(1 + np.exp(-2 * half)), 1 / np.sqrt(1 + np.exp(2 * half)))


def from_sigma(sigma: npt.ArrayLike) -> Levels:
    """Return the variance-preserving levels with σ/α = `sigma`: (1/√(1 + sigma²), sigma/√(1 + sigma²))."""
    ratio = np.atleast_1d(np.asarray(sigma, dtype=np.float64))
    norm = np.hypot(1, ratio)
    return _paired(1 / norm, ratio / norm)


def exploding(sigma: npt.ArrayLike) -> Levels:
    """Return the variance-exploding levels (1, sigma)."""
    ratio = np.atleast_1d(np.asarray(sigma, dtype=np.float64))
    return _paired(np.ones_like(ratio), ratio)


def flow(sigma: npt.ArrayLike) -> Levels:
    """Return the levels of flow matching, (1 − sigma, sigma)."""
    ratio = np.atleast_1d(np.asarray(sigma, dtype=np.float64))
    return _paired(1 - ratio, ratio)


def angle(quarter_turns: npt.ArrayLike) -> Levels:
    """Return (cos(πt/2), sin(πt/2))."""
    radians = 0.5 * math.pi * np.atleast_1d(np.asarray(quarter_turns, dtype=np.float64))
    return _paired(np.cos(radians), np.sin(radians))


def family(scheduler: Any) -> str:
    """Return how the network of this scheduler is told its level: edm, flow, angle, wuerstchen or preserving."""
    config = scheduler.config
    if hasattr(scheduler, "precondition_outputs") or hasattr(scheduler, "get_scalings_for_boundary_condition"):
        return "edm"
    if config.get("use_flow_sigmas") or config.get("prediction_type") == "flow_prediction":
        return "flow"
    if hasattr(scheduler, "alphas_cumprod"):
        return "preserving"
    if hasattr(scheduler, "_alpha_cumprod"):
        return "wuerstchen"
    return "angle" if hasattr(scheduler, "pndm_order") else "flow"


def told(scheduler: Any, timesteps: Any) -> Levels:
    """Return the levels that the network understands by `timesteps` of this scheduler.

    EDM: variance exploding, sigma from the conditioning c_noise. Flow matching: sigma = t/T (1 − t where timesteps
    rise as noise falls). Else variance preserving.
    """
    t = host(timesteps)
    kind = family(scheduler)
    if kind == "edm":
        return exploding(_conditioned(scheduler, t))
    if kind == "flow":
        trained = scheduler.config.get("num_train_timesteps")
        return flow(1 - t if trained is None else t / trained)
    if kind == "angle":
        return angle(t)
    if kind == "wuerstchen":
        return preserving_at(host(scheduler._alpha_cumprod(timesteps, timesteps.device)))
    if scheduler.config.get("timestep_type") == "continuous" and scheduler.config.prediction_type == "v_prediction":
        return from_sigma(np.exp(4 * t))
    return preserving(host(scheduler.alphas_cumprod), t)


def preserving_at(alpha_bar: Array) -> Levels:
    """Return (√ᾱ, √(1 − ᾱ))."""
    return preserving(alpha_bar, np.arange(len(alpha_bar)))


def _conditioned(scheduler: Any, t: Array) -> Array:
    """Return sigma of c_noise = log(sigma)/4 (Karras et al., 2022), or = 2 atan(sigma)/π; the names tell."""
    if "Cosine" in type(scheduler).__name__:
        return np.tan(0.5 * math.pi * t)
    if hasattr(scheduler, "sigma_to_t"):  # consistency models: 1000·log(sigma + 1e−44)/4
        return np.exp(4 * t / 1000)
    return np.exp(4 * t)


def host(values: Any) -> Array:
    """Return a tensor, array or list as float64 on the host."""
    plain = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    return np.atleast_1d(np.asarray(plain, dtype=np.float64))


def _paired(alpha: Array, sigma: Array) -> Levels:
    return [(float(a), float(s)) for a, s in zip(alpha, sigma, strict=True)]


def same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two levels differ by no more than the single precision in which the library keeps timesteps."""
    return all(abs(a - b) <= SINGLE * max(a, b, 1e-2) for a, b in zip(one, other, strict=True))


def rows(levels: Sequence[tuple[float, float]]) -> Array:
    """Return levels as an array of shape (calls, 2)."""
    return np.asarray(levels, dtype=np.float64).reshape(-1, 2)
