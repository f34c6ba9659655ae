"""AffineTable: a chain whose coordinates decouple, as numbers: y' = A_k y + c_k + S_k ξ in its eigenbasis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import BoundcheckError
from verify.laws import diagonal
from verify.laws.repeated import require_equal_steps

LARGEST = 1 << 24  # numbers a table may hold


@dataclass(frozen=True, eq=False)
class AffineTable:
    """`gain`, `shift` and `scale` of shape (K, d), or (1, d) for `steps` equal steps; `basis` (d, d) or None.

    Probed from the running step, which is held to it on random input at every k (see `diagonal`).
    """

    gain: Array
    shift: Array
    scale: Array
    basis: Array | None
    steps: int

    @classmethod
    def of(cls, sampler: Any) -> AffineTable | None:
        """Return the table of a sampler, None where its step is not affine or its coordinates do not decouple."""
        equal = bool(getattr(sampler, "homogeneous", False))
        count = min(1, sampler.steps) if equal else sampler.steps
        if not count or count * sampler.dim > LARGEST or getattr(sampler, "slots", 1) > 1:
            return None
        try:
            if equal:
                require_equal_steps(sampler)
            basis = sampler.marginal(0).eigenvectors
            rows = max(32, diagonal.BLOCK // sampler.dim)
            parts = [_part(sampler, np.arange(k, min(k + rows, count))) for k in range(0, count, rows)]
        except (BoundcheckError, AttributeError):
            return None  # the running step does the work itself
        gain, shift, scale = (np.concatenate([part[i] for part in parts]) for i in range(3))
        return cls(gain, shift, scale, basis, sampler.steps)

    def run(self, x: Any, normals: Callable[[], Any]) -> Any:
        """Return the states (d, block) after all steps; `normals()` gives draws of that shape, free to use up.

        Every pass is over one contiguous array that fits the cache.
        """
        y = x if self.basis is None else self.basis.T.astype(x.dtype) @ x
        last = len(self.gain) - 1
        gain, shift, scale = (
            np.ascontiguousarray(a.astype(x.dtype))[..., None] for a in (self.gain, self.shift, self.scale)
        )
        for k in range(self.steps):
            row, z = min(k, last), normals()
            z *= scale[row]
            y *= gain[row]
            y += z
            y += shift[row]
        return y if self.basis is None else self.basis.astype(x.dtype) @ y


def _part(sampler: Any, k: npt.NDArray[np.intp]) -> tuple[Array, Array, Array]:
    part = diagonal.coefficients(sampler, k)
    after = sampler.marginal_moments(k + 1)[0]
    return part.gain, after + part.mean_defect - part.gain * part.mean, part.scale
