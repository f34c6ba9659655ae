"""RiemannianLangevin: preconditioning that depends on the place, with the drift that it needs and without."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from verify.backend import AnyArray, namespace
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True)
class DiagonalMetric:
    """G = H⁻¹ = diag(g(x)): `inverse` is g(x) > 0, `divergence` is div G = (∂_i g_i(x)), both (…, d) -> (…, d)."""

    inverse: Callable[[AnyArray], AnyArray]
    divergence: Callable[[AnyArray], AnyArray]

    @classmethod
    def newton(cls, target: Any) -> Self:
        """Return H = ∇²(−log π) of a separable target: g = 1/V″ and div G = −V‴/V″²."""
        if not (hasattr(target, "curvature") and hasattr(target, "third")):
            raise InvalidInput(f"a {type(target).__name__} has no `curvature` and `third` derivative by coordinate.")
        return cls(lambda x: 1 / target.curvature(x), lambda x: -target.third(x) / target.curvature(x) ** 2)


@dataclass(frozen=True, eq=False)
class RiemannianLangevin(LangevinSampler):
    """X' = X + γ(G(X)∇log π(X) + div G(X)) + √(2γ) G(X)^{1/2} ξ (Roberts, Stramer, 2002; Girolami, Calderhead, 2011).

    `corrected` False leaves div G out, as preconditioned schemes often do: the diffusion then leaves
    π·det(G)^{-1} invariant for a diagonal G whose g_i depends on x_i only, not π (the zero-current condition
    g_i·ρ'_i = (g_i·(log π)'_i − g'_i)ρ_i). With γ = ε/2 the missing drift is (ε/2) div G.
    """

    metric: DiagonalMetric | None = None
    corrected: bool = True

    order: ClassVar[float | None] = 1
    stability: ClassVar[float | None] = None  # 2 for γ times the curvature in the metric

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.metric, DiagonalMetric):
            raise InvalidInput(f"`metric` must be a DiagonalMetric; got {type(self.metric).__name__}.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        assert self.metric is not None
        spread = math.sqrt(2 * self.step_size) * namespace(x).sqrt(self.metric.inverse(x))
        return x + self.step_size * self.drift(x) + spread * noise.normal()

    def drift(self, x: AnyArray) -> AnyArray:
        """Return G∇log π + div G, the second term only where `corrected`."""
        assert self.metric is not None
        pull = self.metric.inverse(x) * self.target.score(x)
        return pull + self.metric.divergence(x) if self.corrected else pull

    def log_transition(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(x, y) = −Σ[(y − x − γ·drift)²/(4γg) + ½ log g] up to a constant, (…, d), (…, d) -> (…)."""
        assert self.metric is not None
        xp, g = namespace(x), self.metric.inverse(x)
        miss = y - x - self.step_size * self.drift(x)
        return -xp.sum(miss * miss / (4 * self.step_size * g) + 0.5 * xp.log(g), axis=-1)
