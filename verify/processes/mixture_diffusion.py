"""MixtureDiffusion: the OU process from a mixture, or any target that knows its own diffusion; d = 1 by quadrature.

v_t = ∇log q_t. Times are scalars or arrays; results have the shape of the times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtr

from verify.backend import Array
from verify.errors import NotApplicable
from verify.laws.grid_density import GridDensity
from verify.laws.panels import rule

ORDER = 20  # of the rule in time


@dataclass(frozen=True)
class MixtureDiffusion:
    """dX = −X dt + √2 dB from `target`, which has diffused(t), score_at(x, t), mean_at(t) and trace_at(t)."""

    target: Any

    def law(self, t: float) -> Any:
        """Return q_t."""
        return self.target.diffused(t)

    def second_moment(self, t: Any) -> Array:
        """Return M(t) = E‖X_t‖² = tr Cov X_t + ‖E X_t‖²."""
        times = np.asarray(t, dtype=float)
        return np.asarray(self.target.trace_at(times) + (self.target.mean_at(times[..., None]) ** 2).sum(axis=-1))

    def movement(self, s: Any, t: Any) -> Array:
        """Return E‖X_t − X_s‖² = (1 − e^{−r})² M(s) + (1 − e^{−2r}) d with r = t − s ≥ 0."""
        r = np.asarray(t) - np.asarray(s)
        return np.asarray(np.expm1(-r) ** 2 * self.second_moment(s) - np.expm1(-2 * r) * self.target.dim)

    def fisher(self, t: Any) -> Array:
        """Return J(t) = E|v_t(X_t)|², d = 1."""
        return self._each(t, lambda at, law: _mean(law, lambda x: at.score(x[..., None])[..., 0] ** 2))

    def jacobian(self, t: Any) -> Array:
        """Return H(t) = E|v_t′(X_t)|², d = 1."""
        return self._each(t, lambda at, law: _mean(law, lambda x: at.hessian(x[..., None])[..., 0, 0] ** 2))

    def relative_fisher(self, t: Any) -> Array:
        """Return I(t) = E|∇log(q_t/γ)(X_t)|², d = 1."""
        return self._each(t, lambda at, law: _mean(law, lambda x: (at.score(x[..., None])[..., 0] + x) ** 2))

    def kl(self, t: Any) -> Array:
        """Return KL(q_t‖γ) = E φ(log(q_t/γ)), φ(r) = r + e^{−r} − 1 ≥ 0, d = 1; beyond the panels of q_t pφ is γ's."""

        def divergence(at: Any, law: GridDensity) -> float:
            def terms(x: Array) -> Array:
                r = at.log_density(x[..., None]) + 0.5 * x * x + 0.5 * np.log(2 * np.pi)
                return np.asarray(r + np.expm1(-r))

            return _mean(law, terms) + float(ndtr(law.ends[0]) + ndtr(-law.ends[-1]))

        return self._each(t, divergence)

    def fisher_integral(self, a: Any, b: Any) -> Array:
        """Return ∫_a^b J dt by a Gauss rule in time, b ≥ a: for steps, over which J changes little; d = 1."""
        a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
        nodes, weights, _ = rule(ORDER)
        half = 0.5 * (b - a)[..., None]
        return np.asarray((half * weights * self.fisher(a[..., None] + half * (nodes + 1))).sum(axis=-1))

    def smoothness(self, t: Any) -> Array:
        """Return a bound of Lip(v_t) = sup ‖∇v_t‖, as the target's `lipschitz` has it; any d."""
        times = np.asarray(t, dtype=float)
        return np.array([_lipschitz(self.target, float(time)) for time in times.ravel()]).reshape(times.shape)

    def path_smoothness(self, horizon: float, stop: float = 0.0) -> float:
        """Return the largest smoothness on a grid of times from `stop` to `horizon`, refined about its largest."""
        times = stop + np.append(0.0, np.geomspace(1e-3, 1.0, 40) * (horizon - stop))
        found = self.smoothness(times)
        top = int(found.argmax())
        near = np.linspace(times[max(top - 1, 0)], times[min(top + 1, times.size - 1)], 41)
        return float(max(found.max(), self.smoothness(near).max()))

    def _each(self, t: Any, measure: Callable[[Any, GridDensity], float]) -> Array:
        if self.target.dim != 1:
            raise NotApplicable(f"known by quadrature in d = 1 only; the target has d = {self.target.dim}.")
        times = np.asarray(t, dtype=float)
        found = [measure(*_at(self.target, float(time))) for time in times.ravel()]
        return np.array(found).reshape(times.shape)


@lru_cache(maxsize=4096)
def _lipschitz(target: Any, t: float) -> float:
    return float(target.diffused(t).lipschitz)


@lru_cache(maxsize=4096)
def _at(target: Any, t: float) -> tuple[Any, GridDensity]:
    law = target.diffused(t)
    return law, GridDensity.of(law)


def _mean(law: GridDensity, g: Callable[[Array], Array]) -> float:
    x, weights = law.quadrature()
    return float(weights @ g(x))
