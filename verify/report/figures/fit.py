"""Slope of a curve on logarithmic axes with its interval, and the sentence that states it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify.report.figures.frame import Array
from verify.report.text import exponent, symbol

_TOWARDS_ZERO = {"step", "score_error", "error", "kappa", "stop"}  # axes read from right to left
_DRIFT = 0.1  # halves whose exponents differ by more do not follow one power law


@dataclass(frozen=True)
class Fit:
    """Least-squares slope of log y, the interval that the points' intervals imply, and the slopes of both halves."""

    slope: float
    low: float
    high: float
    lower_half: float
    upper_half: float
    points: int

    @property
    def drifts(self) -> bool:
        """True where the two halves disagree, so that no single exponent describes the curve."""
        return abs(self.lower_half - self.upper_half) > _DRIFT * max(1.0, abs(self.slope))


def _weights(u: Array) -> Array:
    centred = u - u.mean()
    weights: Array = centred / (centred @ centred)
    return weights


def fit(x: Array, value: Array, low: Array, high: Array, *, log_x: bool = True) -> Fit | None:
    """Return the slope of log y against log x (or x), or None with fewer than two usable points.

    With weights w_i linear in log y the interval ends are Σ w_i log(low_i or high_i), exactly.
    """
    use = np.isfinite(value) & (value > 0) & (np.isfinite(x) & ((x > 0) | (not log_x)))
    order = np.argsort(x[use], kind="stable")
    x, value, low, high = (a[use][order] for a in (x, value, low, high))
    u = np.log(x) if log_x else x
    if len(np.unique(u)) < 2:
        return None
    w, y = _weights(u), np.log(value)
    with np.errstate(divide="ignore"):
        bottom, top = np.log(np.clip(low, 0, None)), np.log(high)
    sides = ((np.where(w > 0, a, b), w) for a, b in ((bottom, top), (top, bottom)))
    ends = [float(end[w != 0] @ w[w != 0]) for end, w in sides]  # an infinite end at the middle has no weight
    half = (len(u) + 1) // 2
    enough = len(np.unique(u[:half])) > 1 and len(np.unique(u[-half:])) > 1 and len(u) >= 4
    slope = float(w @ y)
    lower, upper = (float(_weights(u[s]) @ y[s]) if enough else slope for s in (slice(None, half), slice(-half, None)))
    return Fit(slope, ends[0], ends[1], lower, upper, len(u))


def _power(x: str, slope: float, log_x: bool) -> str:
    return f"{symbol(x)}^{exponent(slope)}" if log_x else f"e^{{{exponent(slope)} {symbol(x)}}}"


def slopes_note(fits: Sequence[Fit | None]) -> str:
    """Return what the numbers beside the triangles mean, empty where no curve has a slope."""
    known = [f for f in fits if f is not None]
    if not known:
        return ""
    local = " (“local”: the slope at that place, of a curve that follows no single power)"
    return f" Numbers beside triangles are fitted slopes{local if any(f.drifts for f in known) else ''}."


def sentence(name: str, x: str, fits: Sequence[Fit | None], *, log_x: bool = True) -> str:
    """Return "TV falls as h^1.00", a range over panels, or that no single power describes the curve."""
    known = [f for f in fits if f is not None]
    if not known:
        return f"{name} has too few positive points in scope for a rate"
    if any(f.drifts for f in known):
        ends = [s for f in known for s in (f.lower_half, f.upper_half)]
        kind = "power" if log_x else "exponential"
        if len(known) == 1:
            low, high = (_power(x, s, log_x) for s in ends)
            return f"{name} follows no single {kind}: {low} over the lower half of the points, {high} over the upper"
        return f"{name} follows no single {kind}: from {_power(x, min(ends), log_x)} to {_power(x, max(ends), log_x)}"
    least, most = (_power(x, pick(f.slope for f in known), log_x) for pick in (min, max))
    slopes = [f.slope for f in known]
    if max(abs(s) for s in slopes) < 0.02:
        return f"{name} does not change with {symbol(x)}"
    if min(slopes) < -0.02 and max(slopes) > 0.02:
        return f"{name} changes as {least} to {most}"
    verb = "falls" if (np.mean(slopes) < 0) != (x in _TOWARDS_ZERO) else "grows"
    return f"{name} {verb} as {least}" if least == most else f"{name} {verb} as {least} to {most}"
