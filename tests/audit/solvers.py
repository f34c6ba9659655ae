"""Reference solvers in the manner of a scheduler, readable and right, each fault a switch: DPM-Solver++(2M) and an SDE.

Variance preserving, λ = log(α/σ), uniform in λ from −4 to 4, last step to the denoised data (Lu et al., 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from verify.audit import Level, Model, Source, Span

FIRST, LAST = -4.0, 4.0


def grid(steps: int) -> np.ndarray:
    """Return λ of the steps + 1 states."""
    return np.linspace(FIRST, LAST, steps + 1)


def levels(lam: Any) -> tuple[Any, Any]:
    """Return α = 1/√(1 + e^{−2λ}) and σ = α e^{−λ}."""
    alpha = 1 / np.sqrt(1 + np.exp(-2 * lam))
    return alpha, alpha * np.exp(-lam)


@dataclass(frozen=True)
class Multistep:
    """DPM-Solver++(2M), order 2, then E[x_0 | x]; `fault` is one planted fault, or nothing."""

    fault: str = ""
    order: float = 2.0

    def span(self, steps: int) -> Span:
        first, last = (Level(*levels(lam)) for lam in (FIRST, LAST))
        return Span(first, prior=1.0, jump=last)

    def told(self, lam: np.ndarray, k: int) -> tuple[float, float]:
        """Return (σ, α) as the model hears them at state k."""
        if self.fault == "previous timestep":
            k = max(k - 1, 0)
        if self.fault == "next timestep":
            k = min(k + 1, len(lam) - 1)
        alpha, sigma = levels(lam[k])
        if self.fault == "rounding":
            sigma = round(sigma / alpha, 1) * alpha if sigma / alpha > 0.3 else sigma
        if self.fault == "variance":
            sigma = sigma**2
        return sigma, alpha

    def __call__(self, model: Model, x: Any, noise: Source, steps: int) -> Any:
        lam = grid(steps)
        alpha, sigma = levels(lam)
        if self.fault == "float32 schedule":
            alpha, sigma = (v.astype(np.float32).astype(float) for v in (alpha, sigma))
            lam = np.log(alpha / sigma).astype(np.float32).astype(float)
        before = None
        for k in range(steps):
            if self.fault == "float32 schedule":
                seen = model.denoised(x, sigma[k], alpha[k])
            else:
                seen = model.denoised(x, *self.told(lam, k))
            if self.fault == "clipping":
                seen = np.clip(seen, -1.0, 1.0)
            h = lam[k + 1] - lam[k]
            at = seen
            if before is not None:
                r = (lam[k] - lam[k - 1]) / h
                slope = (seen - before) / (2 * r)
                at = seen + slope
                if self.fault == "sign":  # (1 + 1/2r) D_k + 1/2r D_{k−1}
                    at = (1 + 1 / (2 * r)) * seen + before / (2 * r)
                if self.fault == "slope sign":
                    at = seen - slope
                if self.fault == "no slope":
                    at = seen
            x = sigma[k + 1] / sigma[k] * x - alpha[k + 1] * np.expm1(-h) * at
            before = seen
        if self.fault == "dropped step":
            return x
        last = model.denoised(x, sigma[-1], alpha[-1])
        return np.clip(last, -1.0, 1.0) if self.fault == "clipping" else last


@dataclass(frozen=True)
class Midpoint:
    """The SDE with a midpoint stage, order 2 in law on shared noise: stage and step read one Brownian path.

    Its noise from λ = s to t is σ_t e^{−t} (W(e^{2t}) − W(e^{2s})), of variance σ_t² (1 − e^{−2(t−s)}).
    """

    fault: str = ""
    order: float = 2.0
    span = Multistep.span

    def __call__(self, model: Model, x: Any, noise: Source, steps: int) -> Any:
        lam = grid(steps)
        for s, t in pairwise(lam):
            mid = 0.5 * (s + t)
            seen = model.denoised(x, *levels(s)[::-1])
            half = self.move(x, seen, s, mid, noise)
            seen = model.denoised(half, *levels(mid)[::-1])
            x = self.move(x, seen, s, t, noise)
        return model.denoised(x, *levels(lam[-1])[::-1])

    def move(self, x: Any, seen: Any, s: float, t: float, noise: Source) -> Any:
        """Return the exact solution with E[x_0|x] held at `seen`: e^{−h}σ_t/σ_s x + α_t(1 − e^{−2h}) D + noise."""
        (_, sigma), (alpha_t, sigma_t), h = levels(s), levels(t), t - s
        if self.fault == "fresh noise":
            z = noise.normal()
        else:
            begin, end = np.exp(2 * s), np.exp(2 * t)
            z = noise.brownian(begin, end) / np.sqrt(end - begin)
        weight = {"noise amount": 1.2}.get(self.fault, 1.0)
        return (
            sigma_t / sigma * np.exp(-h) * x
            - alpha_t * np.expm1(-2 * h) * seen
            + weight * sigma_t * np.sqrt(-np.expm1(-2 * h)) * z
        )
