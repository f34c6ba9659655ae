"""Line: what all targets on the real line share: everything follows from V and V′."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.noise import Noise
from verify.targets.panels import Panels
from verify.targets.restricted import restricted
from verify.targets.target import Constants

NEWTON = 12  # iterations: three cross the flat part, the others double the digits


class Line(ABC):
    """The law e^{−V}/Z on the line. `value`, `slope` and `curvature` act on every entry of an array of any namespace.

    `kinks` are where V is not smooth, `critical_points` the zeros of V′ in increasing order; V is monotone
    between them. Moments and the normaliser are found by quadrature and say how well they are known.
    """

    support: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    @property
    @abstractmethod
    def constants(self) -> Constants:
        """m, L, …"""

    @abstractmethod
    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""

    @abstractmethod
    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ at every entry; one subgradient at a kink."""

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ at every entry; InvalidInput where it has none."""
        raise InvalidInput(f"the potential of {type(self).__name__} has no second derivative.")

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ at every entry; InvalidInput where it has none."""
        raise InvalidInput(f"the potential of {type(self).__name__} has no third derivative.")

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return argmin_u V(u) + (u − x)²/(2·size) at every entry; InvalidInput where none is written down."""
        raise InvalidInput(f"{type(self).__name__} has no proximal map in closed form.")

    def prox(self, x: AnyArray, size: float) -> AnyArray:
        """Return argmin_u V(u) + (u − x)²/(2·size), (…, 1) -> (…, 1)."""
        return self.prox_at(x, size)

    def restricted(self, x: AnyArray, size: float, noise: Noise) -> AnyArray:
        """Return a draw of density ∝ e^{−V(u) − (u − x)²/(2·size)}, (…, 1) -> (…, 1)."""
        return restricted(self.value, lambda y: self.prox_at(y, size), x, size, noise)

    def _newton(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return the prox for even V with V′ concave beyond 0, where Newton's iterates climb from 0 to the root."""
        u = 0.0 * x
        for _ in range(NEWTON):
            u = u - (u + size * self.slope(u) - x) / (1 + size * self.curvature(u))
        return u

    @property
    def dim(self) -> int:
        """1."""
        return 1

    @property
    def kinks(self) -> tuple[float, ...]:
        """The places where V is not smooth."""
        return ()

    @property
    def critical_points(self) -> Array:
        """The zeros of V′ in increasing order."""
        return np.zeros(1)

    @property
    def mode(self) -> Array:
        """argmin V, shape (1,)."""
        places = self.critical_points
        return np.array([places[int(np.argmin(self.value(places)))]])

    def potential(self, x: AnyArray) -> AnyArray:
        """Return V(x), (…, 1) -> (…)."""
        return self.value(x)[..., 0]

    def gradient(self, x: AnyArray) -> AnyArray:
        """Return V′(x), (…, 1) -> (…, 1)."""
        return self.slope(x)

    def hessian(self, x: AnyArray) -> AnyArray:
        """Return V″(x), (…, 1) -> (…, 1, 1)."""
        return self.curvature(x)[..., None]

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x) = −V′(x), (…, 1) -> (…, 1)."""
        return -self.slope(x)

    def log_density(self, x: AnyArray, normalised: bool = True) -> AnyArray:
        """Return log p(x), (…, 1) -> (…); without −log Z where not `normalised`."""
        return -self.potential(x) - (self.log_normaliser.value if normalised else 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, 1), exact but for 1e-30 of the mass far out."""
        return self.panels.sample(n, rng)[:, None]

    @cached_property
    def panels(self) -> Panels:
        """The intervals on which V is integrated."""
        breaks = np.unique(np.concatenate([self.critical_points, np.array(self.kinks, dtype=float)]))
        return Panels.around(self.value, breaks, self.support)

    @cached_property
    def log_normaliser(self) -> Estimate:
        """log Z = log ∫ e^{−V}."""
        total = self.panels.integral(lambda x: np.ones_like(x))
        return total.map(lambda z: math.log(z) - self.panels.least)

    @cached_property
    def mean(self) -> Estimate:
        """E X."""
        centre = float(self.mode[0])
        return self._expectation(lambda x: x - centre, shift=centre)

    @cached_property
    def variance(self) -> Estimate:
        """E(X − E X)²."""
        mean = self.mean
        slack = 0.5 * (mean.high - mean.low)  # a wrong centre adds its square
        about = self._expectation(lambda x: (x - mean.value) ** 2)
        return Estimate.exact(about.value, about.high - about.value + slack**2, "quadrature", least=0.0)

    def expectation(self, g: Any) -> Estimate:
        """Return E g(X), g smooth between the kinks and applied to arrays of numbers."""
        return self._expectation(g)

    def _expectation(self, g: Any, shift: float = 0.0) -> Estimate:
        top, total = self.panels.integral(g), self.panels.integral(lambda x: np.ones_like(x))
        value = top.value / total.value
        error = (top.high - top.value + abs(value) * (total.high - total.value)) / total.low
        return Estimate.exact(value + shift, error + 4e-16 * abs(shift), "quadrature")

    def _constants(
        self,
        convexity: float,
        smoothness: float,
        hessian_lipschitz: float | None = math.inf,
        poincare: float | None = None,
        log_sobolev: float | None = None,
    ) -> Constants:
        """Return the constants of a convex V with m ≤ V″ ≤ L.

        Along the OU path q_t stays log-concave, and −(log q_t)″ ≤ L/(e^{−2t} + L(1 − e^{−2t})) ≤ max(1, L) by the
        Cramér–Rao bound on the variance of X_0 given X_t. m > 0 gives LSI(m) and C_P ≤ 1/m (Bakry, Émery, 1985).
        """
        if convexity > 0:
            log_sobolev = log_sobolev or convexity
            poincare = poincare or 1 / convexity
        moment = self.variance.value + self.mean.value**2
        path = max(1.0, smoothness)
        return Constants(path, smoothness, convexity, log_sobolev, moment, hessian_lipschitz, poincare)


def finite_positive(**values: float) -> None:
    """InvalidInput unless every value is a finite number > 0."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
            raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
