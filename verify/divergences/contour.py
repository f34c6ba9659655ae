"""Total variation and overlap of N(0, I) and N(b, diag(1 + e)) as contour integrals, by the trapezoid rule.

With C(s) = ∫ p^{1−s} q^s and min(1, e^{−ℓ}) = (1/2πi) ∫ e^{−sℓ}/(s(1 − s)) ds on 0 < Re s < 1,

.. math:: 1 − TV = \\frac1{2πi}\\int \\frac{C(s)}{s(1−s)}ds, \\qquad TV = \\frac1{2πi}\\int \\frac{1 − C(s)}{s(1−s)}ds,

both poles of the second integrand being removable. The line is bent into a hyperbola
s(t) = s₀ + S[±A(cosh t − 1) + i sinh t] towards the side where C decays, on which the trapezoid rule converges
geometrically (Trefethen, Weideman, 2014, SIAM Review); S is the inverse standard deviation of the log-likelihood ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.divergences.special import FAR, log_ratio
from verify.special import log1pmx

Complex = npt.NDArray[np.complex128]
EPS = float(np.finfo(float).eps)
REACH = 40.0  # e^{−40} of the integrand is left beyond |t| = REACH
BLOCK = 1 << 14  # complex numbers per block: stays in cache
STEPS = (0.2, 0.1, 0.05, 0.025)
BENDS = (0.5, 0.25, 0.0, -0.25)  # A, towards the decaying side; 0 is the straight line


@dataclass(frozen=True, eq=False)
class Ratio:
    """The log-likelihood ratio of a pair, through log C(s): coordinates with |e| ≤ ½ apart from the others."""

    near_b: Array
    near_e: Array
    far_b: Array
    far_e: Array
    far_v: Array

    @classmethod
    def of(cls, b: Array, e: Array, v: Array) -> Ratio:
        """Split the coordinates."""
        far = np.abs(e) > FAR
        return cls(b[~far], e[~far], b[far], e[far], v[far])

    def log_c(self, s: Complex) -> Complex:
        """Return log C(s) for s of shape (K,)."""
        rows = max(1, BLOCK // max(1, self.near_e.size + self.far_e.size))
        parts: list[Complex] = [self._log_c(s[i : i + rows, None]) for i in range(0, s.size, rows)]
        return np.concatenate(parts)

    def _log_c(self, s: Complex) -> Complex:
        w = 1 - s
        z = w * self.near_e
        total = 0.5 * (w[:, 0] * log1pmx(self.near_e).sum() - log1pmx(z).sum(axis=1))
        total -= 0.5 * (s * w)[:, 0] * (self.near_b**2 / (1 + z)).sum(axis=1)
        if self.far_e.size:
            inner = s + w * self.far_v
            total += 0.5 * (w[:, 0] * np.log(self.far_v).sum() - np.log(inner).sum(axis=1))
            total -= 0.5 * (s * w)[:, 0] * (self.far_b**2 / inner).sum(axis=1)
        return np.asarray(total)

    def slopes(self, s: float) -> tuple[float, float]:
        """Return the first two derivatives of log C at real s in (0, 1)."""
        b, e = np.concatenate([self.near_b, self.far_b]), np.concatenate([self.near_e, self.far_e])
        v = np.concatenate([1 + self.near_e, self.far_v])
        inner = s + (1 - s) * v
        # −½ s(1−s) b²/inner: its derivatives in closed form, with inner' = −e
        first = 0.5 * (e / inner - log_ratio(e, v)) - 0.5 * b**2 * ((1 - 2 * s) * inner + s * (1 - s) * e) / inner**2
        second = 0.5 * (e / inner) ** 2 + b**2 * v / inner**3
        return float(first.sum()), float(second.sum())

    def side(self) -> float:
        """Return the side of the line on which C decays: the sign of ½ Σ [log(1 + e) + b²/e]."""
        e, b = np.concatenate([self.near_e, self.far_e]), np.concatenate([self.near_b, self.far_b])
        v = np.concatenate([1 + self.near_e, self.far_v])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            pull = float((log_ratio(e, v) + np.where(b == 0, 0.0, b**2 / e)).sum())
        return 1.0 if np.isnan(pull) or pull >= 0 else -1.0


def _trapezoid(ratio: Ratio, centre: float, scale: float, bend: float, overlap: float | None) -> tuple[float, float]:
    """Return (integral, its error) by halving the step until two results agree to rounding.

    `overlap` None: the integral for TV; else that for (1 − TV) e^{−overlap}.
    """
    reach = REACH + max(0.0, -np.log(scale))
    previous, total, worst, count = np.inf, 0.0, 0.0, 0
    for level, step in enumerate(STEPS):
        offset = 0 if level == 0 else 1
        t = step * np.arange(offset, int(reach / step) + 1, 1 + offset)
        s = centre + scale * (bend * (np.cosh(t) - 1) + 1j * np.sinh(t))
        ds = scale * (bend * np.sinh(t) + 1j * np.cosh(t))
        log_c = ratio.log_c(s)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            top = -np.expm1(log_c) if overlap is None else np.exp(log_c - overlap)
            f = (top * ds / (s * (1 - s))).imag
        if level == 0:
            f[0] *= 0.5
        total += float(f.sum())
        worst = max(worst, float(np.abs(f).max()))
        count += f.size
        value = step * total / np.pi
        error = abs(value - previous) + EPS * worst * step * np.sqrt(count)
        if not np.isfinite(value):
            return np.nan, np.inf
        if error <= 4 * EPS * worst * step * np.sqrt(count) or (level > 0 and error <= 1e-13 * abs(value)):
            break
        previous = value
    return value, error


def _best(ratio: Ratio, centre: float, scale: float, overlap: float | None) -> tuple[float, float]:
    best, side = (np.nan, np.inf), ratio.side()
    for bend in BENDS:
        found = _trapezoid(ratio, centre, scale, side * bend, overlap)
        if found[1] < best[1]:
            best = found
        if best[1] <= 1e-12 * abs(best[0]):
            break
    return best


def total_variation(ratio: Ratio) -> tuple[float, float]:
    """Return (TV, error bound) of a pair that is not identical."""
    spread = ratio.slopes(0.5)[1]
    return _best(ratio, 0.5, 1 / np.sqrt(spread), None)


def log_overlap(ratio: Ratio) -> tuple[float, float]:
    """Return (log(1 − TV), error bound), through the saddle of C in (0, 1): accurate for nearly disjoint pairs."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if ratio.slopes(middle)[0] > 0 else (middle, high)
    centre = 0.5 * (low + high)
    level = float(ratio.log_c(np.array([centre + 0j]))[0].real)
    scale = min(1 / np.sqrt(ratio.slopes(centre)[1]), centre, 1 - centre)
    value, error = _best(ratio, centre, scale, level)
    return level + np.log(value), error / value + 4 * EPS * abs(level)
