"""Time profiles ε(t) for score errors, beside plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.errors import InvalidInput


@dataclass(frozen=True)
class Decaying:
    """ε(t) = size · e^{−rate·t}: large near the data for rate > 0, near the noise for rate < 0."""

    size: float
    rate: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.size) and self.size >= 0 and math.isfinite(self.rate)):
            raise InvalidInput(f"`size` must be finite and >= 0 and `rate` finite; got {self.size}, {self.rate}.")

    def __call__(self, t: Any) -> Any:
        """Return ε(t)."""
        return self.size * np.exp(-self.rate * np.asarray(t))
