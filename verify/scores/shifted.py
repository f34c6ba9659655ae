"""scores.Shifted: exact score plus a constant vector of norm ε(t)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput
from verify.scores.affine import AffineScore, Profile


class Shifted(AffineScore):
    """s_t = ∇log q_t + ε(t) u with ‖u‖ = 1: an error that only moves the mean of what is sampled.

    `direction` (d,) is normalised to u; the default points equally along all axes.
    """

    direction: Array

    takes_any: ClassVar[bool] = True

    def __init__(self, target: Any, error: float | Profile, direction: npt.ArrayLike | None = None) -> None:
        super().__init__(target, error)
        u = np.ones(target.dim) if direction is None else np.array(direction, dtype=float)
        if u.shape != (target.dim,) or not np.isfinite(u).all() or not u.any():
            raise InvalidInput(f"`direction` must be a non-zero finite vector of shape ({target.dim},); got {u.shape}.")
        object.__setattr__(self, "direction", u / np.linalg.norm(u))

    def unit(self, t: Any) -> tuple[float, Array]:
        """Return α = 0, β = U^T u."""
        basis = getattr(self.target, "eigenvectors", None)
        return 0.0, self.direction if basis is None else basis.T @ self.direction

    @property
    def family(self) -> tuple[object, ...] | None:
        """Key of the scores that differ from this one in the size of their constant error only; None for a profile.

        Their samplers differ in means alone, linearly in the size, which lets a sweep fold them together.
        """
        return None if callable(self.size) else (type(self), self.target, self.direction.tobytes())
