"""LineSemigroup: P_t = e^{t𝓛} of dX = −V′(X) dt + √(2/β) dB on the line, by the eigenvectors of a symmetric matrix.

With π ∝ e^{−βV} and g = ψ/√π, −𝓛 becomes the Schrödinger operator H = −β⁻¹∂² + (β/4)V′² − ½V″ (Risken, 1989). It is
collocated on equal steps with sinc functions, which converges geometrically for the smooth, fast decaying ψ here
(Stenger, 1993). The accuracy is absolute, about 1e-13 of the largest entry of H: good for laws and observables, not
for tiny gaps, which `spectral_gap` gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.processes.panels import panels
from verify.processes.potential import Potential

UNRESOLVED = 1e-6  # of the fourth rate: what the rate of √π, zero, may come out as
CUT = 70.0  # π is e^{−70} of its largest value at the ends, √π e^{−35}: below rounding


@dataclass(frozen=True, eq=False)
class LineSemigroup:
    """The semigroup on `count` equally spaced nodes that span the support of π to rounding."""

    potential: Potential
    inverse_temperature: float = 1.0
    count: int = 240

    def __post_init__(self) -> None:
        if not 0 < self.inverse_temperature < math.inf:
            raise InvalidInput(f"`inverse_temperature` must be a finite number > 0; got {self.inverse_temperature!r}.")
        if self.count < 8:
            raise InvalidInput(f"`count` must be >= 8; got {self.count}.")

    @cached_property
    def nodes(self) -> Array:
        """The nodes, shape (count,)."""
        beta = self.inverse_temperature
        turns = self.potential.critical_points
        edges = panels(lambda x: beta * self.potential.value(x), turns, CUT, CUT).edges
        return np.linspace(edges[0], edges[-1], self.count)

    @property
    def spacing(self) -> float:
        """The distance of neighbouring nodes: the weight of the trapezoid rule."""
        return float(self.nodes[1] - self.nodes[0])

    @cached_property
    def stationary(self) -> Array:
        """π at the nodes, ∫π = 1 by the trapezoid rule."""
        log = -self.inverse_temperature * self.potential.value(self.nodes)
        weight = np.exp(log - log.max())
        return np.asarray(weight / (self.spacing * weight.sum()))

    @cached_property
    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues of −𝓛 in increasing order and the eigenvectors of H as columns."""
        beta, x = self.inverse_temperature, self.nodes
        apart = np.arange(self.count)[:, None] - np.arange(self.count)
        with np.errstate(divide="ignore"):
            second = np.where(apart == 0, math.pi**2 / 3, 2.0 * (-1.0) ** apart / np.maximum(np.abs(apart), 1) ** 2)
        field = 0.25 * beta * self.potential.slope(x) ** 2 - 0.5 * self.potential.curvature(x)
        values, vectors = np.linalg.eigh(second / (beta * self.spacing**2) + np.diag(field))
        if not abs(values[0]) <= UNRESOLVED * values[min(4, self.count - 1)]:
            raise InvalidInput(
                f"{self.count} nodes do not resolve this potential: the least rate is {values[0]:.3g}, not 0; "
                "take more nodes, or a smoother potential."
            )
        return values, vectors

    def observable(self, g: Array, t: float) -> Array:
        """Return P_t g at the nodes from g at the nodes."""
        root = np.sqrt(self.stationary)
        return np.asarray(self._flow(root * g, t) / root)

    def law(self, p: Array, t: float) -> Array:
        """Return the density at time t from the density p at time 0, both at the nodes."""
        root = np.sqrt(self.stationary)
        return np.asarray(root * self._flow(p / root, t))

    def integral(self, f: Array) -> float:
        """Return ∫ f by the trapezoid rule."""
        return float(self.spacing * f.sum())

    def _flow(self, psi: Array, t: float) -> Array:
        if not (t >= 0 and math.isfinite(t)):
            raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
        values, vectors = self.spectrum
        return np.asarray(vectors @ (np.exp(-t * values) * (vectors.T @ psi)))
