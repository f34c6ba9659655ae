"""KineticSampler: what all discretisations of the kinetic (underdamped) Langevin diffusion share.

dX = V dt, dV = −ρV dt − u∇f(X) dt + √(2ρu) dB, f = −log π, leaves π ⊗ N(0, uI) invariant; ρ is the friction, u the
inverse mass. A state stacks position and velocity: (…, 2d).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from verify import laws, targets
from verify.backend import AnyArray, namespace
from verify.samplers.langevin import LangevinSampler, positive


@dataclass(frozen=True, eq=False)
class KineticSampler(LangevinSampler):
    """A chain on (position, velocity) in R^{2d}, h = `step_size`, towards π ⊗ N(0, uI).

    It starts from the law `begin` on R^{2d}, None: N(0, I) ⊗ N(0, uI). `order` is that of W2 to the goal on R^{2d},
    `stability` the least h²uλ_max at which the chain no longer contracts.
    """

    friction: float = 2.0
    inverse_mass: float = 1.0

    stability: ClassVar[float | None] = 4.0
    slots: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("friction", "inverse_mass"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))

    @property
    def dim(self) -> int:
        """2d."""
        return 2 * int(self.target.dim)

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """N(m, Σ) ⊗ N(0, uI)."""
        at, d = super().ideal, self.dim // 2
        values = np.concatenate([at.eigenvalues, np.full(d, self.inverse_mass)])
        basis = None if at.eigenvectors is None else np.asarray(np.kron(np.eye(2), at.eigenvectors), dtype=float)
        return targets.Gaussian.from_spectrum(np.concatenate([at.mean, np.zeros(d)]), values, basis)

    def start(self) -> laws.Gaussian:
        """Return the law of (X_0, V_0)."""
        if self.begin is not None:
            return self.begin
        d = self.dim // 2
        return laws.Gaussian(np.zeros(2 * d), np.diag(np.concatenate([np.ones(d), np.full(d, self.inverse_mass)])))

    @property
    def curvature_limit(self) -> float:
        """The least curvature λ of −log π at which the chain no longer contracts."""
        assert self.stability is not None
        return self.stability / (self.inverse_mass * self.step_size**2)

    def force(self, position: AnyArray) -> AnyArray:
        """Return −u∇f."""
        return self.inverse_mass * self.target.score(position)


def halves(x: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return position and velocity, each (…, d)."""
    d = x.shape[-1] // 2
    return x[..., :d], x[..., d:]


def stacked(position: AnyArray, velocity: AnyArray) -> AnyArray:
    """Return (position, velocity) as one state (…, 2d)."""
    return namespace(position).concat([position, velocity], axis=-1)


@dataclass(frozen=True)
class Flow:
    """The exact solution over a `time` t of dX = V dt, dV = −ρV dt + F dt + √(2ρu) dB for a constant force F.

    V_t = e^{−ρt}V + bF + N_v and X_t = X + bV + aF + N_x with b = (1 − e^{−ρt})/ρ, a = (t − b)/ρ. The Gaussian noise
    has the variances u(1 − e^{−2ρt}) and (2u/ρ²)(z − 2(1 − e^{−z}) + ½(1 − e^{−2z})), z = ρt, and the covariance ρub².
    """

    friction: float
    inverse_mass: float
    time: float

    @cached_property
    def decay(self) -> float:
        """e^{−ρt}."""
        return math.exp(-self.friction * self.time)

    @cached_property
    def reach(self) -> float:
        """b."""
        return -math.expm1(-self.friction * self.time) / self.friction

    @cached_property
    def pushed(self) -> float:
        """a = (z − 1 + e^{−z})/ρ²."""
        z = self.friction * self.time
        small = z + math.expm1(-z) if z > 1 else _series(z, 2, lambda n: 1.0)
        return small / self.friction**2

    @cached_property
    def spreads(self) -> tuple[float, float, float]:
        """s_v, s_xv, s_x: N_v = s_v ξ and N_x = s_xv ξ + s_x ξ' have the right covariance."""
        z, u = self.friction * self.time, self.inverse_mass
        if z > 1:
            small = z + 2 * math.expm1(-z) - 0.5 * math.expm1(-2 * z)
        else:
            small = _series(z, 3, lambda n: 2 - 2.0 ** (n - 1))
        velocity = math.sqrt(-u * math.expm1(-2 * z))
        shared = self.friction * u * self.reach**2 / velocity
        return velocity, shared, math.sqrt(2 * u * small / self.friction**2 - shared**2)

    def noise(self, z: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Return (N_x, N_v), each (…, d), from standard normals (…, 2d)."""
        first, second = halves(z)
        velocity, shared, own = self.spreads
        return shared * second + own * first, velocity * second


def _series(z: float, first: int, factor: Callable[[int], float]) -> float:
    """Return Σ_{n ≥ first} factor(n)(−z)^n/n!, 0 ≤ z ≤ 1."""
    return math.fsum(factor(n) * (-z) ** n / math.factorial(n) for n in range(first, first + 28))
