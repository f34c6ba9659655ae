"""MYULA: ULA on the Moreau–Yosida envelope of what is not smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.langevin import positive
from verify.samplers.proximal_langevin import Composite


@dataclass(frozen=True, eq=False)
class MYULA(Composite):
    """X' = X − γ∇f(X) − (γ/λ)(X − prox_{λg}(X)) + √(2γ) ξ (Durmus, Moulines, Pereyra, 2018), λ = `smoothing`.

    ULA with step γ on f + g^λ, g^λ the Moreau envelope: biased by λ even for γ → 0, and stable for γ < 2/(L_f + 1/λ)
    at most; the paper asks for γ ≤ 1/(L_f + 1/λ). Its `order` in γ is towards e^{−f−g^λ}.
    """

    smoothing: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "smoothing", positive("smoothing", self.smoothing))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        h, lam = self.step_size, self.smoothing
        pull = (self.penalty.prox(x, lam) - x) / lam
        return x + h * (self.target.score(x) + pull) + math.sqrt(2 * h) * noise.normal()
