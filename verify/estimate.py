"""Estimate: a number together with the interval that it is known to lie in, and how that is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from verify.errors import InvalidInput


@dataclass(frozen=True)
class Estimate:
    """A value, an interval around it, the confidence of the interval and the method that gave it.

    `confidence` 1.0 marks an enclosure (rounding, truncation or quadrature error), below 1.0 a statistical
    confidence interval. `null` is what the same estimator returns when the true value is zero (Monte Carlo only).
    Infinite values are numbers; NaN never is.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str
    null: Estimate | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "confidence"):
            object.__setattr__(self, name, float(getattr(self, name)))  # NumPy scalars print and pickle differently
        if not self.low <= self.value <= self.high:  # false for NaN as well
            raise InvalidInput(
                f"an Estimate needs low <= value <= high; got {self.low} <= {self.value} <= {self.high}."
            )
        if not 0.0 < self.confidence <= 1.0:
            raise InvalidInput(f"`confidence` must lie in (0, 1]; got {self.confidence}.")

    @classmethod
    def exact(
        cls, value: float, error: float = 0.0, method: str = "closed form", *, least: float = -math.inf
    ) -> Estimate:
        """Return `value` enclosed in value ± error, the lower end cut at `least` (0 for a divergence)."""
        value, error = float(value), abs(float(error))
        if math.isinf(value) or not error:
            return cls(value, value, value, 1.0, method)
        return cls(value, max(value - error, min(least, value)), value + error, 1.0, method)

    def __float__(self) -> float:
        return self.value

    @property
    def is_statistical(self) -> bool:
        """True where the interval covers with probability `confidence`, not with certainty."""
        return self.confidence < 1.0

    @property
    def resolved(self) -> bool:
        """True unless the interval overlaps that of the null: below that the estimator sees only itself."""
        return self.null is None or self.low > self.null.high

    def map(self, increasing: Callable[[float], float], method: str | None = None) -> Estimate:
        """Return the estimate pushed through an increasing function; interval ends go along."""
        value, low, high = (float(increasing(x)) for x in (self.value, self.low, self.high))
        null = None if self.null is None else self.null.map(increasing, method)
        return Estimate(value, low, high, self.confidence, method or self.method, null)
