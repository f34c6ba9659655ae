"""The constants of a Gaussian mixture: from its Hessian Σ r_k P_k − Cov_r(g_k), g_k = P_k(x − m_k)."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.targets.target import Constants

TIMES = 48  # of the OU path at which curvatures are compared
SPREAD = 12.0  # standard deviations beyond the outermost mean; farther out one component rules
NODES = 40  # per standard deviation of the narrowest component
MOST = 1 << 17


def mixture_constants(target: Any) -> Constants:
    """Return m, L and m_2² of a GaussianMixture; None for what is unknown, here in d ≥ 2 with unequal covariances."""
    moment = float(np.trace(target.cov) + target.mean @ target.mean)
    bounds = curvature_bounds(target)
    if bounds is None:
        return Constants(None, None, None, None, moment)
    if np.isinf(bounds[1]):
        return Constants(np.inf, np.inf, None, None, moment)
    times = np.append(0.0, np.geomspace(1e-3, 8.0, TIMES))
    path = [curvature_bounds(target.diffused(float(t))) for t in times]
    return Constants(max(1.0, *(largest(at) for at in path)), largest(bounds), bounds[0], None, moment)


def largest(bounds: tuple[float, float] | None) -> float:
    """Return the Lipschitz constant of the score that the bounds of the Hessian imply."""
    return np.inf if bounds is None else max(bounds[1], -bounds[0])


def curvature_bounds(target: Any) -> tuple[float, float] | None:
    """Return bounds m ≤ −∇²log p ≤ L of a GaussianMixture.

    Equal covariances, eigenvalues λ: g_k − g_l = P(m_l − m_k) does not depend on x, hence by Popoviciu's inequality
    1/λ_max − R²/4 ≤ −∇²log p ≤ 1/λ_min with R = max |P(m_k − m_l)|. On the line with unequal variances the extrema are
    located on a grid, fine against the narrowest component. Else None: the Hessian is unbounded or its bounds unknown.
    """
    values = target.spectra[0]
    if not (values > 0).all():
        return -np.inf, np.inf
    if all(np.array_equal(cov, target.covs[0]) for cov in target.covs):
        apart = (target.means[:, None] - target.means).reshape(-1, target.dim)
        pulls = np.linalg.solve(target.covs[0], apart.T)
        return float(1 / values[0].max() - (pulls**2).sum(axis=0).max() / 4), float(1 / values[0].min())
    if target.dim > 1:
        return None
    widths = np.sqrt(values[:, 0])
    ends = target.means.min() - SPREAD * widths.max(), target.means.max() + SPREAD * widths.max()
    count = min(int((ends[1] - ends[0]) / widths.min() * NODES), MOST)
    x = np.linspace(*ends, max(count, 401))
    return -_highest(target, x, -1.0), _highest(target, x, 1.0)


def _highest(target: Any, x: Array, sign: float) -> float:
    """Return the maximum of sign·(−log p)″, from the grid x down to its digits around the highest node."""
    for _ in range(4):
        curved = sign * target.hessian(x[:, None])[:, 0, 0]
        top = int(np.argmax(curved))
        x = np.linspace(x[max(top - 1, 0)], x[min(top + 1, x.size - 1)], 65)
    return float(curved[top])
