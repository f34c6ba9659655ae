"""AffineTable: a chain whose coordinates decouple, as numbers: y' = A_k y + c_k + S_k ξ in its eigenbasis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import BoundcheckError
from verify.laws import diagonal
from verify.laws.repeated import require_equal_steps

LARGEST = 1 << 24  # numbers a table may hold
FAINTEST = 1e-12  # ratio of the scales of two steps below which the state is not measured in them


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

        Every pass is over one contiguous array that fits the cache, and there are two a step: y = D w + c with D the
        scale of the last step and c the mean path from 0 makes the step w' = (A D / S) w + ξ.
        """
        y = x if self.basis is None else self.basis.T.astype(x.dtype) @ x
        y = self._plain(y, normals) if self._whitened is None else self._white(y, normals)
        return y if self.basis is None else self.basis.astype(x.dtype) @ y

    @cached_property
    def _whitened(self) -> tuple[Array, Array, Array] | None:
        """Return the factors (rows, d) of w, its last scale and shift; None where a step has (next to) no noise."""
        if self.scale.min() < FAINTEST * self.scale.max() or not self.scale.max():
            return None
        before = np.concatenate([np.ones((1, self.scale.shape[1])), self.scale])
        gain = np.broadcast_to(self.gain, (max(len(self.gain), 2), self.gain.shape[1])) if self.steps > 1 else self.gain
        factors = gain * before[: len(gain)] / np.broadcast_to(self.scale, gain.shape)
        if not np.abs(factors).max() < 1 / FAINTEST:
            return None
        shift, last = np.zeros(self.gain.shape[1]), len(self.gain) - 1
        with np.errstate(over="ignore", invalid="ignore"):  # a chain that leaves its dtype is told by its points
            for k in range(self.steps):
                shift = self.gain[min(k, last)] * shift + self.shift[min(k, last)]
        return factors, self.scale[-1], shift

    def _white(self, w: Any, normals: Callable[[], Any]) -> Any:
        assert self._whitened is not None
        factors, scale, shift = (np.ascontiguousarray(a.astype(w.dtype))[..., None] for a in self._whitened)
        last = len(factors) - 1
        for k in range(self.steps):
            w *= factors[min(k, last)]
            w += normals()
        w *= scale
        w += shift
        return w

    def _plain(self, y: Any, normals: Callable[[], Any]) -> Any:
        last = len(self.gain) - 1
        gain, shift, scale = (
            np.ascontiguousarray(a.astype(y.dtype))[..., None] for a in (self.gain, self.shift, self.scale)
        )
        for k in range(self.steps):
            row, z = min(k, last), normals()
            z *= scale[row]
            y *= gain[row]
            y += z
            y += shift[row]
        return y


def _part(sampler: Any, k: npt.NDArray[np.intp]) -> tuple[Array, Array, Array]:
    part = diagonal.coefficients(sampler, k)
    after = sampler.marginal_moments(k + 1)[0]
    return part.gain, after + part.mean_defect - part.gain * part.mean, part.scale
