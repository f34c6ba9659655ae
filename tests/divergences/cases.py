"""Pairs of Gaussian laws that the tests share: asymmetric, shifted, correlated, of any dimension and closeness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from verify import laws
from verify.backend import Array

A = laws.Gaussian([1.0, -0.5, 0.3], [[1.5, 0.4, -0.2], [0.4, 0.8, 0.1], [-0.2, 0.1, 2.0]])
B = laws.Gaussian([0.4, 0.1, 0.9], [[2.1, 0.2, 0.3], [0.2, 1.2, -0.3], [0.3, -0.3, 1.7]])
C = laws.Gaussian([-0.2, 0.3, 0.1], [[1.1, -0.5, 0.2], [-0.5, 1.9, 0.4], [0.2, 0.4, 0.9]])


def close(value: float, rel: float) -> Any:
    """Return what equals `value` to a relative tolerance alone: pytest.approx would let anything below 1e-12 pass."""
    return pytest.approx(value, rel=rel, abs=0)


def correlated(dim: int, seed: int, least: float = 0.3, most: float = 3.0) -> tuple[Array, Array]:
    """Return a mean and a full covariance with eigenvalues between least and most."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * np.exp(rng.uniform(np.log(least), np.log(most), dim))) @ basis.T
    return rng.standard_normal(dim) + 0.2, (cov + cov.T) / 2


@st.composite
def pairs(draw: st.DrawFn, largest: int = 6) -> tuple[laws.Gaussian, laws.Gaussian]:
    """Draw two correlated laws whose distance spans many orders of magnitude."""
    dim, seed = draw(st.integers(1, largest)), draw(st.integers(0, 10**6))
    mean, cov = correlated(dim, seed)
    shift, other = correlated(dim, seed + 1)
    size = 10.0 ** draw(st.floats(-6, 0))
    return laws.Gaussian(mean, cov), laws.Gaussian(mean + size * shift, cov + size * (other - cov))
