"""MirrorLangevin: ULA in the dual variable of a mirror map, for targets on a part of space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify import laws
from verify.backend import AnyArray, namespace
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler
from verify.samplers.mirror_map import MirrorMap


@dataclass(frozen=True, eq=False)
class MirrorLangevin(LangevinSampler):
    """∇φ(X') = ∇φ(X) + γ∇log π(X) + √(2γ) (∇²φ(X))^{1/2} ξ, φ = `mirror` (Hsieh et al., 2018; Zhang et al., 2020).

    Euler–Maruyama for dY = ∇log π(X)dt + √2 (∇²φ(X))^{1/2}dB, X = ∇φ*(Y), which leaves π invariant; the iterates stay
    where φ is finite. φ = −log π is the Newton–Langevin diffusion (Chewi et al., 2020), whose spectral gap is 1 for
    every strictly log-concave π. Biased for γ > 0. Start it inside: `run(laws.Particles(points, seed))`.
    """

    mirror: MirrorMap | None = None

    order: ClassVar[float | None] = 1
    stability: ClassVar[float | None] = None  # 2 for γ times the curvature in the metric ∇²φ

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.mirror, MirrorMap):
            raise InvalidInput(f"`mirror` must be a MirrorMap; got {type(self.mirror).__name__}.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        assert self.mirror is not None
        spread = math.sqrt(2 * self.step_size) * namespace(x).sqrt(self.mirror.curvature(x))
        return self.mirror.inverse(
            self.mirror.gradient(x) + self.step_size * self.target.score(x) + spread * noise.normal()
        )

    def start(self) -> laws.Gaussian:
        """Return the law of x_0; InvalidInput where the target has walls, which no Gaussian respects."""
        low, high = getattr(getattr(self.target, "component", self.target), "support", (-math.inf, math.inf))
        if low > -math.inf or high < math.inf:
            raise InvalidInput("a chain between walls starts inside them: give `law` as laws.Particles there.")
        return super().start()
