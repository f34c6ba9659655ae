"""scores.Smoothed: the exact score of n data, each blurred by a Gaussian kernel; of the data alone for width 0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify import targets
from verify.backend import AnyArray, Array, like, maths, namespace, to_host
from verify.errors import InvalidInput, NoDensity
from verify.estimate import Estimate
from verify.scores.l2_error import l2_error

BLOCK = 1 << 20  # pairs of a place and a datum that are held at once


@dataclass(frozen=True, eq=False)
class Smoothed:
    """∇log p̂_t for p̂ = (1/n) Σ N(x_i, w²I), the kernel density estimate of `target` from `points`, w = `width`.

    .. math:: s_t(x) = \\frac{e^{−t} \\sum r_i(x) x_i − x}{v_t}, \\quad r_i ∝ e^{−|x − e^{−t}x_i|^2/2v_t},
              \\quad v_t = e^{−2t} w^2 + 1 − e^{−2t}

    (Parzen, 1962). Width 0 is the score that minimises the denoising loss on the data: driven by it, the reverse
    diffusion ends in them. `points` (n, d), or (n,) on the line. Times are > 0 where the width is 0.
    """

    target: Any
    points: Array
    width: float = 0.0

    def __post_init__(self) -> None:
        dim = getattr(self.target, "dim", None)
        if not (dim and hasattr(self.target, "diffused")):
            raise InvalidInput(f"`target` must have diffused(t); got {type(self.target).__name__}.")
        object.__setattr__(self, "points", data(self.points, dim))
        object.__setattr__(self, "width", _width(self.width))

    @cached_property
    def law(self) -> Any:
        """The estimate p̂ as a target of its own: the mixture of the kernels."""
        n, dim = self.points.shape
        covs = np.broadcast_to(self.width**2 * np.eye(dim), (n, dim, dim))
        return targets.GaussianMixture(np.full(n, 1 / n), self.points, covs)

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        xp = namespace(x)
        time = like(to_host(t), x) if np.ndim(t) else float(t)
        m = maths(time)
        decay, variance = m.exp(-time), m.exp(-2 * time) * self.width**2 - m.expm1(-2 * time)
        if not (variance > 0 if isinstance(variance, float) else bool(xp.all(variance > 0))):
            raise NoDensity("the score of atoms at time 0 is infinite; stop the grid at a time > 0, or give a width.")
        rows = max(1, BLOCK // self.points.shape[0])
        if isinstance(time, float) and x.ndim == 2 and x.shape[0] > rows:
            blocks = [x[i : i + rows] for i in range(0, x.shape[0], rows)]
            return xp.concat([(decay * self._expected(b, decay, variance) - b) / variance for b in blocks], axis=0)
        return (decay * self._expected(x, decay, variance) - x) / variance

    def error(self, t: float) -> Estimate:
        """Return ‖s_t − ∇log q_t‖ in L²(q_t), q_t of the target: quadrature on the line, else Monte Carlo."""
        return l2_error(self, t)

    def _expected(self, x: AnyArray, decay: Any, variance: Any) -> AnyArray:
        """Return E[X_0 | X_t = x] = Σ r_i(x) x_i under the data alone, by distances, not products: no cancellation."""
        xp, points = namespace(x), like(self.points, x)
        square = 0.0
        for i in range(self.points.shape[1]):
            square = square + (x[..., i : i + 1] - decay * points[:, i]) ** 2
        near = xp.min(square, axis=-1, keepdims=True)
        share = xp.exp((near - square) / (2 * variance))
        return xp.matmul(share, points) / xp.sum(share, axis=-1, keepdims=True)


def data(points: npt.ArrayLike, dim: int) -> Array:
    """Return data as a finite array (n, d); on the line (n,) will do."""
    found = np.array(points, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 and dim == 1 else found
    if found.ndim != 2 or found.shape[1] != dim or not found.shape[0]:
        raise InvalidInput(f"`points` must have shape (n, {dim}) with n >= 1; got {found.shape}.")
    if not np.isfinite(found).all():
        raise InvalidInput("`points` must be finite.")
    return found


def _width(width: Any) -> float:
    if isinstance(width, bool) or not isinstance(width, (int, float, np.number)) or not 0 <= width < np.inf:
        raise InvalidInput(f"`width` must be finite and >= 0; got {width!r}.")
    return float(width)
