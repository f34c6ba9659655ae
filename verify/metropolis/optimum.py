"""The step size with the largest expected squared jump on N(0, I_d), for every d."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq

from verify.errors import InvalidInput
from verify.metropolis.isotropic import acceptance_slope, isotropic_acceptance, isotropic_squared_jump


@dataclass(frozen=True)
class Optimum:
    """The best `step` (h of MALA, the standard deviation of a random walk), and what it attains in stationarity."""

    step: float
    acceptance: float
    squared_jump: float


def optimum(dim: int, chain: Literal["mala", "random walk"]) -> Optimum:
    """Return where the squared jump of `chain` on N(0, I_dim) is largest: a root of its logarithmic derivative."""
    if dim < 1:
        raise InvalidInput(f"`dim` must be >= 1; got {dim}.")
    if chain not in _CHAINS:
        raise InvalidInput(f"`chain` must be one of {', '.join(_CHAINS)}; got {chain!r}.")
    asymmetry, power, jump, growth, guess = _CHAINS[chain]

    def uphill(log_step: float) -> float:
        """d log(squared jump)/d log(step) = d log J + (d log acceptance/dk)·k·(power of the step in k)."""
        step = math.exp(log_step)
        k = asymmetry(step)
        return growth(step) + acceptance_slope(dim + 2, k) * k * power

    centre = math.log(guess(dim))
    step = math.exp(brentq(uphill, centre - 0.5, centre + 0.5, xtol=1e-15, rtol=1e-14))
    k = asymmetry(step)
    return Optimum(step, isotropic_acceptance(dim, k), isotropic_squared_jump(dim, k, jump(step)))


_Number = Callable[[float], float]
# k(step), its power of the step, J(step), d log J/d log step, and the limit's step as a first guess
_CHAINS: dict[str, tuple[_Number, float, _Number, _Number, Callable[[int], float]]] = {
    "mala": (
        lambda h: math.sqrt(h**3 / 8),
        1.5,
        lambda h: h * (2 + h),
        lambda h: 1 + h / (2 + h),
        lambda d: 1.36 * d ** (-1 / 3),
    ),
    "random walk": (lambda s: s / 2, 1.0, lambda s: s**2, lambda s: 2.0, lambda d: 2.38 * d**-0.5),
}
