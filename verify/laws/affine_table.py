"""AffineTable: a chain whose coordinates decouple, as numbers: y' = y + B_k y + c_k + S_k ξ in its eigenbasis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import BoundcheckError
from verify.kernels import Affine
from verify.laws import diagonal
from verify.laws.repeated import require_affine_score, require_equal_steps
from verify.laws.witnesses import faithful

LARGEST = 1 << 24  # numbers a table may hold
FAINTEST = 1e-12  # ratio of the scales of two steps below which the state is not measured in them


@dataclass(frozen=True, eq=False)
class AffineTable:
    """`slope` B = A − 1, `shift` c and `scale` S of shape (K, d), or (1, d) for `steps` equal steps; `basis` (d, d).

    Without a basis it is that of the coordinates. The slope is kept and not the gain A, as rounding one near 1 to
    single precision would be a drift that adds up.
    """

    slope: Array
    shift: Array
    scale: Array
    basis: Array | None
    steps: int

    @classmethod
    def of(cls, sampler: Any, points: Any) -> AffineTable | None:
        """Return the table of a sampler, None where its step is not affine or its coordinates do not decouple.

        It is probed from the running step, held to it on random input at every k (see `diagonal`), and tried at every
        k on the way of some of the `points` (n, d), in their precision (see `witnesses`).
        """
        equal = bool(getattr(sampler, "homogeneous", False))
        count = min(1, sampler.steps) if equal else sampler.steps
        if not count or count * sampler.dim > LARGEST or getattr(sampler, "slots", 1) > 1:
            return None
        try:
            require_affine_score(sampler)
            basis, rows = sampler.marginal(0).eigenvectors, max(32, diagonal.BLOCK // sampler.dim)
            if equal:
                require_equal_steps(sampler)
                parts = [_table(diagonal.first_step(sampler))]
            else:
                steps = (np.arange(k, min(k + rows, count)) for k in range(0, count, rows))
                parts = [_table(diagonal.coefficients(sampler, k)) for k in steps]
        except (BoundcheckError, AttributeError, IndexError, TypeError, ValueError):
            return None  # the running step does the work itself
        slope, shift, scale = (np.concatenate([part[i] for part in parts]) for i in range(3))
        table = cls(slope, shift, scale, basis, sampler.steps)
        return table if faithful(table.chain(points.dtype), sampler, points, basis) else None

    def chain(self, dtype: npt.DTypeLike) -> Affine:
        """Return the chain in the eigenbasis, in a precision."""
        with np.errstate(over="ignore"):  # what is beyond its range makes paths that no witness confirms
            return Affine(self.slope.astype(dtype), self.shift.astype(dtype), self.scale.astype(dtype), self.steps)

    def run(self, x: Any, normals: Callable[[], Any]) -> Any:
        """Return the states (d, block) after all steps; `normals()` gives draws of that shape, free to use up.

        Every pass is over one contiguous array that fits the cache, and there are three a step: y = D w + c with D the
        scale of the last step and c the mean path from 0 makes the step w' = w + (A D/S − 1) w + ξ.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # whoever asked looks whether the points are finite
            y = x if self.basis is None else self.basis.T.astype(x.dtype) @ x
            y = self._plain(y, normals) if self._whitened is None else self._white(y, normals)
            return y if self.basis is None else self.basis.astype(x.dtype) @ y

    @cached_property
    def _whitened(self) -> tuple[Array, Array, Array] | None:
        """Return A D/S − 1 (rows, d), the last scale and shift; None where a step has (next to) no noise."""
        if self.scale.min() < FAINTEST * self.scale.max() or not self.scale.max():
            return None
        rows = min(self.steps, max(len(self.slope), 2))
        slope, scale = (np.broadcast_to(a, (rows, a.shape[1])) for a in (self.slope, self.scale))
        before = np.concatenate([np.ones((1, scale.shape[1])), scale[:-1]])
        push = (slope * before + (before - scale)) / scale
        if not np.abs(push).max() < 1 / FAINTEST:
            return None
        shift, last = np.zeros(self.slope.shape[1]), len(self.slope) - 1
        for k in range(self.steps):
            shift = shift + (self.slope[min(k, last)] * shift + self.shift[min(k, last)])
        return push, self.scale[-1], shift

    def _white(self, w: Any, normals: Callable[[], Any]) -> Any:
        assert self._whitened is not None
        push, scale, shift = (np.ascontiguousarray(a.astype(w.dtype))[..., None] for a in self._whitened)
        last, moved = len(push) - 1, np.empty_like(w)
        for k in range(self.steps):
            np.multiply(w, push[min(k, last)], out=moved)
            w += moved
            w += normals()
        w *= scale
        w += shift
        return w

    def _plain(self, y: Any, normals: Callable[[], Any]) -> Any:
        last, moved = len(self.slope) - 1, np.empty_like(y)
        slope, shift, scale = (
            np.ascontiguousarray(a.astype(y.dtype))[..., None] for a in (self.slope, self.shift, self.scale)
        )
        for k in range(self.steps):
            row, z = min(k, last), normals()
            z *= scale[row]
            z += shift[row]
            np.multiply(y, slope[row], out=moved)
            y += moved
            y += z
        return y


def _table(part: diagonal.Coefficients) -> tuple[Array, Array, Array]:
    shift = (part.next_mean - part.mean) + part.mean_defect - part.slope * part.mean
    return part.slope, shift, part.scale
