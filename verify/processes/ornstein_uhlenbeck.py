"""OrnsteinUhlenbeck: dX = −X dt + √2 dB from a Gaussian target; q_t = Law(e^{−t}X_0 + √(1 − e^{−2t}) Z) in closed form.

λ_i(t) = λ_i e^{−2t} + 1 − e^{−2t} are the eigenvalues of q_t, m the target's mean, v_t = ∇log q_t. Times are scalars or
arrays; results have the shape of the times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.backend import Array
from verify.special import minus_log1p

if TYPE_CHECKING:
    from verify import targets

Times = Any  # float or array of floats


@dataclass(frozen=True)
class OrnsteinUhlenbeck:
    """The OU process started at the Gaussian `target`."""

    target: targets.Gaussian

    def law(self, t: float) -> targets.Gaussian:
        """Return q_t."""
        return self.target.diffused(t)

    def variances(self, t: Times) -> Array:
        """Return λ(t), shape (…, d) for times of shape (…)."""
        return self.target.variances_at(np.asarray(t, dtype=float)[..., None])

    def squared_mean(self, t: Times) -> Array:
        """Return ‖E X_t‖² = e^{−2t}‖m‖²."""
        return np.asarray(np.exp(-2 * np.asarray(t)) * (self.target.mean @ self.target.mean))

    def second_moment(self, t: Times) -> Array:
        """Return M(t) = E‖X_t‖² = e^{−2t} m_2² + (1 − e^{−2t}) d."""
        return np.asarray(self.variances(t).sum(axis=-1) + self.squared_mean(t))

    def movement(self, s: Times, t: Times) -> Array:
        """Return E‖X_t − X_s‖² = (1 − e^{−r})² M(s) + (1 − e^{−2r}) d with r = t − s ≥ 0."""
        r = np.asarray(t) - np.asarray(s)
        return np.asarray(np.expm1(-r) ** 2 * self.second_moment(s) - np.expm1(-2 * r) * self.target.dim)

    def fisher(self, t: Times) -> Array:
        """Return J(t) = E‖v_t(X_t)‖² = Σ 1/λ_i(t); inf where λ_i(t) = 0."""
        with np.errstate(divide="ignore"):
            return np.asarray((1 / self.variances(t)).sum(axis=-1))

    def fisher_integral(self, a: Times, b: Times) -> Array:
        """Return ∫_a^b J dt = Σ [(b − a) + ½ log(λ_i(b)/λ_i(a))] = ½ Σ log(1 + (e^{2(b−a)} − 1)/λ_i(a)), b ≥ a."""
        length = (np.asarray(b, dtype=float) - np.asarray(a, dtype=float))[..., None]
        near = np.minimum(length, 300.0)  # beyond it J = d to the last digit, and e^{2(b−a)} overflows
        with np.errstate(divide="ignore", invalid="ignore"):
            growth = np.expm1(2 * near) / self.variances(a)
            terms = np.where(length == 0, 0.0, 0.5 * np.log1p(growth)) + (length - near)
        return np.asarray(terms.sum(axis=-1))

    def jacobian(self, t: Times) -> Array:
        """Return H(t) = E‖∇v_t(X_t)‖_F² = Σ 1/λ_i(t)²; inf where λ_i(t) = 0."""
        with np.errstate(divide="ignore"):
            return np.asarray((1 / self.variances(t) ** 2).sum(axis=-1))

    def relative_fisher(self, t: Times) -> Array:
        """Return I(t) = E‖∇log(q_t/γ)(X_t)‖² = Σ (λ_i(t) − 1)²/λ_i(t) + ‖E X_t‖²."""
        excess = (self.target.eigenvalues - 1) * np.exp(-2 * np.asarray(t, dtype=float)[..., None])
        with np.errstate(divide="ignore"):
            return np.asarray((excess**2 / self.variances(t)).sum(axis=-1) + self.squared_mean(t))

    def kl(self, t: Times) -> Array:
        """Return KL(q_t‖γ) = ½ Σ [λ_i(t) − 1 − log λ_i(t)] + ½‖E X_t‖²; inf where λ_i(t) = 0."""
        excess = (self.target.eigenvalues - 1) * np.exp(-2 * np.asarray(t, dtype=float)[..., None])
        return np.asarray(0.5 * (minus_log1p(excess).sum(axis=-1) + self.squared_mean(t)))

    def smoothness(self, t: Times) -> Array:
        """Return Lip(v_t) = 1/λ_min(t)."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / self.variances(t).min(axis=-1))

    def path_smoothness(self, horizon: float, stop: float = 0.0) -> float:
        """Return sup of Lip(v_t) over [stop, horizon]: every λ_i(t) is monotone, so an end attains it."""
        return float(max(self.smoothness(stop), self.smoothness(horizon)))
