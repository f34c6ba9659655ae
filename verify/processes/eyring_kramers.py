"""The Eyring–Kramers formula for the spectral gap of a double well on the line, prefactor included."""

from __future__ import annotations

import math

import numpy as np

from verify.errors import InvalidInput
from verify.processes.potential import Potential


def eyring_kramers(potential: Potential, inverse_temperature: float = 1.0) -> float:
    """Return the small-noise asymptotics of λ₁ of dX = −V′dt + √(2/β) dB with wells x₁, x₂ and the saddle z between.

    .. math:: λ_1 ≃ \\frac{\\sqrt{|V''(z)|}}{2π}\\Big(\\sqrt{V''(x_1)} e^{-β(V(z)-V(x_1))}
              + \\sqrt{V''(x_2)} e^{-β(V(z)-V(x_2))}\\Big),

    (Eyring, 1935; Kramers, 1940; Bovier, Gayrard, Klein, 2005). It is the gap of the chain that jumps between the wells
    at Kramers' two rates. Bovier, Gayrard and Klein keep the larger rate alone, which is the same to leading order
    unless the wells have one depth. The relative error is O(1/β). InvalidInput unless V has exactly two wells.
    """
    turns = potential.critical_points
    if turns.size != 3:
        raise InvalidInput(
            f"the formula is for two wells and a saddle; this potential has {turns.size} critical points."
        )
    if not 0 < inverse_temperature < math.inf:
        raise InvalidInput(f"`inverse_temperature` must be a finite number > 0; got {inverse_temperature!r}.")
    height, curvature = potential.value(turns), np.abs(potential.curvature(turns))
    rates = np.sqrt(curvature[::2] * curvature[1]) * np.exp(-inverse_temperature * (height[1] - height[::2]))
    return float(rates.sum() / (2 * math.pi))
